/* trials.h - the plays of a test as a list of tried cases, with look-up. For judge/ alone. */
#pragma once
#include "judge/judge.h"

struct trial {
    const struct record *record;
    const struct case_record *play; /* the case as it went */
    bool passed;
};

struct trials {
    struct trial *trials; /* in the arena */
    size_t n;
};

/* A case that was not recorded to its end, for want of room, is no trial: it is played again. */
struct trials trials_of(const struct record *const *records, size_t n, struct arena *a);
const struct step_record *
case_failed_step(const struct case_record *c); /* NULL: it passed; its steps need not be recorded then */
/* The first trial of this row, split and experiment, played on a fresh start, from index `from` on; NULL:
 * none. */
const struct trial *trials_find(const struct trials *t, size_t from, const struct case_key *key);
