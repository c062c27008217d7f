/*
 * judge.h - from what happened to a verdict: a pure function of the spec and the records of a test's plays.
 *
 * It never matches bytes again: how each step ended stands in the record. Where the records do not decide it
 * says which play would: the campaign plays it and asks again. So a saved record can be judged at any time,
 * without processes.
 */
#pragma once
#include "base/err.h"
#include "judge/result.h"
#include "run/plan.h"

#define JUDGE_MAX_EXPERIMENTS 30u

struct judge_input {
    const struct spec *spec;
    size_t test;
    const struct case_list *cases;       /* all that the test plans: plan_cases */
    const struct record *const *records; /* of its plays, in the order in which they were wanted */
    size_t n_records;
};

/* A play that is wanted: these cases, in this order. */
struct judge_want {
    struct case_key *keys; /* owned, their splits too: judge_want_deinit */
    size_t n;
};
void judge_want_deinit(struct judge_want *w);

enum judged {
    JUDGED,     /* *out is the verdict */
    JUDGE_WANTS /* *want is the play to make before asking again */
};
/* Strings in *out live in `a`. */
enum judged judge_test(const struct judge_input *in, struct arena *a, struct test_result *out,
                       struct judge_want *want);
