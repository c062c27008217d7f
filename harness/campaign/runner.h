/* runner.h - a forked runner, seen from the supervisor: a process, a pipe, and the record that comes through
 * it. */
#pragma once
#include "base/loop.h"
#include "record/stream.h"
#include "run/play.h"

struct runner {
    struct watch watch; /* first: the callback finds the runner by it */
    struct loop *loop;  /* borrowed */
    pid_t pid;          /* 0: none */
    int pidfd, out;     /* owned */
    struct record_reader reader;
    bool ended; /* its pipe has ended: take the record */
};

/* Forks it. The request is used in the child alone. 0 or -errno. */
int runner_start(struct runner *r, struct loop *loop, const struct play_request *request);
/* Reaps it and returns what it told, never NULL; a runner that died before its end gives a record with a
 * fault. */
struct record *runner_finish(struct runner *r);
void runner_kill(struct runner *r); /* and all that it started; then runner_finish */
