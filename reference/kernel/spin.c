#include "kernel/spin.h"
#include "base/clock.h"
#include "base/mem.h"
#include "kernel/stops.h"

#include <errno.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#define ENOUGH 16u           /* reads of nothing */
#define CALLS_AT_MOST 10000u /* of others in between */
#define NAP (20 * NS_PER_US)

struct watched {
    pid_t tid;
    int64_t deadline;
    bool gone;
    int64_t call;         /* that it is in, -1: unknown */
    uint32_t ends, calls; /* reads that returned 0, and all calls */
    bool moved;           /* a call did something */
};

static bool is_in(int64_t call, const int64_t *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == call)
            return true;
    return false;
}

static void note_return(struct watched *w, int64_t value)
{
    static const int64_t reads[] = {SYS_read, SYS_readv, SYS_recvfrom, SYS_recvmsg};
    static const int64_t idle[] = {
#ifdef SYS_poll
        SYS_poll,  SYS_select,   SYS_epoll_wait,
#endif
        SYS_ppoll, SYS_pselect6, SYS_epoll_pwait, SYS_futex, SYS_sched_yield, SYS_clock_gettime, SYS_madvise};

    w->calls++;
    if (is_in(w->call, reads, array_len(reads))) {
        w->ends += value == 0;
        w->moved |= value > 0;
    } else if (w->call >= 0)
        w->moved |= !is_in(w->call, idle, array_len(idle)) && value >= 0;
    w->call = -1;
}

static void note_stop(struct watched *w)
{
    struct call_info info = {0};

    if (ptrace(PTRACE_GET_SYSCALL_INFO, w->tid, sizeof info, &info) <= 0)
        return;
    if (info.op == OP_ENTRY)
        w->call = (int64_t)info.entry.nr;
    else if (info.op == OP_EXIT)
        note_return(w, info.exit.rval);
}

/* Waits for its next stop, and at most until the deadline, unless that is 0. 1, or 0 when there was none. */
static int next_stop(struct watched *w, int64_t deadline, int *status)
{
    struct timespec nap = {.tv_nsec = NAP};

    for (;;) {
        pid_t r = waitpid(w->tid, status, __WALL | WNOHANG);

        if (r == w->tid && WIFSTOPPED(*status))
            return 1;
        if (r == w->tid || (r < 0 && errno != EINTR)) {
            w->gone = true;
            return 0;
        }
        if (deadline && clock_now() > deadline)
            return 0;
        /* lint: allow sleep: a stop of a thread that is no child of ours is told by nothing but waitpid */
        nanosleep(&nap, NULL);
    }
}

/* The signal that stopped it, and has yet to be delivered; 0: none. */
static int signal_of(int status)
{
    int sig = WSTOPSIG(status);

    return status >> 16 || sig == (SIGTRAP | 0x80) ? 0 : sig;
}

static void let_go(struct watched *w)
{
    int status = 0;

    ptrace(PTRACE_INTERRUPT, w->tid, 0, 0);
    if (next_stop(w, 0, &status))
        ptrace(PTRACE_DETACH, w->tid, 0, (void *)(intptr_t)signal_of(status));
}

bool proc_reads_end(pid_t tid, int64_t within)
{
    struct watched w = {.tid = tid, .deadline = clock_now() + within, .call = -1};
    int status = 0;
    bool stopped = false;

    if (ptrace(PTRACE_SEIZE, tid, 0, (void *)(intptr_t)PTRACE_O_TRACESYSGOOD) < 0)
        return false;
    ptrace(PTRACE_INTERRUPT, tid, 0, 0);
    while (w.ends < ENOUGH && w.calls < CALLS_AT_MOST && !w.moved) {
        if (stopped)
            ptrace(PTRACE_SYSCALL, tid, 0, (void *)(intptr_t)signal_of(status));
        stopped = next_stop(&w, w.deadline, &status) == 1;
        if (!stopped)
            break;
        if (WSTOPSIG(status) == (SIGTRAP | 0x80))
            note_stop(&w);
    }
    if (stopped)
        ptrace(PTRACE_DETACH, tid, 0, (void *)(intptr_t)signal_of(status));
    else if (!w.gone)
        let_go(&w);
    return w.ends >= ENOUGH && !w.moved;
}
