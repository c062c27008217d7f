/*
 * proc.h - what the threads of a tree of processes are doing, read from /proc.
 *
 * Source: proc(5); Linux fs/proc/base.c (proc_pid_syscall), kernel/sched/stats (schedstat). Measured traps:
 * a thread that is being woken looks blocked in `syscall` while `stat` says R, so stat is read last, and only
 * S counts as asleep.
 */
#pragma once
#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum wait_kind {
    WAIT_RUNNING, /* running, runnable, being woken, or in an uninterruptible wait: at work */
    WAIT_INPUT,   /* asleep in a call that only an event from outside ends */
    WAIT_OUTPUT,  /* asleep in send or write: waits for the other side to read */
    WAIT_TIMED,   /* asleep in a call that a time-out of its own ends too */
    WAIT_STOPPED, /* by a signal; whoever is stopped by a debugger is at work */
    WAIT_UNKNOWN, /* asleep in a call of which we cannot say what ends it */
    WAIT_ZOMBIE,
    WAIT_HIDDEN, /* /proc/PID/syscall may not be read: no facts can be had */
};

struct thread_sample {
    pid_t pid, tid;
    pid_t group; /* of processes; 0: unknown */
    enum wait_kind kind;
    int64_t call;      /* system call number, -1: none */
    int32_t fd;        /* the descriptor it waits on, -1: none or several */
    int32_t excused;   /* 1: a runtime's housekeeping thread, whose timers are not the student's */
    int32_t sends;     /* 1: it waits for the other side to read, with a time-out or without */
    int32_t selects;   /* 1: it waits in select … */
    uint64_t selected; /* … for these of the descriptors below 64, to be read or written: bit n is n */
    int32_t unseen;    /* 1: the socket's own time-out may end the wait too, and may not be looked at */
    int64_t timeout;   /* ns, WAIT_TIMED: how long the call may still last at most, -1: unknown */
    uint64_t where;    /* fingerprint of the wait: call and its place (futex address, nfds and time-out) */
    uint64_t runs;     /* how often it was put on a CPU (schedstat field 3) */
    int64_t cpu;       /* ns on a CPU (field 1) */
    int64_t starved;   /* ns runnable without a CPU (field 2) */
};

bool wait_is_read(int64_t call);    /* of one descriptor, for bytes: not accept, not poll */
bool wait_is_receive(int64_t call); /* the same, of a socket */

/* Plain data: it can be sent through a socket as it is. Ordered by pid, tid. */
struct tree_sample {
    struct thread_sample *threads; /* owned */
    size_t n, cap;
};

void tree_sample_deinit(struct tree_sample *s);

/* Keeps descriptors of /proc files open between samples: a third of the cost. */
struct tree {
    pid_t root; /* its descendants are the tree; itself is not */
    struct tree_entry *entries;
    size_t n, cap;
    size_t sorted; /* so many of the entries are in order of pid, tid; newer ones follow */
    size_t kept;   /* entries that keep their descriptors open: bounded, the rest opens and closes */
    uint32_t pass;
    /*
     * Where sockets may not be looked at (pidfd_getfd is forbidden): the shortest time-out of its own that
     * any of them was given, as somebody else has seen it; ns, or one of these.
     */
    int64_t socket_timeout;
    /* What a tracer of ours knows of them: kernel/tracer.h. */
    struct traced {
        bool on;          /* it traces them all */
        uint32_t threads; /* of whose end it has not heard */
        uint32_t paused;  /* that it leaves stopped, for a signal wants it */
    } traced;
};

#define SOCKETS_UNTIMED INT64_C(-1) /* none was given one. So it is after tree_init */
#define SOCKETS_UNSEEN INT64_C(-2)  /* nobody can tell: then each may have one */

void tree_init(struct tree *t, pid_t root);
void tree_deinit(struct tree *t);
/*
 * Every thread of every descendant of root. 0 or -errno: -EOPNOTSUPP where the kernel does not keep the
 * counts or lists of children. Threads that end meanwhile are at work (WAIT_RUNNING). A time-out counts down
 * from when its wait was first seen.
 */
int tree_sample(struct tree *t, struct tree_sample *out);

struct socket_ref {
    pid_t pid;
    int32_t fd;
    uint64_t inode;
};
struct socket_list {
    struct socket_ref *refs; /* owned */
    size_t n, cap;
};
void socket_list_deinit(struct socket_list *l);
/* The sockets that the descendants of root hold (readlink of /proc/PID/fd). 0, or -errno. */
int tree_sockets(pid_t root, struct socket_list *out);
/* How many descriptors a process has open, or -errno. */
int proc_count_fds(pid_t pid);
/* How many processes this machine's kernel has ended for want of memory since it started (oom_kill of
 * /proc/vmstat), or -errno. */
int64_t proc_oom_kills(void);
/* A number in /proc/PID/status, such as "Tgid" (base 10) or "SigCgt" (16); 0: there is none, or it is gone.
 */
uint64_t proc_status_number(pid_t pid, const char *field, int base);
/* Bytes of a process's resident pages, shared ones too; 0: it is gone. Source: proc(5), statm. */
int64_t proc_resident(pid_t pid);
/* How many CPUs the calling thread may run on; at least 1. */
unsigned proc_cpus(void);
/* ns for which the calling thread could run and had no CPU, since it started; 0 where it is not counted. */
int64_t proc_own_starvation(void);
