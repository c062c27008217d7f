/*
 * tracer.h - hears of every socket call that a program, its children and threads make, and writes down what
 * it was given and what it got. The program goes on as if nobody looked, but slower: some 10 µs a call.
 *
 * The tracer is the process that forks the program and waits for all that descends from it. It never waits
 * itself: its owner hands it what wait4(2) tells (with __WALL), and every thread that it is told of goes on
 * at once, unless a signal stopped it. When the tracer ends, whatever it traces is killed.
 *
 * A thread between two of these calls is in state t for a moment: whoever asks whether programs sleep takes
 * that for work: see tracer_traced.
 *
 * Source: ptrace(2) (PTRACE_SEIZE, group-stop, PTRACE_LISTEN), Linux 5.3 (PTRACE_GET_SYSCALL_INFO).
 */
#pragma once
#include "kernel/call_args.h"
#include "kernel/proc.h"

struct tracer {
    struct tracee *tracees; /* owned */
    size_t n, cap;
    struct traced_process *processes; /* owned: that live */
    size_t n_processes, cap_processes;
    struct known_socket *known; /* owned */
    struct call_log log;
};

void tracer_deinit(struct tracer *t); /* also for a zeroed one, which is one that traces nothing */

/* In a child of the tracer's, before it executes a program. Its tracer must know of it by tracer_expect, and
 * it must have no_new_privs. After this, and until it executes, it makes calls of its own as usual. 0 or
 * -errno. */
int tracer_begin(void);
/* This child of the caller calls tracer_begin. `program` is what its calls are listed under. */
void tracer_expect(struct tracer *t, pid_t pid, uint32_t program, enum call_fault fault);

/* What wait told: that a thread has stopped, or ended. Who stops, but is not traced here, has made us its
 * tracer without being asked, and is let go. */
void tracer_stopped(struct tracer *t, pid_t tid, int status);
void tracer_ended(struct tracer *t, pid_t tid, int status);

/* The calls so far, those last that have not returned; *list is owned by the caller. *lost: how many there
 * were between the first and the last ones. */
void tracer_calls(const struct tracer *t, struct call **list, size_t *n, uint64_t *lost);

/* What there is to know for whoever asks whether they sleep; the latest, once all that wait tells was handed
 * over. */
struct traced tracer_traced(const struct tracer *t);

/* May processes of ours be traced here? Tried with one. 0, or -errno: EPERM is Yama's, or that of a
 * container's filter; EIO or EINVAL a kernel's that is too old. */
int tracer_probe(void);
