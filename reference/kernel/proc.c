/*
 * Sampling: the tree is listed first, then its threads are sampled in order of pid and tid. What a sleep
 * waits for is worked out once and remembered with the number of runs: a thread that was not put on a CPU
 * since is still in the same wait.
 */
#include "kernel/proc.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "kernel/tree.h"
#include "kernel/waits.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

void tree_sample_deinit(struct tree_sample *s)
{
    mem_free(s->threads);
    *s = (struct tree_sample){0};
}

void socket_list_deinit(struct socket_list *l)
{
    mem_free(l->refs);
    *l = (struct socket_list){0};
}

/* Without counts every program would look as if it never ran; without lists of children, as if there were
 * none. */
static int check_support(void)
{
    _cleanup_buf_ struct buf counts = BUF_INIT;
    unsigned long long runs = 0;

    if (fd_read_file(AT_FDCWD, "/proc/thread-self/schedstat", 4096, &counts) < 0)
        return -EOPNOTSUPP;
    buf_byte(&counts, 0);
    if (sscanf((char *)counts.data, "%*u %*u %llu", &runs) != 1 || runs == 0)
        return -EOPNOTSUPP;
    return access("/proc/thread-self/children", R_OK) < 0 ? -EOPNOTSUPP : 0;
}

unsigned proc_cpus(void)
{
    cpu_set_t set;

    return sched_getaffinity(0, sizeof set, &set) == 0 ? (unsigned)CPU_COUNT(&set) : 1;
}

int64_t proc_own_starvation(void)
{
    _cleanup_buf_ struct buf counts = BUF_INIT;
    long long starved = 0;

    if (fd_read_file(AT_FDCWD, "/proc/thread-self/schedstat", 4096, &counts) < 0)
        return 0;
    buf_byte(&counts, 0);
    return sscanf((char *)counts.data, "%*u %lld", &starved) == 1 ? starved : 0;
}

/* ---- samples ---- */

/* Whether /proc keeps a thread from us that is there. */
static bool is_hidden(const struct tree_entry *e, ptrdiff_t error)
{
    if (error == -EPERM || error == -EACCES)
        return true;
    return error == -ENOENT && e->pid == e->tid && (kill(e->pid, 0) == 0 || errno == EPERM);
}

static ptrdiff_t read_counts(struct tree_entry *e, struct thread_sample *s)
{
    char text[96], *at;
    ptrdiff_t n = tree_entry_read(e, FILE_SCHEDSTAT, text, sizeof text);

    if (n < 0)
        return n;
    s->cpu = strtoll(text, &at, 10);
    s->starved = strtoll(at, &at, 10);
    s->runs = strtoull(at, &at, 10);
    return n;
}

struct stat_line {
    char text[512];
    const char *name; /* in text; not terminated */
    size_t name_len;
};

/* Of " ppid pgrp …". */
static pid_t group_in(const char *rest)
{
    char *end;

    strtol(rest, &end, 10);
    return (pid_t)strtol(end, NULL, 10);
}

/* The state letter, 0 when the thread is gone. Sets group, and excused by the thread's name. */
static char read_state(struct tree_entry *e, struct stat_line *l, struct thread_sample *s)
{
    char *text = l->text, *open, *close;

    if (tree_entry_read(e, FILE_STAT, text, sizeof l->text) <= 0)
        return 0;
    open = strchr(text, '(');
    close = strrchr(text, ')'); /* the name may hold anything, ')' too */
    if (!open || !close || close < open || close[1] != ' ')
        return 0;
    l->name = open + 1;
    l->name_len = (size_t)(close - open - 1);
    s->excused = wait_is_housekeeping(l->name, l->name_len);
    s->group = close[2] ? group_in(close + 3) : 0;
    return close[2];
}

/* What no look at the socket can tell. */
static void add_unseen(const struct tree *t, struct thread_sample *s)
{
    if (!s->unseen || t->socket_timeout == SOCKETS_UNTIMED)
        return;
    s->kind = WAIT_TIMED;
    s->timeout = t->socket_timeout == SOCKETS_UNSEEN ? -1 : t->socket_timeout;
}

/* Stopped in a wait, a thread shows it. Once it was continued some calls, poll with and without a time-out
 * among them, go on as restart_syscall, which has no arguments. Source: kernel/signal.c (restart_block),
 * fs/select.c (do_restart_poll). False: it is only about to stop, and does not show it yet. */
