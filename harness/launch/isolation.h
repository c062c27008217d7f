/*
 * isolation.h - how well this machine can cut programs off, found out by doing it in a child: asking (uid,
 * kernel version, sysctl) misleads, for containers and security modules refuse at any step.
 */
#pragma once
#include "launch/box.h"

struct isolation_fact {
    bool granted;
    char cause[200]; /* "" if granted: what failed, with errno */
    char cure[300];  /* "" if none is known: what to do about it, for people */
};

struct isolation_probe {
    enum isolation level;        /* the best that is granted */
    struct isolation_fact net;   /* a network namespace of one's own, loopback up */
    struct isolation_fact pid;   /* a PID namespace with a proc of its own */
    struct isolation_fact mount; /* a root file system of the box's own */
    struct isolation_fact uid;   /* ids of the student's own: mapped, or as root another uid */
    int landlock;                /* its ABI; 0: none */
};

/* Costs some milliseconds. 0 or -errno (fork failed); what is not granted is no fault. */
int isolation_probe(struct isolation_probe *out);
/* The level to use: the best, or the forced one (an enum isolation; -1: none). A forced level that this
 * machine does not grant is a fault that says why. */
int isolation_choose(const struct isolation_probe *probe, int forced, struct err *e);
const char *isolation_name(enum isolation level); /* "full", "uid", "basic" */
/* The ids for programs in a slot (a box that is open at the same time as others, counted from 0): as root
 * 60001 + slot, else our own. */
void isolation_ids(uint32_t slot, uid_t *uid, gid_t *gid);

/* Like fork, into new namespaces (CLONE_NEW*, 0: none); for single-threaded processes. The child's pid, 0 in
 * the child, -errno. *pidfd is owned by the caller. Not clone3, which Docker refuses. */
pid_t isolation_clone(unsigned long namespaces, int *pidfd);
/* Maps the student's inner ids (1000) in a child's new user namespace to these. 0 or a fault. */
int isolation_map(pid_t child, uid_t uid, gid_t gid, struct err *e);
#define ISOLATION_INNER_ID 1000
