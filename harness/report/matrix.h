/*
 * matrix.h - what proves what: which mutant fails which test, and which mutants show that a mistake is found
 * and named.
 */
#pragma once
#include "base/buf.h"
#include "spec/expect.h"

/* An assignment, with what its mutants are expected to fail. */
struct proven {
    const char *dir; /* its folder */
    const struct spec *spec;
    struct expectations expected;
};

/* The tests of one assignment as columns, its mutants as rows. */
void matrix_tests(const struct proven *p, struct buf *out);
/* All diagnoses, each with the mutants that are named so. Returns for how many there are fewer than two. */
size_t matrix_diagnoses(const struct proven *all, size_t n, struct buf *out);
