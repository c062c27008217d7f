/* program.h - the last steps of a forked child of init on its way to being a student's program. Private to
 * launch. */
#pragma once
#include "launch/init.h"

struct program_start {
    const struct request *request;
    const char *work; /* the working directory as the box sees it */
    const char *cwd;  /* relative to it; may be "" */
    char **argv, **env;
    const char *path; /* where argv[0] is looked up */
    int in, out, err, status;
    const struct box_limits *limits;
    bool private_uid; /* a limit on processes counts only ours */
    int ruleset;      /* Landlock; -1: none */
    bool traced;      /* init hears of its socket calls: kernel/tracer.h */
    int courier;      /* brings the listener of rebind_install to init; -1: none is needed */
};

/* Tells on `status` what came of it; never returns. */
void program_become(const struct program_start *start) __attribute__((noreturn));
