/*
 * probe.h - a self-test of some milliseconds: do the two facts that everything rests on hold on this kernel?
 *
 * Both were measured on ordinary Linux; emulations of it (gVisor, WSL 1) and hardened set-ups may lack
 * either. Then the grader falls back to a settle time, and says so.
 */
#pragma once
#include <stdbool.h>
#include <sys/types.h>

struct kernel_fact {
    bool holds;
    char cause[160]; /* "" if it holds */
};

struct kernel_probe {
    struct kernel_fact gate;     /* sock_diag shows what a reader has not read yet, and what has arrived */
    struct kernel_fact idleness; /* /proc tells a thread that waits for input from one that works */
};

/* Uses 127.0.0.1 in the caller's network namespace, and two short-lived children, with these ids if the
 * caller is root (0: its own). 0, or -errno when they could not be made; what does not hold is no fault. */
int kernel_probe(struct kernel_probe *out, uid_t uid, gid_t gid);
