/* court.h - one judgement in progress, and what its two halves ask of each other. For judge/ alone. */
#pragma once
#include "judge/evidence.h"

struct court {
    const struct judge_input *in;
    const struct test *test;
    struct arena *arena;
    struct test_result *out;
    struct judge_want *want;
    struct trials trials;
    size_t next;        /* the first trial that was not considered yet */
    size_t first_extra; /* trials from here on are experiments */
};

/* *c->want becomes a play of these cases, on fresh starts each if so said. */
enum judged court_want(struct court *c, const struct case_key *keys, size_t n, bool fresh);
/* The test fails, and e shows why. */
enum judged court_fail(struct court *c, struct evidence *e);
/* `from` failed twice on fresh starts: what is the smallest case that shows why? */
enum judged court_explore(struct court *c, const struct trial *from);
