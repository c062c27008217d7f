/* evidence.h - all that speaks about one failed test, as the diagnoses see it. For judge/ alone. */
#pragma once
#include "judge/trials.h"

enum answer { ANSWER_UNKNOWN, ANSWER_PASSED, ANSWER_FAILED }; /* of an experiment */

struct evidence {
    const struct spec *spec;
    const struct test *test;
    struct arena *arena;
    const struct trials *trials;
    const struct record *record;
    const struct case_record *shown;
    const struct step_record *failed; /* NULL: all steps passed, and a program ended badly afterwards */
    const struct step *step;          /* of failed; NULL for STEP_AFTER */
    const struct program_record *program; /* the program it is about: never NULL when one was started */
    enum answer whole, apart, cut_in_header, cut_in_body;
    enum answer parted; /* the shown cut, and another where the message begins that it falls into */
    const struct release_record *release; /* NULL: not tried */
};

/* The program of a failed step: the one it names, or the one its peer talks to. NULL: none was started. */
const struct program_record *evidence_program(const struct spec *s, const struct record *r, const struct step *step,
                                              const struct step_record *failed);
/* Diagnoses the failure: findings, the best one first. */
void diagnose(const struct evidence *e, struct test_result *out);
