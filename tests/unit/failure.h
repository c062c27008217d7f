/* failure.h - one failed case made by hand, and what it is called. Its spec is the test's own. */
#pragma once
#include "records.h"

struct failure {
    struct docket d;
    struct record *r;
    struct case_record *c;
    struct step_record *f;    /* the failed step */
    struct program_record *p; /* that it is about */
    struct evidence e;
};

/* The step of the spec's first test ended so; the steps before it passed. */
static inline void failure_init(struct failure *x, const char *spec, uint32_t step, enum outcome outcome)
{
    const struct case_key key = {.fresh = true};

    *x = (struct failure){0};
    docket_init(&x->d, spec);
    x->r = docket_record(&x->d);
    x->c = add_case(x->r, &key);
    for (uint32_t i = 0; i < step && i < x->d.spec->tests[0].n_steps; i++)
        add_step(x->r, x->c, i, STEP_PASSED);
    x->f = add_step(x->r, x->c, step, outcome);
    x->f->decided = BY_IDLE;
    x->f->program = UINT32_MAX;
    x->f->items = 1;
    x->e = (struct evidence){.spec = x->d.spec,
                             .test = &x->d.spec->tests[0],
                             .arena = &x->d.arena,
                             .record = x->r,
                             .shown = x->c,
                             .failed = x->f,
                             .whole = ANSWER_FAILED};
    x->e.step = step < x->e.test->n_steps ? &x->e.test->steps[step] : NULL;
    x->e.program = evidence_program(x->e.test, x->r, x->e.step, x->f);
    x->p = record_program(x->r, x->e.program->program);
}

/* What the failed step waited for, and what came instead. */
static inline void failure_got(struct failure *x, struct bytes expected, struct bytes came, bool is_message)
{
    x->f->expected = excerpt_of(&x->r->arena, expected);
    x->f->came = excerpt_of(&x->r->arena, came);
    x->f->came_is_message = is_message;
    x->f->at = match_prefix(came, expected);
}

/* What it is called; "none". */
static inline const char *failure_name(struct failure *x)
{
    mem_free(x->d.out.findings);
    x->d.out = (struct test_result){0};
    diagnose(&x->e, &x->d.out);
    if (x->d.out.n_findings)
        assert_true(strlen(x->d.out.findings[0].evidence) > 20);
    return docket_finding(&x->d);
}

static inline void failure_deinit(struct failure *x)
{
    docket_deinit(&x->d);
}

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})
#define IS(x, id) assert_string_equal(failure_name(x), id)
