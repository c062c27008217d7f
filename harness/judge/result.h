/*
 * result.h - the verdict on a submission: everything that a report may say, and nothing that it must work
 * out.
 *
 * Pointers into the spec and the records are borrowed: both outlive the result.
 */
#pragma once
#include "judge/finding.h"
#include "record/record.h"
#include "spec/spec.h"

enum verdict {
    VERDICT_PASS,
    VERDICT_FAIL,
    VERDICT_NOT_RUN, /* `requires` not met, or not reached because the program used up the time: 0 points */
    VERDICT_EXCUSED, /* the machine lacks what the test needs: out of the maximum */
    VERDICT_ERROR,   /* a fault of ours: the submission is ungraded */
};

struct test_result {
    const struct test *test;
    size_t index; /* into spec.tests */
    enum verdict verdict;
    double score, max;    /* max is 0 when excused */
    size_t cases, passed; /* planned and passed; experiments are not counted */
    size_t experiments;   /* plays beyond the planned ones: replays, shrinking, experiments */
    const char *reason;   /* NOT_RUN, EXCUSED, ERROR: why, one sentence */
    bool sometimes;       /* it failed once and passed once on the same case: "sometimes: 1 of 2" */

    /* a failed test: the case that shows it best (shrunk where it could be), and what it means */
    const struct record *record;      /* NULL when no case was played */
    const struct case_record *shown;  /* in record; its last step is the failing one */
    const struct step_record *failed; /* in shown; NULL: a program never became ready */
    const char *headline;             /* one sentence: "alice expected `OK 42`, but nothing came" */
    const char *how;    /* how that was decided: "decided after 0.4 ms: the server sleeps in read …" */
    const char *replay; /* the arguments that play just this case: "framed/spec.yaml DIR --test any-split
                           --row 1 --split 2:at:3" */
    const struct record *xray; /* the shown case, or of a passed test its first, played TRACED; NULL: it was
                                  not. Of the campaign, like the findings' records. Judged by nobody */
    struct finding *findings;  /* the right one first; may be empty */
    size_t n_findings, cap_findings;
    int64_t took; /* ns, all plays of it together */
};

enum build_state {
    BUILD_NONE, /* the spec builds nothing */
    BUILD_OK,
    BUILD_FAILED,   /* the command failed */
    BUILD_MISSING,  /* it succeeded, but something of `makes` is not there */
    BUILD_TOO_LONG, /* time or output */
    BUILD_ERROR,    /* ours */
};

struct build_result {
    enum build_state state;
    const char *command;
    const char *first_error; /* the compiler's first error line, or what is missing; NULL: none */
    const char *hint;        /* what to do about it; NULL: none */
    struct bytes output;     /* the end of it, as it came: hostile */
    int32_t exit_status;     /* as wait gives it */
    int64_t took;            /* ns */
};

/* A command that is not the spec's own: how the submission is built, or a program run. */
struct chosen {
    const char *program; /* NULL: the build */
    const char *command; /* as written, by whom may be hostile; "": nothing is built */
    const char *by;      /* "sockgrade.yaml", "the command line", "language java" */
};

/* What this machine grants: net, pid, mount, uid. */
struct machine_fact {
    const char *name;
    bool granted;
    const char *cause, *cure; /* when not granted */
};

struct result {
    struct arena arena; /* of all strings here */
    const struct spec *spec;
    const char *grader;     /* how the grader was called, for commands to copy; NULL: "sockgrade" */
    const char *submission; /* as named on the command line */
    const char *isolation;  /* "full", "uid", "basic" */
    struct machine_fact facts[4];
    uint64_t seed;
    struct build_result build;
    struct chosen *chosen;
    size_t n_chosen;
    const char *unheard;       /* a sockgrade.yaml that counts for nothing, and why; NULL: none */
    struct test_result *tests; /* one for each test of the spec (or those chosen by --test), group by group */
    size_t n_tests;
    double score, max;
    bool partial_run; /* only some tests were chosen: the score is of those */
    bool provisional; /* some test is excused */
    bool ungraded;    /* some test or the build is an error: no score is published */
    size_t cases;     /* played in all, experiments too */
    int64_t took;     /* ns */
    int64_t started;  /* ns since 1970 */
};
