/*
 * timers.h - timers of a process that do not show in its system calls: timerfd, POSIX timers, alarm and
 * setitimer.
 *
 * Looked for only before a verdict that rests on sleep, for it costs some 100 µs a process.
 */
#pragma once
#include "kernel/proc.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum hidden_timer {
    TIMER_NONE,
    TIMER_AT,      /* a timerfd is armed: *until says for when */
    TIMER_UNKNOWN, /* one may be armed, and nobody tells for when: there are POSIX timers (/proc/PID/timers),
                      or SIGALRM, which alarm and setitimer send, has a handler of the program's own (SigCgt
                      of /proc/PID/status)
                    */
};

/* A timerfd of the process that is armed: ns from now. false: it is none, or not armed. */
bool proc_timerfd(pid_t pid, int fd, int64_t *until);
/* *until: ns from now, the soonest; only for TIMER_AT. What may not be read counts as none. Source:
 * proc_pid_timers(5), proc_pid_fdinfo(5) (it_value of a timerfd), proc_pid_status(5). */
enum hidden_timer proc_hidden_timer(pid_t pid, int64_t *until);
/* Of all processes of a tree, its root left out, as it was sampled last. */
enum hidden_timer tree_hidden_timer(const struct tree *t, int64_t *until);
