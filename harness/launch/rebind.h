/*
 * rebind.h - lets programs whose port stands in their source run on a network that they share with others:
 * the kernel binds another port, and the program sees its own.
 *
 * A filter of the program's (seccomp(2), user notification) hands bind() and getsockname() to init, which
 * makes them in the program's place on a copy of its descriptor (pidfd_getfd(2)). Where such copies are
 * forbidden (Docker's default profile), init writes the other port into the program's memory, lets the call
 * go on, and puts back what was there when the program calls listen().
 * Programs of one submission that know each other's ports by heart find each other too: connect() and
 * sendto() go to the other port.
 *
 * A thread whose call waits for init looks asleep in it. So whoever asks whether programs sleep asks init,
 * which makes what waits before it answers.
 */
#pragma once
#include "launch/box.h"

#include <sys/socket.h>

/* A bind() that was let go on with another address than the program's. */
struct rebound {
    pid_t process;
    char socket[32];                /* as /proc/PID/fd names it; "": this entry is free */
    struct sockaddr_storage theirs; /* the address as the program gave it … */
    size_t len;
    uint64_t at; /* … and where in its memory */
};
#define REBOUND_MAX 8

/* init's side of one program. */
struct rebind {
    int fd;         /* owned: the courier, then the filter's listener; -1: none */
    bool listening; /* it is the listener */
    struct box_exchange exchanges[BOX_EXCHANGES];
    size_t n;
    struct rebound rebound[REBOUND_MAX]; /* the latest */
    size_t n_rebound;
    int64_t *timing; /* borrowed: see timing.h */
};

void rebind_init(struct rebind *r, int64_t *timing); /* timing is borrowed */
/* The two ends of what brings the listener from the program to init. 0 or -1 and errno. */
int rebind_courier(int *ours, int *theirs);
/* The courier, which r owns then, will come. fd -1: there is none. */
void rebind_expect(struct rebind *r, int fd, const struct box_exchange *exchanges, size_t n);
/* Once r->fd is readable, or at its end. */
void rebind_serve(struct rebind *r);

/* In the program, before it is executed; it must have no_new_privs. exchanges: else init hears of time-outs
 * alone (timing.h). 0 or -errno. */
int rebind_install(int courier, bool exchanges);
/* Does this machine allow it? Tried in a child. */
bool rebind_possible(void);
