/*
 * landlock.h - a Landlock domain for a student's program, where there are no namespaces to hide files.
 * Private to launch.
 *
 * Source: landlock(7), linux/landlock.h; numbers are ours so that old headers do.
 */
#pragma once
#include "launch/visible.h"

struct landlock_request {
    const struct visible *visible; /* read and execute */
    const char *const *writable;   /* everything; NULL-terminated */
    bool network;                  /* false: neither bind nor connect of TCP (ABI 4) */
};

int landlock_abi(void); /* 0: this kernel has none */
/* A ruleset (owned, CLOEXEC), -ENOSYS when the kernel has none, or -errno. Paths that do not exist are left
 * out. */
int landlock_prepare(const struct landlock_request *request);
/* Confines the calling process, which must have no_new_privs; -1: does nothing. 0 or -errno. */
int landlock_enter(int ruleset);
