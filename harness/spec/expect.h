/*
 * expect.h - mutants/expect.yaml: which tests each mutant fails, what the grader must call its mistake, and
 * what advice it must give.
 */
#pragma once
#include "spec/diag.h"
#include "spec/spec.h"

struct expectation {
    const char *name; /* of the mutant's folder; of a right program "solution" or "others/…" */
    struct mark mark;
    const char *diagnosis; /* NULL: `none`, the grader has no name for it */
    bool *fails;           /* one for each test of the spec: it is played, and fails */
    const char **advice;   /* that it must get */
    size_t n_advice;
    bool right; /* it is no mutant: it fails nothing, and has no diagnosis */
};
bool expectation_advises(const struct expectation *x, const char *id); /* x may be NULL */

struct expectations {
    struct arena arena;
    struct expectation *items;
    size_t n;
};

/* False when there is any mistake: diags tells all of them. Free in either case. */
bool expect_load(const char *path, const struct spec *spec, struct expectations *out, struct diags *diags);
void expectations_deinit(struct expectations *e);
