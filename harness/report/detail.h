/* detail.h - what the terminal report tells below the line of one test. For the terminal report alone. */
#pragma once
#include "judge/result.h"
#include "report/pen.h"

#define DETAIL_LEFT 4u

/* Whole lines, without an empty one before or after. Nothing when there is nothing to tell. */
void detail_put(struct pen *p, const struct result *r, const struct test_result *t, bool verbose);

/* What costs no points, passed or failed; but not what stands below an earlier test of r already (NULL: all).
 */
void detail_advice(struct pen *p, const struct result *r, const struct test_result *t);

/* Of a failed test all but the sentence and the advice, for formats that have these elsewhere. */
void detail_failure(struct pen *p, const struct result *r, const struct test_result *t, bool verbose);

/* What is not built or run as the spec says, a line each and an empty one after them. */
void detail_chosen(struct pen *p, const struct result *r);

/* The last lines of what a program wrote, at most `most`, from the sanitizer's report on when there is one;
 * each after a bar. */
void detail_output(struct pen *p, struct bytes output, uint64_t total, size_t most);
