/* groups.h - tests that stand together in reports, and what they come to together. */
#pragma once
#include "judge/result.h"

struct subtotal {
    double score, max;
    size_t tests, passed;
};

/* Puts the tests into the order of reports: first those in no group, then group by group; else as they stand.
 */
void result_order(struct result *r);
/* Of one group: its index into the spec's groups, from 1; 0: of the tests that are in none. */
struct subtotal result_subtotal(const struct result *r, size_t group);
