/*
 * prove.h - grading the grader: an assignment's solution, its other right answers, and its mutants.
 *
 * The solutions must get full marks and no diagnosis; each mutant must fail exactly the tests that it should,
 * with the right name for its mistake; and each test must be failed by some mutant, or it tests nothing.
 */
#pragma once
#include "base/err.h"
#include "spec/expect.h"

struct prove_request {
    const struct spec *spec;
    const char *dir; /* of the assignment: solution/, others/, mutants/ */
    const struct expectations *expected;
    int isolation; /* as for a grading */
    unsigned jobs;
    const char *only;  /* one submission by its folder's name, or NULL */
    size_t most_cases; /* of each test that should pass; 0: all */
};

struct proof {
    size_t right, wrong; /* submissions, and tests that no mutant fails */
};

/* Appends a line for each submission, and what falls short, to `out` after each by calling put. 0 or a fault.
 */
int prove(const struct prove_request *request, void (*put)(const struct buf *text), struct proof *out,
          struct err *e);
