#include "kernel/call_faults.h"

#include "base/mem.h"
#include "kernel/proc.h"

#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <unistd.h>

/* ---- lengths ------------------------------------------------------------------------------------------- */

#define PARTS 64u /* of a message; of those that have more, the first ones */

static bool poke(pid_t tid, uint64_t at, uint64_t value)
{
    struct iovec ours = {&value, sizeof value}, theirs = {(void *)(uintptr_t)at, sizeof value};

    return process_vm_writev(tid, &ours, 1, &theirs, 1, 0) == (ssize_t)sizeof value;
}

/* Of the last part that has any bytes, if there are several in all. */
static bool find_in_parts(pid_t tid, uint64_t at, uint64_t n, struct call_length *l)
{
    struct iovec parts[PARTS];
    uint64_t total = 0;

    if (n == 0 || n > PARTS || call_peek(tid, at, parts, n * sizeof *parts) < n * sizeof *parts)
        return false;
    for (size_t i = 0; i < n; i++) {
        total += parts[i].iov_len;
        if (parts[i].iov_len)
            *l = (struct call_length){
                .value = parts[i].iov_len,
                .at = at + i * sizeof *parts + offsetof(struct iovec, iov_len),
            };
    }
    return total > 1;
}

/* Descriptors that are sent along go with the first byte: they are not in question. */
static bool find_in_message(pid_t tid, uint64_t at, struct call_length *l)
{
    struct msghdr m;

    return call_peek(tid, at, &m, sizeof m) == sizeof m &&
           find_in_parts(tid, (uintptr_t)m.msg_iov, m.msg_iovlen, l);
}

static bool find_in_argument(const struct caller *by, unsigned arg, struct call_length *l)
{
    *l = (struct call_length){.value = by->args[arg], .arg = arg};
    return l->value > 1;
}

bool call_length_find(const struct caller *by, int64_t inode, const struct known_socket *known,
                      struct call_length *l)
{
    const struct known_socket *s = &known[(uint64_t)inode % SOCKETS_KNOWN];

    if (inode <= 0 || s->inode != (uint64_t)inode || !s->is_stream)
        return false;
    switch (by->rule->shape) {
    case SHAPE_OUT: return find_in_argument(by, 2, l);
    case SHAPE_FILE: return find_in_argument(by, 3, l);
    case SHAPE_OUT_PARTS: return find_in_parts(by->tid, by->args[1], by->args[2], l);
    case SHAPE_OUT_MESSAGE: return by->rule->kind == CALL_SENDMSG && find_in_message(by->tid, by->args[1], l);
    case SHAPE_NEW:
    case SHAPE_ADDRESS:
    case SHAPE_ACCEPT:
    case SHAPE_IN:
    case SHAPE_IN_PARTS:
    case SHAPE_IN_MESSAGE:
    case SHAPE_NUMBER:
    case SHAPE_OPTION:
    case SHAPE_WAIT: break;
    }
    return false;
}

static bool set_argument(pid_t tid, unsigned arg, uint64_t value)
{
    struct user_regs_struct registers;
    struct iovec all = {&registers, sizeof registers};

    if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &all) < 0)
        return false;
#ifdef __aarch64__
    registers.regs[arg] = value;
#else
    *(arg == 2 ? &registers.rdx : &registers.r10) = value;
#endif
    return ptrace(PTRACE_SETREGSET, tid, NT_PRSTATUS, &all) == 0;
}

bool call_length_set(pid_t tid, const struct call_length *l, uint64_t value)
{
    return l->at ? poke(tid, l->at, value) : set_argument(tid, l->arg, value);
}

/* ---- signals ------------------------------------------------------------------------------------------- */

static bool is_handled(pid_t tid, int sig)
{
    return proc_status_number(tid, "SigCgt", 16) >> (sig - 1) & 1;
}

static bool comes_by_itself(int sig)
{
    return sig == SIGCHLD || sig == SIGALRM || sig == SIGUSR1 || sig == SIGUSR2;
}

bool held_signal_keep(struct held_signal *h, pid_t tid, int sig)
{
    siginfo_t info;

    if (h->due || !comes_by_itself(sig) || (h->sig && h->sig != sig) || !is_handled(tid, sig) ||
        ptrace(PTRACE_GETSIGINFO, tid, 0, &info) < 0)
        return false;
    if (h->info.si_signo != sig || info.si_code != SI_TKILL || info.si_pid != getpid()) /* not ours */
        h->info = info;
    h->sig = sig;
    return true;
}

void held_signal_deliver(struct held_signal *h, pid_t tid, int sig)
{
    if (!comes_by_itself(sig))
        return;
    if (h->info.si_signo == sig) {
        ptrace(PTRACE_SETSIGINFO, tid, 0, &h->info);
        h->info.si_signo = 0;
    }
    h->due = false;
}

/* Those of sockets, and others that a program may sleep in. A fork that finds a signal begins anew after it,
 * and so on without end. */
static bool may_sleep(int64_t number)
{
    static const int64_t others[] = {
#ifdef SYS_pause
        SYS_pause,
#endif
        SYS_rt_sigsuspend, SYS_rt_sigtimedwait, SYS_nanosleep, SYS_clock_nanosleep,
        SYS_wait4,         SYS_waitid,          SYS_futex,
    };

    for (size_t i = 0; i < array_len(others); i++)
        if (others[i] == number)
            return true;
    return call_find(number) != NULL;
}

void held_signal_at_call(struct held_signal *h, pid_t tgid, pid_t tid, int64_t number)
{
    if (!h->sig || !may_sleep(number) || syscall(SYS_tgkill, tgid, tid, h->sig) < 0)
        return;
    h->sig = 0;
    h->due = true;
}

void held_signal_at_return(struct held_signal *h, int64_t result)
{
    h->due = result == -EINTR || call_was_interrupted(result);
}

bool call_was_interrupted(int64_t result)
{
    return result <= -512 && result >= -516;
}
