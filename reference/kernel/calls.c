#include "kernel/calls.h"

#include "base/mem.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE AUDIT_ARCH_X86_64
#endif

static const struct call_rule rules[] = {
    {SYS_socket, CALL_SOCKET, SHAPE_NEW, false},
    {SYS_bind, CALL_BIND, SHAPE_ADDRESS, false},
    {SYS_listen, CALL_LISTEN, SHAPE_NUMBER, false},
    {SYS_accept, CALL_ACCEPT, SHAPE_ACCEPT, false},
    {SYS_accept4, CALL_ACCEPT, SHAPE_ACCEPT, false},
    {SYS_connect, CALL_CONNECT, SHAPE_ADDRESS, false},
    {SYS_read, CALL_READ, SHAPE_IN, true},
    {SYS_readv, CALL_READV, SHAPE_IN_PARTS, true},
    {SYS_recvfrom, CALL_RECVFROM, SHAPE_IN, false},
    {SYS_recvmsg, CALL_RECVMSG, SHAPE_IN_MESSAGE, false},
    {SYS_recvmmsg, CALL_RECVMMSG, SHAPE_IN_MESSAGE, false},
    {SYS_write, CALL_WRITE, SHAPE_OUT, true},
    {SYS_writev, CALL_WRITEV, SHAPE_OUT_PARTS, true},
    {SYS_sendto, CALL_SENDTO, SHAPE_OUT, false},
    {SYS_sendmsg, CALL_SENDMSG, SHAPE_OUT_MESSAGE, false},
    {SYS_sendmmsg, CALL_SENDMMSG, SHAPE_OUT_MESSAGE, false},
    {SYS_sendfile, CALL_SENDFILE, SHAPE_FILE, true},
    {SYS_shutdown, CALL_SHUTDOWN, SHAPE_NUMBER, false},
    {SYS_close, CALL_CLOSE, SHAPE_NUMBER, true},
    {SYS_setsockopt, CALL_SETSOCKOPT, SHAPE_OPTION, false},
    {SYS_ppoll, CALL_POLL, SHAPE_WAIT, false},
    {SYS_pselect6, CALL_SELECT, SHAPE_WAIT, false},
    {SYS_epoll_pwait, CALL_EPOLL_WAIT, SHAPE_WAIT, false},
#ifdef SYS_epoll_pwait2
    {SYS_epoll_pwait2, CALL_EPOLL_WAIT, SHAPE_WAIT, false},
#endif
#ifdef SYS_epoll_wait
    {SYS_epoll_wait, CALL_EPOLL_WAIT, SHAPE_WAIT, false},
#endif
#ifdef SYS_poll
    {SYS_poll, CALL_POLL, SHAPE_WAIT, false},
#endif
#ifdef SYS_select
    {SYS_select, CALL_SELECT, SHAPE_WAIT, false},
#endif
    {SYS_restart_syscall, CALL_OTHER, SHAPE_WAIT, false}, /* how some go on after a stop */
};

const struct call_rule *call_find(int64_t number)
{
    for (size_t i = 0; i < array_len(rules); i++)
        if (rules[i].number == number)
            return &rules[i];
    return NULL;
}

const char *call_name(enum call_kind kind)
{
    static const char *const names[CALL_KINDS] = {
        [CALL_OTHER] = "another call",
        [CALL_SOCKET] = "socket",
        [CALL_BIND] = "bind",
        [CALL_LISTEN] = "listen",
        [CALL_ACCEPT] = "accept",
        [CALL_CONNECT] = "connect",
        [CALL_READ] = "read",
        [CALL_READV] = "readv",
        [CALL_RECV] = "recv",
        [CALL_RECVFROM] = "recvfrom",
        [CALL_RECVMSG] = "recvmsg",
        [CALL_RECVMMSG] = "recvmmsg",
        [CALL_WRITE] = "write",
        [CALL_WRITEV] = "writev",
        [CALL_SEND] = "send",
        [CALL_SENDTO] = "sendto",
        [CALL_SENDMSG] = "sendmsg",
        [CALL_SENDMMSG] = "sendmmsg",
        [CALL_SENDFILE] = "sendfile",
        [CALL_SHUTDOWN] = "shutdown",
        [CALL_CLOSE] = "close",
        [CALL_SETSOCKOPT] = "setsockopt",
        [CALL_POLL] = "poll",
        [CALL_SELECT] = "select",
        [CALL_EPOLL_WAIT] = "epoll_wait",
        [CALL_FORK] = "fork",
        [CALL_SIGNAL] = "signal",
        [CALL_END] = "end",
    };

    return kind < CALL_KINDS ? names[kind] : names[CALL_OTHER];
}

bool call_receives(uint32_t kind)
{
    return kind >= CALL_READ && kind <= CALL_RECVMMSG;
}

bool call_sends(uint32_t kind)
{
    return kind >= CALL_WRITE && kind <= CALL_SENDFILE;
}

bool call_waits_for_many(uint32_t kind)
{
    return kind == CALL_POLL || kind == CALL_SELECT || kind == CALL_EPOLL_WAIT;
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_IS(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)

int calls_trap(void)
{
    enum { N = array_len(rules) };
    struct sock_filter filter[N + 5] = {
        LOAD(arch), IF_IS(ARCHITECTURE, 0, N + 1) /* others' calls are let through */, LOAD(nr)};
    struct sock_fprog program = {array_len(filter), filter};

    for (unsigned i = 0; i < N; i++)
        filter[3 + i] = (struct sock_filter)IF_IS((uint32_t)rules[i].number, (uint8_t)(N - i), 0);
    filter[N + 3] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
    filter[N + 4] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE);
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0 ? -errno : 0;
}