static bool hold(const struct tree *t, struct tree_entry *e, const char *line, const struct thread_sample *s)
{
    struct wait_call call;

    if (!wait_parse(line, &call))
        return false;
    if (call.number < 0 || call.number == SYS_restart_syscall)
        return true;
    e->has_held = true;
    e->held = *s;
    wait_classify(&call, &e->held);
    add_unseen(t, &e->held);
    e->held_deadline =
        e->held.kind == WAIT_TIMED && e->held.timeout >= 0 ? clock_now() + e->held.timeout : -1;
    return true;
}

static void go_on(struct tree_entry *e, struct thread_sample *s, int64_t now)
{
    struct thread_sample fresh = *s;

    *s = e->held;
    s->runs = fresh.runs;
    s->cpu = fresh.cpu;
    s->starved = fresh.starved;
    s->excused = fresh.excused;
    e->deadline = e->held_deadline;
    if (e->deadline >= 0)
        s->timeout = e->deadline > now ? e->deadline - now : 0;
}

/* Works the wait out, or remembers it when the thread has not run since. */
static void classify(const struct tree *t, struct tree_entry *e, const char *line, struct thread_sample *s)
{
    struct wait_call call;
    int64_t now = clock_now();

    if (!wait_parse(line, &call)) {
        s->kind = WAIT_RUNNING;
        return;
    }
    if (e->line[0] && e->wait.runs == s->runs && !strcmp(e->line, line)) {
        struct thread_sample fresh = *s;

        *s = e->wait;
        s->cpu = fresh.cpu;
        s->starved = fresh.starved;
        if (e->deadline >= 0)
            s->timeout = e->deadline > now ? e->deadline - now : 0;
        return;
    }
    wait_classify(&call, s);
    add_unseen(t, s);
    e->deadline = s->kind == WAIT_TIMED && s->timeout >= 0 ? now + s->timeout : -1;
    if (call.number == SYS_restart_syscall && e->has_held)
        go_on(e, s, now);
    e->wait = *s;
    snprintf(e->line, sizeof e->line, "%s", line);
}

/* The order matters: counts, then call, and the state last (a thread being woken looks asleep to `syscall`
 * only). A thread that has ended since it was listed counts as running: left out, its end would look like
 * sleep. */
static void sample(const struct tree *t, struct tree_entry *e, struct thread_sample *s)
{
    struct stat_line stat;
    char line[CALL_LINE_MAX];
    ptrdiff_t counts, call;
    char state;

    *s = (struct thread_sample){
        .pid = e->pid, .tid = e->tid, .kind = WAIT_RUNNING, .call = -1, .fd = -1, .timeout = -1};
    counts = read_counts(e, s);
    if (counts == -ESRCH) { /* the descriptors were of an earlier thread with this number */
        tree_entry_reset(e);
        counts = read_counts(e, s);
    }
    call = counts < 0 ? counts : tree_entry_read(e, FILE_SYSCALL, line, sizeof line);
    state = read_state(e, &stat, s);
    e->stopped = state == 't' || (state == 'T' && t->traced.on);
    if (state == 'Z' || state == 'X')
        s->kind = e->pid == e->tid ? WAIT_ZOMBIE : WAIT_RUNNING;
    else if (counts < 0 || !state)
        s->kind = is_hidden(e, counts) ? WAIT_HIDDEN : WAIT_RUNNING;
    else if (e->stopped) {
        s->kind = WAIT_STOPPED; /* or not: see mind_tracer */
        snprintf(e->stopped_in, sizeof e->stopped_in, "%s", call > 0 ? line : "");
    } else if (state == 'T') {
        s->kind = call <= 0 || hold(t, e, line, s) ? WAIT_STOPPED : WAIT_RUNNING;
    } else if (state == 'S' && (call == -EPERM || call == -EACCES))
        s->kind = WAIT_HIDDEN;
    else if (state == 'S' && call > 0) {
        classify(t, e, line, s);
        if (s->excused && wait_is_vm_exit(s, stat.name, stat.name_len))
            s->kind = WAIT_RUNNING;
    }
}

/* Does another thread of a process live on, whose first has ended? */
static bool lives_on(const struct tree_sample *s, size_t first)
{
    for (size_t i = first + 1; i < s->n && s->threads[i].pid == s->threads[first].pid; i++)
        if (s->threads[i].kind != WAIT_ZOMBIE)
            return true;
    return false;
}

static uint32_t count_living(const struct tree_sample *s)
{
    uint32_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += s->threads[i].kind != WAIT_ZOMBIE || lives_on(s, i);
    return n;
}

/* Whoever a tracer has stopped goes on at once, unless the tracer leaves it stopped. And who waits for the
 * end of a process that is traced is told of it only after the tracer. */
