/* family.h - who descends from a process, read from /proc. Not for idleness: see kernel/proc.h. */
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct relative {
    pid_t pid, parent, session;
    char state;  /* as in /proc/PID/stat: Z is a zombie */
    size_t from; /* index of the parent in the list; SIZE_MAX: it is the root */
};

struct family {
    struct relative *members; /* owned; parents before their children */
    size_t n, cap;
};

/* All descendants of root, without itself. 0 or -errno. Source: proc(5). /proc/PID/task/TID/children would be
 * cheaper but is not in every kernel (CONFIG_PROC_CHILDREN). */
int family_list(pid_t root, struct family *out);
void family_deinit(struct family *f);
/* Bytes of memory of all members; those that are gone count 0. Resident pages, where shared ones count in
 * each member (cheap); when that is more than `enough`, each page is counted once (smaps_rollup: some 100 µs
 * a member). */
int64_t family_memory(const struct family *f, int64_t enough);
/* Kills all descendants of the caller, however fast they fork: stops them first, until no new one turns up.
 * Does not reap. */
void family_kill(void);
