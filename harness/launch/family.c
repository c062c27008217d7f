#include "launch/family.h"
#include "kernel/proc.h"

#include "base/fd.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void family_deinit(struct family *f)
{
    mem_free(f->members);
    *f = (struct family){0};
}

/* Reads a short file of /proc; returns its length, NUL-terminated, or -1. */
static ssize_t read_short(int proc, const char *path, char *out, size_t size)
{
    _cleanup_fd_ int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t n;

    if (fd < 0)
        return -1;
    n = read(fd, out, size - 1);
    if (n >= 0)
        out[n] = 0;
    return n;
}

/* The command name may hold anything, parentheses too: fields are counted from the last one. */
static bool read_stat(int proc, const char *name, struct relative *out)
{
    char path[64], text[1024], *rest;

    snprintf(path, sizeof path, "%.20s/stat", name);
    if (read_short(proc, path, text, sizeof text) <= 0)
        return false;
    rest = strrchr(text, ')');
    if (!rest || sscanf(rest + 1, " %c %d %*d %d", &out->state, &out->parent, &out->session) != 3)
        return false;
    out->pid = (pid_t)strtol(name, NULL, 10);
    return true;
}

static void close_dir(DIR **d)
{
    if (*d)
        closedir(*d);
}

static int list_all(struct family *all)
{
    __attribute__((cleanup(close_dir))) DIR *d = opendir("/proc");
    struct dirent *entry;

    if (!d)
        return -errno;
    while ((entry = readdir(d))) {
        struct relative r = {.from = SIZE_MAX};

        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9' && read_stat(dirfd(d), entry->d_name, &r))
            *array_push(all->members, all->n, all->cap) = r;
    }
    return 0;
}

/* Moves the children of parent from `all` to the end of out. */
static void take_children(struct family *all, pid_t parent, size_t from, struct family *out)
{
    for (size_t i = 0; i < all->n;) {
        if (all->members[i].parent != parent) {
            i++;
            continue;
        }
        struct relative *r = array_push(out->members, out->n, out->cap);
        *r = all->members[i];
        r->from = from;
        all->members[i] = all->members[--all->n];
    }
}

int family_list(pid_t root, struct family *out)
{
    struct family all = {0};
    int r = list_all(&all);

    *out = (struct family){0};
    if (!r) {
        take_children(&all, root, SIZE_MAX, out);
        for (size_t i = 0; i < out->n; i++)
            take_children(&all, out->members[i].pid, i, out);
    }
    family_deinit(&all);
    return r;
}

/* Its share of all its pages, or -1 where that may not be read. */
static int64_t proportional(pid_t pid)
{
    char path[64], text[1024];
    const char *at;
    int64_t kib;

    snprintf(path, sizeof path, "/proc/%d/smaps_rollup", pid);
    if (read_short(AT_FDCWD, path, text, sizeof text) <= 0)
        return -1;
    at = strstr(text, "\nPss:");
    return at && sscanf(at, "\nPss: %" SCNd64, &kib) == 1 ? kib * 1024 : -1;
}

int64_t family_memory(const struct family *f, int64_t enough)
{
    int64_t sum = 0, exact = 0;

    for (size_t i = 0; i < f->n; i++)
        sum += proc_resident(f->members[i].pid);
    for (size_t i = 0; i < f->n && sum > enough; i++) {
        int64_t share = proportional(f->members[i].pid);
        exact += share < 0 ? proc_resident(f->members[i].pid) : share;
    }
    return sum > enough ? exact : sum;
}

#define STOP_ROUNDS 100

static void signal_all(const struct family *f, int sig)
{
    for (size_t i = 0; i < f->n; i++)
        kill(f->members[i].pid, sig);
}

/* A member that is not stopped may have forked while we looked: the count is stable once none of them runs.
 */
static void stop_all(struct family *f)
{
    size_t before;

    for (int round = 0; round < STOP_ROUNDS; round++) {
        before = f->n;
        signal_all(f, SIGSTOP);
        family_deinit(f);
        if (family_list(getpid(), f) < 0 || f->n == before)
            return;
    }
}

void family_kill(void)
{
    struct family f;

    if (family_list(getpid(), &f) == 0 && f.n) {
        stop_all(&f);
        signal_all(&f, SIGKILL);
    }
    family_deinit(&f);
}
