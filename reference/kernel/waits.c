#include "kernel/waits.h"

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "kernel/timers.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define TIMEOUT_NONE INT64_C(-1)    /* nothing but an event ends the wait */
#define TIMEOUT_UNKNOWN INT64_C(-2) /* something does, at a time that we cannot tell */
#define TIMEOUT_UNSEEN INT64_C(-3)  /* a socket's own, which may not be looked at */
#define TIMEOUT_MAX (INT64_MAX / 4)
#define URING_EXT_ARG 8 /* IORING_ENTER_EXT_ARG: <linux/io_uring.h> of old distributions lacks it */

/* How a call says how long it lasts, and what else has to be looked at. */
enum form {
    FORM_EVENT,    /* no time-out at all */
    FORM_TIMER,    /* ends by itself, at a time that is not in its arguments */
    FORM_RECEIVE,  /* args[0] is a descriptor: SO_RCVTIMEO, or a timerfd */
    FORM_SEND,     /* args[0] is a descriptor: SO_SNDTIMEO */
    FORM_MS,       /* a number of milliseconds, negative: none */
    FORM_TIMESPEC, /* a pointer, NULL: none */
    FORM_TIMEVAL,
    FORM_MONOTONIC, /* a pointer to a point in time on that clock */
    FORM_REALTIME,
    FORM_CLOCK,  /* the same, on the clock that args[5] names */
    FORM_CLOCK4, /* the same, on the clock that args[4] names */
    FORM_FUTEX,
    FORM_SLEEP, /* clock_nanosleep */
    FORM_URING,
    FORM_FCNTL,
};

#define ANY (-1)

/* `place` is the argument that tells one wait from another; `fd` says that args[0] is the descriptor waited
 * on. */
struct rule {
    int64_t number;
    enum wait_kind kind;
    enum form form;
    int8_t arg; /* of the time-out */
    int8_t place;
    bool fd;
};

static const struct rule rules[] = {
    {SYS_read, WAIT_INPUT, FORM_RECEIVE, ANY, 0, true},
    {SYS_readv, WAIT_INPUT, FORM_RECEIVE, ANY, 0, true},
    {SYS_recvfrom, WAIT_INPUT, FORM_RECEIVE, ANY, 0, true},
    {SYS_recvmsg, WAIT_INPUT, FORM_RECEIVE, ANY, 0, true},
    {SYS_recvmmsg, WAIT_INPUT, FORM_RECEIVE, ANY, 0,
     true}, /* its time-out is looked at only after a datagram */
    {SYS_accept4, WAIT_INPUT, FORM_RECEIVE, ANY, 0, true},
    {SYS_accept, WAIT_INPUT, FORM_RECEIVE, ANY, 0, true},
    {SYS_splice, WAIT_INPUT, FORM_RECEIVE, ANY, 0, true},
    {SYS_write, WAIT_OUTPUT, FORM_SEND, ANY, 0, true},
    {SYS_writev, WAIT_OUTPUT, FORM_SEND, ANY, 0, true},
    {SYS_sendto, WAIT_OUTPUT, FORM_SEND, ANY, 0, true},
    {SYS_sendmsg, WAIT_OUTPUT, FORM_SEND, ANY, 0, true},
    {SYS_sendmmsg, WAIT_OUTPUT, FORM_SEND, ANY, 0, true},
    {SYS_sendfile, WAIT_OUTPUT, FORM_SEND, ANY, 0, true},
    {SYS_ppoll, WAIT_INPUT, FORM_TIMESPEC, 2, 1, false},
    {SYS_pselect6, WAIT_INPUT, FORM_TIMESPEC, 4, 0, false},
    {SYS_epoll_pwait, WAIT_INPUT, FORM_MS, 3, 0, true},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, WAIT_INPUT, FORM_TIMESPEC, 3, 0, true},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, WAIT_INPUT, FORM_MS, 3, 0, true},
#endif
#ifdef SYS_poll
    {SYS_poll, WAIT_INPUT, FORM_MS, 2, 1, false},
#endif
#ifdef SYS_select
    {SYS_select, WAIT_INPUT, FORM_TIMEVAL, 4, 0, false},
