/*
 * plan.h - the cases of a test: each row of its examples under each of its variations, all of it once more
 * for each repetition.
 *
 * A pure function of spec, test and seed, so that a case can be named by its key and played again.
 */
#pragma once
#include "base/err.h"
#include "record/record.h"
#include "run/message.h"

#define PLAN_MAX_CASES 20000u

struct case_list {
    struct case_key *keys; /* owned, their splits too */
    size_t n, cap;
};

void case_list_deinit(struct case_list *l);
struct case_key case_key_copy(const struct case_key *k); /* owned: split_deinit its split */

/* All cases of a test in their order. 0, or -E2BIG when there are more than PLAN_MAX_CASES (e->text
 * names the test). */
int plan_cases(const struct spec *s, size_t test, uint64_t seed, struct case_list *out, struct err *e);

/* Leaves `most` of them, at least 2, the first and the last among them, and evenly spread. */
void plan_thin(struct case_list *l, size_t most);

/* The bytes of each step of a case, 0 where it is not a sends step on a stream; n_steps numbers in `lengths`.
 */
void plan_lengths(const struct spec *s, size_t test, uint32_t row, uint64_t seed, uint32_t *lengths);

/* The bytes of one sends step on a stream as the case of this row and seed sends them; ports are stand-ins of
 * the same width. Lives in `a`. */
struct outgoing plan_outgoing(const struct spec *s, size_t test, size_t step, uint32_t row, uint64_t seed,
                              struct arena *a);
