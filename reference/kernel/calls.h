/*
 * calls.h - the system calls by which programs use sockets: their names, what their arguments mean, and the
 * filter that makes a tracer hear of them.
 *
 * It knows numbers and arguments, and nothing of processes.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum call_kind {
    CALL_OTHER, /* none that is listed here */
    CALL_SOCKET,
    CALL_BIND,
    CALL_LISTEN,
    CALL_ACCEPT,
    CALL_CONNECT,
    CALL_READ,
    CALL_READV,
    CALL_RECV, /* recvfrom without room for an address */
    CALL_RECVFROM,
    CALL_RECVMSG,
    CALL_RECVMMSG,
    CALL_WRITE,
    CALL_WRITEV,
    CALL_SEND, /* sendto without an address */
    CALL_SENDTO,
    CALL_SENDMSG,
    CALL_SENDMMSG,
    CALL_SENDFILE,
    CALL_SHUTDOWN,
    CALL_CLOSE,
    CALL_SETSOCKOPT,
    CALL_POLL,
    CALL_SELECT,
    CALL_EPOLL_WAIT,
    /* no calls, but told like them */
    CALL_FORK,   /* `result` is the number of the process that was born */
    CALL_SIGNAL, /* one is delivered: `result` */
    CALL_END,    /* of a process: `result` as wait gives it */
    CALL_KINDS
};

const char *call_name(enum call_kind kind); /* "recv" */
bool call_receives(uint32_t kind);          /* bytes; of recvmmsg the result counts messages */
bool call_sends(uint32_t kind);
bool call_waits_for_many(uint32_t kind); /* descriptors: poll and its kin */

/* What a call does with the descriptor in its first argument. */
enum call_shape {
    SHAPE_NEW,     /* it has none: its result is one */
    SHAPE_ADDRESS, /* names an address: args[1] and its length args[2] */
    SHAPE_ACCEPT,
    SHAPE_IN,       /* bytes come into args[1], at most args[2] */
    SHAPE_OUT,      /* bytes go out of it */
    SHAPE_IN_PARTS, /* the same with args[2] parts, a struct iovec each */
    SHAPE_OUT_PARTS,
    SHAPE_IN_MESSAGE, /* args[1] is a struct msghdr */
    SHAPE_OUT_MESSAGE,
    SHAPE_FILE,   /* sendfile: args[3] bytes of another descriptor */
    SHAPE_NUMBER, /* args[1] says how: backlog, direction */
    SHAPE_OPTION, /* setsockopt */
    SHAPE_WAIT,   /* of several descriptors */
};

struct call_rule {
    int64_t number;
    enum call_kind kind;
    enum call_shape shape;
    bool any_file; /* made of files, too: only those on sockets are told */
};

/* What is made to happen to a program, and may happen to any: it shows how it copes with it. */
enum call_fault {
    FAULT_NONE,
    /* Each send on a stream takes a byte less than it is given; but where sockets cannot be looked at
     * (pidfd_getfd is forbidden). */
    FAULT_SHORT_SENDS,
    /* SIGCHLD, SIGALRM, SIGUSR1 and SIGUSR2, where the program has a handler for them, come while it waits:
     * earlier ones are kept until a call would sleep. What that call does then is the kernel's to say. */
    FAULT_INTERRUPTIONS,
};

/* NULL: none of these. */
const struct call_rule *call_find(int64_t number);

/* Lets the kernel tell the tracer of these calls of the calling thread, and all that descends from it.
 * Without a tracer they fail from now on (ENOSYS). It must have no_new_privs. 0 or -errno.
 * Source: seccomp(2), SECCOMP_RET_TRACE. */
int calls_trap(void);