#endif
#ifdef SYS_pause
    {SYS_pause, WAIT_INPUT, FORM_EVENT, ANY, ANY, false},
#endif
    {SYS_rt_sigsuspend, WAIT_INPUT, FORM_EVENT, ANY, ANY, false},
    {SYS_rt_sigtimedwait, WAIT_INPUT, FORM_TIMESPEC, 2, 0, false},
    {SYS_wait4, WAIT_INPUT, FORM_EVENT, ANY, 0, false},
    {SYS_waitid, WAIT_INPUT, FORM_EVENT, ANY, 1, false},
    {SYS_futex, WAIT_INPUT, FORM_FUTEX, 3, 0, false},
#ifdef SYS_futex_waitv
    {SYS_futex_waitv, WAIT_INPUT, FORM_CLOCK4, 3, 0, false},
#endif
#ifdef SYS_futex_wait
    {SYS_futex_wait, WAIT_INPUT, FORM_CLOCK, 4, 0, false},
#endif
    {SYS_nanosleep, WAIT_TIMED, FORM_TIMESPEC, 0, ANY, false},
    {SYS_clock_nanosleep, WAIT_TIMED, FORM_SLEEP, 2, ANY, false},
    {SYS_restart_syscall, WAIT_TIMED, FORM_TIMER, ANY, ANY, false},
    {SYS_flock, WAIT_INPUT, FORM_EVENT, ANY, 0, false},
    {SYS_fcntl, WAIT_INPUT, FORM_FCNTL, ANY, 0, false},
    {SYS_openat, WAIT_INPUT, FORM_EVENT, ANY, ANY, false}, /* of a FIFO: files on disk wait in state D */
    {SYS_msgrcv, WAIT_INPUT, FORM_EVENT, ANY, 0, false},
    {SYS_msgsnd, WAIT_INPUT, FORM_EVENT, ANY, 0, false},
    {SYS_semtimedop, WAIT_INPUT, FORM_TIMESPEC, 3, 0, false},
    {SYS_semop, WAIT_INPUT, FORM_EVENT, ANY, 0, false},
    {SYS_mq_timedreceive, WAIT_INPUT, FORM_REALTIME, 4, 0, false},
    {SYS_mq_timedsend, WAIT_INPUT, FORM_REALTIME, 4, 0, false},
    {SYS_io_uring_enter, WAIT_INPUT, FORM_URING, ANY, 0, false},
    {SYS_exit, WAIT_RUNNING, FORM_EVENT, ANY, ANY, false},
    {SYS_exit_group, WAIT_RUNNING, FORM_EVENT, ANY, ANY, false},
};

static const struct rule *find_rule(int64_t number)
{
    for (size_t i = 0; i < array_len(rules); i++)
        if (rules[i].number == number)
            return &rules[i];
    return NULL;
}

bool wait_is_receive(int64_t call)
{
    return call == SYS_recvfrom || call == SYS_recvmsg;
}

bool wait_is_read(int64_t call)
{
    return call == SYS_read || call == SYS_readv || wait_is_receive(call);
}

int wait_parse(const char *line, struct wait_call *out)
{
    char *end;

    *out = (struct wait_call){.number = strtoll(line, &end, 10)};
    if (end == line)
        return 0;
    for (int i = 0; i < 6 && out->number >= 0; i++)
        out->args[i] = strtoull(end, &end, 16);
    out->sp = strtoull(end, &end, 16);
    return 1;
}

bool wait_is_housekeeping(const char *comm, size_t len)
{
    /* HotSpot's threads as `comm` shows them, cut at 15 bytes; io_uring's workers, which are the kernel's
     * own; V8's clock for its garbage collector (Node from version 22 on names it). */
    static const char *const names[] = {
        "VM Thread", "VM Periodic",     "G1 ",        "GC Thread",   "C1 Compiler", "C2 Compiler",
        "Sweeper",   "Monitor Deflat",  "Common-Cle", "Service Thr", "Notificati",  "Shenandoah",
        "ZDirector", "ZStat",           "XDirector",  "XStat",       "ZDriver",     "iou-wrk-",
        "iou-sqp-",  "DelayedTaskSche",
    };

    for (size_t i = 0; i < array_len(names); i++)
        if (strlen(names[i]) <= len && !memcmp(comm, names[i], strlen(names[i])))
            return true;
    return false;
}

