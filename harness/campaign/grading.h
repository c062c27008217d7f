/*
 * grading.h - the grading of one submission: build it, play the tests, ask the judge, play what it wants to
 * know, until nothing is wanted any more.
 *
 * This is the supervisor's side. It holds no descriptor of a student's, parses nothing of theirs, and treats
 * what a runner tells it as hostile.
 */
#pragma once
#include "base/err.h"
#include "judge/judge.h"
#include "launch/claim.h"
#include "launch/isolation.h"

struct grading_request {
    const struct spec *spec;
    const char *submission;      /* folder: never written to */
    const struct manner *manner; /* how whoever grades wants it built and run; NULL: says nothing */
    const char *grader;          /* as in struct result */
    const char *replay_with;     /* how a replay names spec and folder: "framed/spec.yaml solution" */
    uint64_t seed;
    int isolation; /* an enum isolation, or -1: the best there is */
    unsigned jobs; /* plays at once; 0: one for each CPU */
    const char *const *expose;
    const char *const *only_tests; /* ids, NULL at the end; NULL: all */
    const char *xray; /* id: only this test, whose shown case is played once more, TRACED; or NULL */
    bool only_case;   /* plays just one case of the only test: */
    uint32_t row;
    struct split split;
    uint32_t impairment, impaired_by; /* as in struct case_key */
    size_t most_cases;                /* of a test, 0: all; */
    const bool *in_full;              /* but of these tests all: by index, or NULL */
    const char *save_records;         /* folder for the records; NULL: not saved */
    bool keep;                        /* the working folders stay */
    /* called after each verdict and now and then in between; may be NULL */
    void (*progress)(void *arg, size_t done, size_t total, const char *title, size_t failures);
    void *progress_arg;
};

/* Fills *out, which grading_deinit frees. Faults of ours become VERDICT_ERROR where they concern a test; only
 * what keeps the whole grading from beginning is returned: 0 or a fault. */
struct grading {
    struct result result;
    struct record **records; /* owned: of all plays, borrowed by the result */
    size_t n_records, cap_records;
};
int grading_run(const struct grading_request *request, struct grading *out, struct err *e);
void grading_deinit(struct grading *g);