static void mind_tracer(struct tree *t, struct tree_sample *out)
{
    bool told = !t->traced.on || count_living(out) == t->traced.threads;
    size_t stopped = 0, n = 0;

    for (size_t i = 0; i < t->n; i++)
        stopped += t->entries[i].stopped;
    for (size_t i = 0; i < t->n; i++) {
        struct tree_entry *e = &t->entries[i];

        if (e->pid == t->root)
            continue;
        if (e->stopped &&
            (stopped > t->traced.paused || (*e->stopped_in && !hold(t, e, e->stopped_in, &out->threads[n]))))
            out->threads[n].kind = WAIT_RUNNING;
        if (out->threads[n].kind == WAIT_ZOMBIE && !told)
            out->threads[n].kind = WAIT_RUNNING;
        n++;
    }
}

int tree_sample(struct tree *t, struct tree_sample *out)
{
    int r = t->pass ? 0 : check_support();

    out->n = 0;
    if (r == 0)
        r = tree_list(t);
    if (r < 0)
        return r;
    for (size_t i = 0; i < t->n; i++) {
        if (t->entries[i].pid != t->root)
            sample(t, &t->entries[i], array_push(out->threads, out->n, out->cap));
    }
    mind_tracer(t, out);
    return 0;
}

/* ---- descriptors ---- */

static int list_fds(pid_t pid, pid_t tid, struct pids *out, int *dir)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%d/task/%d/fd", (int)pid, (int)tid);
    *dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return *dir < 0 ? -errno : pids_of_directory(*dir, out);
}

/* Returns how many descriptors the thread shows: none when it has ended. */
static size_t add_sockets(pid_t pid, pid_t tid, struct socket_list *out)
{
    struct pids fds = {0};
    _cleanup_fd_ int dir = -1;

    size_t n_fds;

    list_fds(pid, tid, &fds, &dir);
    for (size_t i = 0; i < fds.n; i++) {
        char name[16], target[64];
        unsigned long long inode;
        ssize_t n;

        snprintf(name, sizeof name, "%d", (int)fds.ids[i]);
        n = readlinkat(dir, name, target, sizeof target - 1);
        target[n < 0 ? 0 : n] = 0;
        if (sscanf(target, "socket:[%llu]", &inode) == 1)
            *array_push(out->refs, out->n, out->cap) =
                (struct socket_ref){.pid = pid, .fd = fds.ids[i], .inode = inode};
    }
    n_fds = fds.n;
    pids_deinit(&fds);
    return n_fds;
}

int tree_sockets(pid_t root, struct socket_list *out)
{
    struct tree t;
    pid_t shown = 0;
    int r;

    tree_init(&t, root);
    r = tree_list(&t);
    out->n = 0;
    /* A process shows its descriptors through any thread that lives: its first may have ended alone
     * (pthread_exit). */
    for (size_t i = 0; r >= 0 && i < t.n; i++) {
        const struct tree_entry *e = &t.entries[i];
        if (e->pid != root && e->pid != shown && add_sockets(e->pid, e->tid, out))
            shown = e->pid;
    }
    tree_deinit(&t);
    return r;
}

int proc_count_fds(pid_t pid)
{
    struct pids fds = {0};
    _cleanup_fd_ int dir = -1;
    int r = list_fds(pid, pid, &fds, &dir);

    r = r < 0 ? r : (int)fds.n;
    pids_deinit(&fds);
    return r;
}

int64_t proc_oom_kills(void)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    const uint8_t *at;
    int r = fd_read_file(AT_FDCWD, "/proc/vmstat", 1 << 20, &b);

    if (r < 0)
        return r;
    buf_byte(&b, 0);
    at = bytes_find(buf_view(&b), bytes_of("\noom_kill "));
    return at ? strtoll((const char *)at + sizeof "\noom_kill", NULL, 10) : 0;
}

uint64_t proc_status_number(pid_t pid, const char *field, int base)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    char name[64];
    const uint8_t *at;

    snprintf(name, sizeof name, "/proc/%d/status", (int)pid);
    if (fd_read_file(AT_FDCWD, name, 65536, &text) < 0)
        return 0;
    buf_byte(&text, 0);
    snprintf(name, sizeof name, "\n%s:", field);
    at = bytes_find(buf_view(&text), bytes_of(name));
    return at ? strtoull((const char *)at + strlen(name), NULL, base) : 0;
}

int64_t proc_resident(pid_t pid)
{
    char path[64], text[128];
    _cleanup_fd_ int fd = -1;
    int64_t pages = 0;
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/statm", pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
    if (n <= 0)
        return 0;
    text[n] = 0;
    return sscanf(text, "%*d %" SCNd64, &pages) == 1 ? pages * sysconf(_SC_PAGESIZE) : 0;
}