#define VM_EXIT_STEP (10 * NS_PER_MS)

bool wait_is_vm_exit(const struct thread_sample *t, const char *comm, size_t len)
{
    static const char name[] = "VM Thread";

    return t->kind == WAIT_TIMED && t->timeout >= 0 && t->timeout <= VM_EXIT_STEP && len == sizeof name - 1 &&
           !memcmp(comm, name, len);
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static bool read_memory(pid_t pid, uint64_t address, void *out, size_t size)
{
    struct iovec here = {out, size}, there = {(void *)(uintptr_t)address, size};

    return process_vm_readv(pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

static int64_t to_ns(int64_t seconds, int64_t part, int64_t unit)
{
    if (seconds < 0 || part < 0)
        return 0;
    if (seconds >= TIMEOUT_MAX / NS_PER_S)
        return TIMEOUT_MAX;
    return seconds * NS_PER_S + part * unit;
}

/* unit: what the second word counts, in ns: 1 of a timespec, 1000 of a timeval. */
static int64_t read_time(pid_t pid, uint64_t address, int64_t unit)
{
    int64_t words[2];

    if (!address)
        return TIMEOUT_NONE;
    if (!read_memory(pid, address, words, sizeof words))
        return TIMEOUT_UNKNOWN;
    return to_ns(words[0], words[1], unit);
}

static int64_t until(clockid_t clock, int64_t point)
{
    struct timespec now;

    if (point < 0)
        return point;
    if (clock_gettime(clock, &now) < 0)
        return TIMEOUT_UNKNOWN;
    point -= to_ns(now.tv_sec, now.tv_nsec, 1);
    return point < 0 ? 0 : point;
}

static int64_t futex_timeout(pid_t pid, const struct wait_call *c)
{
    int64_t given = read_time(pid, c->args[3], 1);

    switch (c->args[1] & FUTEX_CMD_MASK) {
    case FUTEX_WAIT: return given;
    case FUTEX_LOCK_PI: return until(CLOCK_REALTIME, given);
    default: return until(c->args[1] & FUTEX_CLOCK_REALTIME ? CLOCK_REALTIME : CLOCK_MONOTONIC, given);
    }
}

static int64_t sleep_timeout(pid_t pid, const struct wait_call *c)
{
    int64_t given = read_time(pid, c->args[2], 1);

    return c->args[1] & TIMER_ABSTIME ? until((clockid_t)c->args[0], given) : given;
}

static int64_t timerfd_timeout(int fd)
{
    struct itimerspec left;
    int64_t ns;

    if (timerfd_gettime(fd, &left) < 0)
        return TIMEOUT_NONE;
    ns = to_ns(left.it_value.tv_sec, left.it_value.tv_nsec, 1);
    return ns ? ns : TIMEOUT_NONE;
}

static bool is_socket(pid_t pid, int fd)
{
    char path[64], target[16];

    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)pid, fd);
    return readlink(path, target, sizeof target) > 7 && !memcmp(target, "socket:", 7);
}

/* Where no copy is to be had (Docker's seccomp profile, Linux before 5.6). */
static int64_t unseen_timeout(pid_t pid, int fd)
{
    int64_t until;

    if (is_socket(pid, fd))
        return TIMEOUT_UNSEEN;
    return proc_timerfd(pid, fd, &until) ? until : TIMEOUT_NONE;
}

/*
 * A socket's own time-out is in no argument. The copy of the descriptor is closed at once: while it lives,
 * the program's close sends no FIN.
 */
static int64_t descriptor_timeout(pid_t pid, int fd, int option)
{
    _cleanup_fd_ int process = (int)syscall(SYS_pidfd_open, pid, 0);
    _cleanup_fd_ int copy = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    struct timeval limit;
    socklen_t len = sizeof limit;

    if (copy < 0)
        return errno == EPERM || errno == ENOSYS ? unseen_timeout(pid, fd) : TIMEOUT_NONE;
    if (getsockopt(copy, SOL_SOCKET, option, &limit, &len) < 0)
        return errno == ENOTSOCK ? timerfd_timeout(copy) : TIMEOUT_NONE;
    if (!limit.tv_sec && !limit.tv_usec)
        return TIMEOUT_NONE;
    return to_ns(limit.tv_sec, limit.tv_usec, NS_PER_US);
}

static int64_t sooner(int64_t a, int64_t b)
{
    if (a == TIMEOUT_NONE || b == TIMEOUT_NONE)
        return a == TIMEOUT_NONE ? b : a;
    return a < b ? a : b;
}

/*
 * The soonest timerfd in an epoll set, from its fdinfo: "tfd: 5 events: 19 data: 5  pos:0 ino:40f sdev:f".
 * All descriptors without a file of their own share one inode, the epoll's too, so that only those with its
 * number can be timers.
 */
static int64_t epoll_timeout(pid_t pid, int fd)
{
    _cleanup_buf_ struct buf info = BUF_INIT;
    int64_t soonest = TIMEOUT_NONE;
    unsigned long own = 0, ino;
    char path[64], *line, *rest;
    int target;

    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", (int)pid, fd);
    if (fd_read_file(AT_FDCWD, path, 1 << 20, &info) < 0)
        return TIMEOUT_NONE;
    buf_byte(&info, 0);
    for (line = strtok_r((char *)info.data, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        if (sscanf(line, "ino: %lu", &own) == 1)
            continue;
        if (sscanf(line, "tfd: %d events: %*x data: %*x pos:%*d ino:%lx", &target, &ino) == 2 && ino == own)
            soonest = sooner(soonest, descriptor_timeout(pid, target, SO_RCVTIMEO));
    }
    return soonest;
}

static int64_t call_timeout(const struct rule *r, const struct wait_call *c, pid_t pid)
{
    uint64_t arg = r->arg == ANY ? 0 : c->args[r->arg];

    switch (r->form) {
    case FORM_EVENT: return TIMEOUT_NONE;
    case FORM_TIMER: return TIMEOUT_UNKNOWN;
    case FORM_RECEIVE: return descriptor_timeout(pid, (int)c->args[0], SO_RCVTIMEO);
    case FORM_SEND: return descriptor_timeout(pid, (int)c->args[0], SO_SNDTIMEO);
    case FORM_MS: return (int32_t)arg < 0 ? TIMEOUT_NONE : (int32_t)arg * NS_PER_MS;
    case FORM_TIMESPEC: return read_time(pid, arg, 1);
    case FORM_TIMEVAL: return read_time(pid, arg, NS_PER_US);
    case FORM_MONOTONIC: return until(CLOCK_MONOTONIC, read_time(pid, arg, 1));
    case FORM_REALTIME: return until(CLOCK_REALTIME, read_time(pid, arg, 1));
    case FORM_CLOCK: return until((clockid_t)c->args[5], read_time(pid, arg, 1));
    case FORM_CLOCK4: return until((clockid_t)c->args[4], read_time(pid, arg, 1));
    case FORM_FUTEX: return futex_timeout(pid, c);
    case FORM_SLEEP: return sleep_timeout(pid, c);
    case FORM_URING: return c->args[3] & URING_EXT_ARG ? TIMEOUT_UNKNOWN : TIMEOUT_NONE;
    case FORM_FCNTL: return TIMEOUT_NONE;
    }
    return TIMEOUT_UNKNOWN;
}

static uint64_t fingerprint(const struct rule *r, const struct wait_call *c, int64_t timeout)
{
    uint64_t place = r->place == ANY ? 0 : c->args[r->place];

    switch (r->form) {
    case FORM_FUTEX:
        return mix((uint64_t)c->number, place & ~UINT64_C(63)); /* a condition variable alternates */
    case FORM_SLEEP: return mix((uint64_t)c->number, c->args[1] & TIMER_ABSTIME ? 0 : (uint64_t)timeout);
    case FORM_MS: return mix((uint64_t)c->number, r->fd ? place : mix(place, (uint64_t)timeout));
    case FORM_TIMESPEC:
    case FORM_TIMEVAL: return mix((uint64_t)c->number, r->fd ? place : mix(place, (uint64_t)timeout));
    case FORM_EVENT:
    case FORM_TIMER:
    case FORM_RECEIVE:
    case FORM_SEND:
    case FORM_MONOTONIC:
    case FORM_REALTIME:
    case FORM_CLOCK:
    case FORM_CLOCK4:
    case FORM_URING:
    case FORM_FCNTL: return mix((uint64_t)c->number, place);
    }
    return 0;
}

/* The one descriptor of a poll says more than the call: which it is, and whether it waits for room instead of
 * input. */
static void look_into_poll(const struct wait_call *c, struct thread_sample *t)
{
    struct pollfd one;

    if (c->args[1] != 1 || !read_memory(t->pid, c->args[0], &one, sizeof one))
        return;
    t->fd = one.fd;
    if (t->kind == WAIT_INPUT && (one.events & (POLLIN | POLLOUT)) == POLLOUT)
        t->kind = WAIT_OUTPUT;
}

static bool is_poll(int64_t number)
{
#ifdef SYS_poll
    if (number == SYS_poll)
        return true;
#endif
    return number == SYS_ppoll;
}

static bool is_select(int64_t number)
{
#ifdef SYS_select
    if (number == SYS_select)
        return true;
#endif
    return number == SYS_pselect6;
}

/* The kernel writes to the sets when the call returns: until then they are what it was given. */
static void look_into_select(const struct wait_call *c, struct thread_sample *t)
{
    uint64_t below = c->args[0] >= 64 ? ~UINT64_C(0) : (UINT64_C(1) << c->args[0]) - 1, set;

    t->selects = 1;
    t->selected = 0;
    for (int i = 1; i <= 2; i++)
        if (c->args[i] && read_memory(t->pid, c->args[i], &set, sizeof set))
            t->selected |= set & below;
}

static bool is_epoll(const struct rule *r)
{
    return r->fd && (r->form == FORM_MS || r->form == FORM_TIMESPEC);
}

/* A 32-bit program numbers its calls differently. Only such a one, or a static stack low in memory, has so
 * small a pointer. */
static bool is_foreign(pid_t pid, uint64_t sp)
{
    unsigned char ident[EI_NIDENT];
    char path[32];
    _cleanup_fd_ int fd = -1;

    if (sp >> 32)
        return false;
    snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 || read(fd, ident, sizeof ident) != sizeof ident || ident[EI_CLASS] != ELFCLASS64;
}

/* Go's monitor thread sleeps for exactly 60 s with a relative FUTEX_WAIT, as neither libc nor programs do. */
static bool is_go_monitor(const struct wait_call *c, int64_t timeout)
{
    return c->number == SYS_futex && (c->args[1] & FUTEX_CMD_MASK) == FUTEX_WAIT && timeout == 60 * NS_PER_S;
}

void wait_classify(const struct wait_call *c, struct thread_sample *t)
{
    const struct rule *r = find_rule(c->number);
    int64_t timeout;

    t->call = c->number;
    t->fd = -1;
    t->timeout = -1;
    t->sends = t->selects = 0;
    t->where = mix((uint64_t)c->number, 0);
    t->kind = WAIT_UNKNOWN;
    if (c->number < 0 && t->excused)
        t->kind = WAIT_TIMED; /* an idle io_uring worker ends itself after some seconds */
    if (!r || (r->form == FORM_FCNTL && c->args[1] != F_SETLKW && c->args[1] != F_OFD_SETLKW) ||
        is_foreign(t->pid, c->sp))
        return;
    t->kind = r->kind;
    t->fd = r->fd ? (int32_t)c->args[0] : -1;
    timeout = call_timeout(r, c, t->pid);
    t->where = fingerprint(r, c, timeout);
    if (is_poll(c->number))
        look_into_poll(c, t);
    if (is_select(c->number))
        look_into_select(c, t);
    if (timeout == TIMEOUT_NONE && is_epoll(r))
        timeout = epoll_timeout(t->pid, t->fd);
    t->sends = t->kind == WAIT_OUTPUT;
    t->unseen = timeout == TIMEOUT_UNSEEN;
    if (timeout == TIMEOUT_NONE || t->unseen)
        return;
    t->kind = WAIT_TIMED;
    t->timeout = timeout < 0 ? -1 : timeout;
    t->excused |= is_go_monitor(c, timeout);
}
