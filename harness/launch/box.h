/*
 * box.h - the place where a student's programs run: cut off from us, from each other, and from the rest of
 * the system.
 *
 * A box has an init of ours as its first process. Init is never the student's program (as process 1 of a PID
 * namespace that would be immune to SIGPIPE and SIGTERM); it forks the programs, reaps everything, reports
 * exits, and ends everything when we are gone, however we went.
 */
#pragma once
#include "base/err.h"
#include "base/fd.h"
#include "kernel/call_log.h"
#include "kernel/proc.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum isolation {
    ISOLATION_FULL,  /* A: user, PID, mount, IPC and UTS namespaces; the network is the caller's namespace */
    ISOLATION_UID,   /* B: root without namespaces: a uid of its own for each slot */
    ISOLATION_BASIC, /* C: resource limits, Landlock where there is one; for one's own code */
};

struct box_limits {                 /* 0: no limit of ours */
    int64_t cpu;                    /* ns for each process */
    uint64_t memory;                /* bytes, of all processes together: not enforced here, see box_memory */
    uint64_t disk;                  /* bytes of one file written, and of /tmp */
    uint32_t processes, open_files; /* processes: at levels A and B only, where the uid is private */
};

struct box_config {
    enum isolation isolation;
    uid_t uid;        /* host uid that the student gets: never 0; as non-root always our own */
    gid_t gid;        /* at level B no other box that is open may have the same uid: closing one kills both */
    const char *work; /* host path of the working directory, owned by uid; inside it is BOX_WORK at level A */
    bool network;     /* false: no network at all (at levels B and C: TCP only, and where Landlock can) */
    struct box_limits limits;
    const char *hosts;         /* lines that /etc/hosts has besides, at level A; NULL: none */
    const char *const *expose; /* host paths that are visible too, read-only; NULL-terminated; may be NULL */
};

#define BOX_WORK "/work"
#define BOX_HOME "/home/student"

struct box {
    pid_t init;     /* host pid of init; 0: none */
    int init_pidfd; /* owned */
    int control;    /* owned: SOCK_SEQPACKET to init */
    int answers;    /* owned: stream from init, level B */
    enum isolation isolation;
    uid_t uid;
    gid_t gid;
    bool exchanges;        /* of ports: programs wait for init in some of their calls */
    bool traces;           /* a program, or has */
    bool private_uid;      /* levels B and C: it is not ours, and everything that has it ends with the box */
    struct tree tree;      /* rooted at init */
    struct shared *shared; /* owned, and init writes to it: see shared.h */
    struct box_program *programs; /* owned: those whose exit was not reported yet */
    size_t n, cap;
    uint32_t last_id;
    char tmp[PATH_MAX];     /* levels B and C: the private temporary directory, removed at the end */
    char missing[PATH_MAX]; /* the path that the last box_spawn did not find: program, interpreter or cwd; ""
                               if none */
    char error[256];        /* why init ended, when it told */
};

/* Where the network is shared: the port that a program binds or speaks to, and the one that it gets in its
 * place; the first that fits. From bind() and getsockname() it sees its own, and so it does with the bytes of
 * both swapped. */
struct box_exchange {
    uint16_t theirs, ours;
};
#define BOX_EXCHANGES 8

/* How to start a program. The three descriptors are borrowed. Where one is a terminal, it is not made the
 * controlling one of the program's session: the program leads that session, and its end would hang up on the
 * children that it leaves, which no shell does. */
struct box_command {
    const char *const
        *argv; /* NULL-terminated; argv[0] is looked up in PATH, or relative to cwd when it has a slash */
    const char *const *env; /* NULL-terminated additions "NAME=value"; may be NULL */
    const char *cwd;        /* relative to work; NULL: work itself */
    int in, out, err;
    struct box_exchange exchanges[BOX_EXCHANGES];
    uint32_t n_exchanges;  /* 0, unless rebind_possible */
    bool traced;           /* its socket calls are written down: only where tracer_probe is 0 */
    enum call_fault fault; /* … and it meets with this */
};

/* 0 or a fault. In a single-threaded process of ours (runner, builder): the box's network is the caller's
 * namespace. At levels B and C the caller becomes a subreaper, for what outlives an init that was killed. */
int box_open(struct box *b, const struct box_config *config, struct err *e);

enum spawned {
    SPAWNED,
    SPAWN_NOT_FOUND,      /* there is no such file (or cwd): the student's */
    SPAWN_NOT_EXECUTABLE, /* it is there but cannot be executed; *cause is the errno. ENOENT: its interpreter
                             (b->missing) is nowhere on this machine */
};
/* Starts a program. On SPAWNED *pid is its host pid. Otherwise *cause is an errno, b->missing the path that
 * it is about, and e->text says it in words. Negative: a fault; so is a program or interpreter which this
 * machine has and the box hides. */
int box_spawn(struct box *b, const struct box_command *command, pid_t *pid, int *cause, struct err *e);

struct box_exit {
    pid_t pid;     /* host pid, as box_spawn gave it */
    int status;    /* as wait gives it */
    int64_t cpu;   /* ns of CPU time used, it and its waited-for children */
    uint32_t left; /* of its descendants, how many outlived it. Those that made a session of their own while
                      other programs ran in the box are counted to the program that ends first */
};
/* Reads one exit report without waiting (control is readable when there is one). 1: one is there, 0: none,
 * -EPIPE: init is gone, b->error says how. Programs are reported, not their descendants. */
int box_next_exit(struct box *b, struct box_exit *out);

/* To one program, by host pid. Sent when it returns 0; -ESRCH once the program is gone. */
int box_signal(struct box *b, pid_t pid, int sig);
/* The same to its children too, but for those that have left its process group. */
int box_signal_group(struct box *b, pid_t pid, int sig);

/* The tree of all processes in the box but init, for idleness: facts come from here whatever the level is.
 * Where the programs have another uid without namespaces, init itself reads /proc, for root there may lack
 * the right. 0 or -errno. */
int box_sample(struct box *b, struct tree_sample *out);
/* Timers of the processes that box_sample saw last which no system call shows; *until as in kernel/timers.h.
 * An enum hidden_timer, or -errno. */
int box_hidden_timer(struct box *b, int64_t *until);
/* Sockets that the box's processes hold. 0 or -errno. */
int box_sockets(struct box *b, struct socket_list *out);
/* The socket calls of the programs that are traced, in order, those last that have not returned; *calls is
 * owned by the caller, `program` of each is the box's last_id after box_spawn. How many were left out between
 * the first and the last ones, or -errno. */
int box_calls(struct box *b, struct call **calls, size_t *n);
/* Bytes of memory of all processes in the box but init: an upper bound up to `enough`, above it a sum that
 * counts shared pages once. Or -errno. Source: proc_pid_statm(5), proc_pid_smaps(5). */
int64_t box_memory(struct box *b, int64_t enough);

void box_close(struct box *b); /* kills every process in it and waits until they are gone; safe twice */
