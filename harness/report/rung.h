/*
 * rung.h - one rung of the ladder: what was said in one step, and how that differs from what was wanted. For
 * the ladder alone.
 */
#pragma once
#include "judge/result.h"
#include "report/pen.h"

#define RUNG_LEFT 4u /* where lines begin */

struct ladder {
    struct pen *pen;
    const struct result *result;
    const struct test *test;
    const struct case_record *shown;
    const struct record *record;
    unsigned who;  /* column of the names */
    unsigned what; /* column of what was said */
};

struct rung {
    const struct step_record *record;
    const struct step *step;   /* NULL: the check after the last step */
    const struct value *value; /* NULL with step */
    bool failed;
};

/* Name of a program by index; hostile indices give "the program". */
const char *rung_program(const struct ladder *l, size_t program);

/* From the pen's place on, which is l->what: ends its last line. */
void rung_put(const struct ladder *l, const struct rung *rung);
