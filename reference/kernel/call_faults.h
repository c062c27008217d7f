/*
 * call_faults.h - internal to kernel/: what may go wrong in a call that goes well nearly always: a send takes
 * less than it is given, a signal comes while it waits. Both are made to happen here, within the kernel's own
 * rules, so that a program that cannot cope with them shows it.
 *
 * The length of a call is in a register or, where its bytes come in parts, in the program's memory.
 */
#pragma once
#include "kernel/call_args.h"

#include <signal.h>

/* Where the last length is by which a call knows how many bytes there are. */
struct call_length {
    uint64_t value;
    uint64_t at;  /* in the program's memory; 0: it is an argument */
    unsigned arg; /* that one */
};

/* The length of a call that sends several bytes on a stream at once. False: it is none, or may not be cut. */
bool call_length_find(const struct caller *by, int64_t inode, const struct known_socket *known,
                      struct call_length *l);
/* What the kernel will find there: the thread is stopped at the call, or has just returned. */
bool call_length_set(pid_t tid, const struct call_length *l, uint64_t value);

/* A signal that came while its thread did not wait, and is kept until it does. */
struct held_signal {
    int sig;  /* 0: none */
    bool due; /* the next signal is not kept: it has come, or is about to, while a call waits */
    siginfo_t info;
};

/* The thread is stopped, for sig is about to be delivered. May it be told later, and was kept? Only of
 * signals that it has a handler for, and that tell of nothing that it did itself. */
bool held_signal_keep(struct held_signal *h, pid_t tid, int sig);
/* The same, when it is delivered: who sent it, and why, is as it was. */
void held_signal_deliver(struct held_signal *h, pid_t tid, int sig);
/* The thread is stopped at the beginning of this call. Where that may wait, the signal is sent again: the
 * kernel delivers it once the call would sleep, or has returned. */
void held_signal_at_call(struct held_signal *h, pid_t tgid, pid_t tid, int64_t number);
/* A call has returned this; where it did not wait, the signal is still to be kept. */
void held_signal_at_return(struct held_signal *h, int64_t result);

/* ERESTARTSYS and its kin, which no program sees: include/linux/errno.h of the kernel. */
bool call_was_interrupted(int64_t result);
