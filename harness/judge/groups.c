/* groups.c - see groups.h. */
#include "judge/groups.h"

#include <stdlib.h>

static int by_group(const void *pa, const void *pb)
{
    const struct test_result *a = pa, *b = pb;

    if (a->test->group != b->test->group)
        return a->test->group < b->test->group ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

void result_order(struct result *r)
{
    if (r->n_tests)
        qsort(r->tests, r->n_tests, sizeof *r->tests, by_group);
}

struct subtotal result_subtotal(const struct result *r, size_t group)
{
    struct subtotal sum = {0};

    for (size_t i = 0; i < r->n_tests; i++) {
        const struct test_result *t = &r->tests[i];

        if (t->test->group != group)
            continue;
        sum.score += t->score;
        sum.max += t->max;
        sum.tests++;
        sum.passed += t->verdict == VERDICT_PASS;
    }
    return sum;
}
