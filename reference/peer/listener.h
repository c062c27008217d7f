/*
 * listener.h - a TCP socket of ours that programs connect to.
 *
 * What comes is accepted at once and kept in order, so that nobody waits for the script; whoever plays takes
 * one when it is due.
 */
#pragma once
#include "base/addr.h"
#include "base/loop.h"

struct listener {
    struct watch watch; /* first: the callback finds the listener by it */
    struct loop *loop;  /* borrowed */
    int fd;             /* owned; -1: not open */
    int *queue;         /* owned connections that nobody took yet: from `taken` on */
    size_t n, cap, taken;
};

#define LISTENER_MAX_KEPT 4096u /* more wait in the kernel */

void listener_init(struct listener *l, struct loop *loop);
void listener_deinit(struct listener *l); /* closes what was not taken, in good order */
/* Listens on `at`. 0 or -errno. */
int listener_open(struct listener *l, const struct addr *at);
bool listener_has(const struct listener *l); /* somebody came who was not taken yet */
int listener_take(struct listener *l);       /* the first: a descriptor, the caller's from now on; -1: none */
void listener_close(struct listener *l);     /* nobody can come any more; those who came stay; safe twice */
