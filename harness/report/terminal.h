/*
 * terminal.h - the verdict as a person reads it: in a terminal, or as plain text.
 */
#pragma once
#include "base/buf.h"
#include "judge/result.h"

struct report_options {
    bool colour;    /* with ANSI colours; nothing is said by colour alone */
    bool ascii;     /* for terminals without UTF-8 */
    bool verbose;   /* also: seed, times, experiments, what else is known of a failure */
    unsigned width; /* columns to wrap at; 0: 80. What is outside 60 … 110 is taken as the nearest of these */
};

/* Appends the whole report. o may be NULL: plain, 80 columns. Everything foreign is escaped. */
void report_terminal(const struct result *r, const struct report_options *o, struct buf *out);

/* Appends what the report says below one test's line: for formats that show each test by itself. Nothing for
 * a test of which there is nothing to say. */
void report_terminal_test(const struct result *r, const struct test_result *t, const struct report_options *o,
                          struct buf *out);
