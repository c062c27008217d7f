/*
 * init.h - what a box and its first process say to each other. Private to launch.
 *
 * Requests go over `control` (SOCK_SEQPACKET), exit reports come back on it. What a spawn came to is told on
 * a socket of its own, which the new program itself holds until it executes: so its end means success.
 * Answers to samples are a stream.
 */
#pragma once
#include "launch/box.h"
#include "launch/shared.h"

enum request_kind {
    REQUEST_START,
    REQUEST_SPAWN,
    REQUEST_SAMPLE,
    REQUEST_SOCKETS,
    REQUEST_TIMERS,
    REQUEST_CALLS
};

struct request {
    uint32_t kind, id;
    uint32_t n_exchanges;
    struct box_exchange exchanges[BOX_EXCHANGES];
    uint32_t traced, fault; /* enum call_fault */
    uint32_t argc, envc; /* REQUEST_SPAWN: cwd, argv and env follow, each ended by a NUL; descriptors in, out,
                            err, status */
};

#define REQUEST_MAX 131072
#define REQUEST_FDS 4

enum report_kind { REPORT_READY, REPORT_FAILED, REPORT_EXIT };

struct report {
    uint32_t kind, id;
    int32_t status; /* of the exit; the errno of a failure */
    uint32_t left;
    int64_t cpu;
    char text[224]; /* REPORT_FAILED: what failed */
};

enum spawn_stage {
    STAGE_HELLO, /* forked: its pid comes as the message's credentials */
    STAGE_FORK,
    STAGE_SETUP, /* session, descriptors, limits */
    STAGE_CWD,
    STAGE_SEARCH, /* argv[0] is not in PATH */
    STAGE_EXEC,   /* the file is there, but cannot be executed */
};

struct spawn_status {
    uint32_t stage;
    int32_t error;
    char path[PATH_MAX]; /* the program, or its interpreter if that is missing */
};

struct answer {
    int32_t result; /* 0 or -errno; of calls, how many were left out */
    uint32_t n;     /* elements that follow */
};

/* The answer to REQUEST_TIMERS, one of these. */
struct timer_answer {
    int64_t until;
    int32_t found; /* enum hidden_timer */
};

struct init_setup {
    const struct box_config *config; /* borrowed */
    pid_t parent;                    /* who cloned us */
    int control, answers;            /* owned */
    const char *tmp;                 /* levels B and C: the private temporary directory */
    struct shared *shared;           /* borrowed, and the box's opener reads it */
    bool private_uid;                /* nobody but the programs of this box has their uid */
};

/* The life of init, in the process that box_open cloned. */
void init_run(const struct init_setup *setup) __attribute__((noreturn));
