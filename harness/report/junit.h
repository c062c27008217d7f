/*
 * junit.h - JUnit XML: the subset that GitLab, Jenkins and the GitHub actions all read.
 */
#pragma once
#include "base/buf.h"
#include "judge/result.h"

/* Appends one XML document. The names of its test cases are unique, for GitLab drops duplicates. */
void report_junit(const struct result *r, struct buf *out);
