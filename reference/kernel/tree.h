/*
 * tree.h - internal to kernel/: the list of threads in a tree of processes, and their /proc files kept open
 * from one sample to the next. It knows which threads there are, and not what they do.
 */
#pragma once
#include "kernel/proc.h"

#include <stdbool.h>

#define CALL_LINE_MAX 192 /* a line of `syscall` is at most 172 bytes */

enum file { FILE_SCHEDSTAT, FILE_SYSCALL, FILE_STAT, FILE_CHILDREN, FILE_TASK, FILE_COUNT };

struct tree_entry {
    pid_t pid, tid;
    uint32_t pass; /* when it was last listed */
    bool kept;
    bool stopped; /* by a tracer */
    char stopped_in[CALL_LINE_MAX];
    int files[FILE_COUNT]; /* owned, -1 while closed; FILE_TASK only of the first thread */
    int64_t deadline;      /* of the remembered wait, on clock_now's clock; -1: none */
    char line[CALL_LINE_MAX];
    struct thread_sample wait; /* what was worked out for `line`, when the count of runs was wait.runs */
    struct thread_sample
        held;              /* the wait that it was stopped in: restart_syscall, afterwards, does not tell */
    int64_t held_deadline; /* as `deadline` */
    bool has_held;
};

struct pids {
    pid_t *ids; /* owned */
    size_t n, cap;
};
void pids_deinit(struct pids *p);

/* Appends every name in a directory that is a number. 0 or -errno. */
int pids_of_directory(int fd, struct pids *out);

/* Makes t->entries the threads of the tree, the root's included, in order of pid and tid. 0 or -errno. */
int tree_list(struct tree *t);

/* Reads a small file from its start, NUL-terminated. Its length, or -errno: -ESRCH and -ENOENT when the
 * thread is gone. */
ptrdiff_t tree_entry_read(struct tree_entry *e, enum file which, char *out, size_t size);

/* Closes its files and forgets its wait: for a number that a new thread has got. */
void tree_entry_reset(struct tree_entry *e);
