/*
 * progress.h - one line that tells, while grading goes on, how far it is.
 */
#pragma once
#include "base/buf.h"

/* Appends a carriage return, a line of less than `width` columns (0: 80), and "clear to the end of the line",
 * so that one call overwrites the one before. title (NULL: none) is of the test that runs, and is escaped;
 * failures are tests that failed so far. ASCII only, but for the title. */
void progress_line(size_t done, size_t total, const char *title, size_t failures, unsigned width,
                   struct buf *out);

/* Appends what removes that line. */
void progress_clear(struct buf *out);
