/*
 * Processes come and go while they are listed. A process that moves to another parent meanwhile is listed
 * once, or not at all if it moved behind our back; then the next list differs, which is why idleness needs
 * two of them.
 */
#include "kernel/tree.h"

#include "base/fd.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define KEEP_MAX 96 /* entries; each has up to five descriptors, of the usual 1024 */

void pids_deinit(struct pids *p)
{
    mem_free(p->ids);
    *p = (struct pids){0};
}

static void pids_add(struct pids *p, pid_t id)
{
    *array_push(p->ids, p->n, p->cap) = id;
}

/* ---- entries ---- */

void tree_entry_reset(struct tree_entry *e)
{
    for (int i = 0; i < FILE_COUNT; i++)
        fd_closep(&e->files[i]);
    e->line[0] = 0;
    e->has_held = false;
}

void tree_init(struct tree *t, pid_t root)
{
    *t = (struct tree){.root = root, .socket_timeout = SOCKETS_UNTIMED};
}

void tree_deinit(struct tree *t)
{
    for (size_t i = 0; i < t->n; i++)
        tree_entry_reset(&t->entries[i]);
    mem_free(t->entries);
    *t = (struct tree){0};
}

static int compare_entries(const void *a, const void *b)
{
    const struct tree_entry *x = a, *y = b;

    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return x->tid < y->tid ? -1 : x->tid > y->tid;
}

/* The place of an entry in t->entries; a new one is put at the end. */
static size_t find_entry(struct tree *t, pid_t pid, pid_t tid)
{
    struct tree_entry key = {.pid = pid, .tid = tid}, *found = NULL;

    if (t->sorted)
        found = bsearch(&key, t->entries, t->sorted, sizeof key, compare_entries);
    for (size_t i = t->sorted; !found && i < t->n; i++)
        if (t->entries[i].pid == pid && t->entries[i].tid == tid)
            found = &t->entries[i];
    if (found)
        return (size_t)(found - t->entries);
    found = array_push(t->entries, t->n, t->cap);
    found->pid = pid;
    found->tid = tid;
    for (int i = 0; i < FILE_COUNT; i++)
        found->files[i] = -1;
    found->kept = t->kept < KEEP_MAX;
    t->kept += found->kept;
    return t->n - 1;
}

/* Drops what was not listed in this pass, and puts the rest in order. */
static void settle_entries(struct tree *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->n; i++) {
        struct tree_entry *e = &t->entries[i];

        if (e->pass == t->pass) {
            if (n != i)
                t->entries[n] = *e;
            n++;
        } else {
            t->kept -= e->kept;
            tree_entry_reset(e);
        }
    }
    if (n && (n != t->sorted || t->n != n))
        qsort(t->entries, n, sizeof *t->entries, compare_entries);
    t->n = t->sorted = n;
}

/* ---- reading ---- */

static int open_file(const struct tree_entry *e, enum file which)
{
    static const char *const names[] = {"schedstat", "syscall", "stat", "children", NULL};
    char path[64];

    if (which == FILE_TASK)
        snprintf(path, sizeof path, "/proc/%d/task", (int)e->pid);
    else
        snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)e->pid, (int)e->tid, names[which]);
    return open(path, O_RDONLY | O_CLOEXEC | (which == FILE_TASK ? O_DIRECTORY : 0));
}

/* The open descriptor, or -errno. Give it back with put_file. */
static int get_file(struct tree_entry *e, enum file which)
{
    int fd = e->files[which];

    if (fd >= 0)
        return fd;
    fd = open_file(e, which);
    if (fd < 0)
        return -errno;
    if (e->kept)
        e->files[which] = fd;
    return fd;
}

static void put_file(struct tree_entry *e, enum file which, int fd)
{
    if (e->files[which] != fd)
        fd_close(fd);
}

ptrdiff_t tree_entry_read(struct tree_entry *e, enum file which, char *out, size_t size)
{
    int fd = get_file(e, which);
    ptrdiff_t n;

    if (fd < 0)
        return fd;
    n = pread(fd, out, size - 1, 0);
    if (n < 0)
        n = -errno;
    else
        out[n] = 0;
    put_file(e, which, fd);
    return n;
}

int pids_of_directory(int fd, struct pids *out)
{
    _Alignas(struct dirent64) char names[4096];

    for (;;) {
        ssize_t n = getdents64(fd, names, sizeof names);

        if (n < 0)
            return -errno;
        for (ssize_t at = 0; at < n;) {
            const struct dirent64 *d = (const void *)(names + at);

            at += d->d_reclen;
            if (d->d_name[0] >= '0' && d->d_name[0] <= '9')
                pids_add(out, (pid_t)strtol(d->d_name, NULL, 10));
        }
        /* With room left for one more there is no need to ask again. */
        if (n == 0 || (size_t)n + sizeof(struct dirent64) <= sizeof names)
            return 0;
    }
}

static int list_threads(struct tree_entry *e, struct pids *out)
{
    int fd = get_file(e, FILE_TASK), r;

    if (fd < 0)
        return fd;
    r = lseek(fd, 0, SEEK_SET) < 0 ? -errno : pids_of_directory(fd, out);
    put_file(e, FILE_TASK, fd);
    return r;
}

/* The list of children may be longer than what one read gives, and cut within a number. 0 or -errno. */
static int list_children(struct tree_entry *e, struct pids *out)
{
    int fd = get_file(e, FILE_CHILDREN), r = 0;
    off_t at = 0;
    pid_t id = 0;
    char text[4096];

    if (fd < 0)
        return fd;
    for (;;) {
        ssize_t n = pread(fd, text, sizeof text, at);

        if (n < 0)
            r = -errno;
        if (n <= 0)
            break;
        at += n;
        for (ssize_t i = 0; i < n; i++) {
            if (text[i] >= '0' && text[i] <= '9') {
                id = id * 10 + (text[i] - '0');
                continue;
            }
            if (id)
                pids_add(out, id);
            id = 0;
        }
    }
    put_file(e, FILE_CHILDREN, fd);
    return r;
}

/* ---- the tree ---- */

/* Lists the threads of a process as entries of this pass, and appends its children. */
static int visit(struct tree *t, pid_t pid, struct pids *threads, struct pids *children)
{
    size_t leader = find_entry(t, pid, pid);
    int r;

    if (t->entries[leader].pass == t->pass)
        return 0; /* it moved to another parent meanwhile, and was listed there */
    t->entries[leader].pass = t->pass;
    threads->n = 0;
    r = list_threads(&t->entries[leader], threads);
    if (r < 0) { /* the number may belong to a new process by now */
        tree_entry_reset(&t->entries[leader]);
        threads->n = 0;
        r = list_threads(&t->entries[leader], threads);
    }
    if (r < 0)
        return r;
    for (size_t i = 0; i < threads->n; i++) {
        size_t at = find_entry(t, pid, threads->ids[i]);

        t->entries[at].pass = t->pass;
        r = list_children(&t->entries[at], children);
        if (r < 0 && pid == t->root && i == 0)
            return r;
    }
    return 0;
}

int tree_list(struct tree *t)
{
    struct pids threads = {0}, queue = {0};
    int r;

    t->pass++;
    r = visit(t, t->root, &threads, &queue);
    for (size_t i = 0; r >= 0 && i < queue.n; i++)
        visit(t, queue.ids[i], &threads,
              &queue); /* one that has ended is no fault; a hidden one keeps its entry */
    settle_entries(t);
    pids_deinit(&threads);
    pids_deinit(&queue);
    return r;
}
