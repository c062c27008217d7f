#include "judge/trials.h"

const struct step_record *case_failed_step(const struct case_record *c)
{
    const struct step_record *last = c->n_steps ? &c->steps[c->n_steps - 1] : NULL;

    return last && last->outcome != STEP_PASSED ? last : NULL;
}

struct trials trials_of(const struct record *const *records, size_t n, struct arena *a)
{
    struct trials t = {0};
    size_t count = 0;

    for (size_t i = 0; i < n; i++)
        count += records[i]->n_cases;
    t.trials = arena_new(a, (count + 1) * sizeof *t.trials);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < records[i]->n_cases; k++) {
            const struct case_record *c = &records[i]->cases[k];
            if (c->complete)
                t.trials[t.n++] = (struct trial){records[i], c, case_failed_step(c) == NULL};
        }
    return t;
}

const struct trial *trials_find(const struct trials *t, size_t from, const struct case_key *key)
{
    for (size_t i = from; i < t->n; i++) {
        const struct case_key *k = &t->trials[i].play->key;
        if (k->fresh && k->row == key->row && k->experiment == key->experiment &&
            k->impairment == key->impairment && k->impaired_by == key->impaired_by &&
            split_equal(&k->split, &key->split))
            return &t->trials[i];
    }
    return NULL;
}
