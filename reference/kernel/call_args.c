#include "kernel/call_args.h"

#include "base/fd.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

#define PARTS 8u /* of a message, which are looked at */

size_t call_peek(pid_t tid, uint64_t from, void *into, size_t size)
{
    struct iovec ours = {into, size}, theirs = {(void *)(uintptr_t)from, size};
    ssize_t n = from ? process_vm_readv(tid, &ours, 1, &theirs, 1, 0) : 0;

    return n < 0 ? 0 : (size_t)n;
}

/* ---- sockets ------------------------------------------------------------------------------------------- */

int64_t call_socket(pid_t tid, int fd)
{
    static const char begin[] = "socket:[";
    char path[48], name[48];
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/fd/%d", (int)tid, fd);
    n = readlink(path, name, sizeof name - 1);
    if (n < 0)
        return errno == ENOENT ? -ENOENT : 0;
    name[n] = 0;
    return strncmp(name, begin, sizeof begin - 1) ? 0 : strtoll(name + sizeof begin - 1, NULL, 10);
}

/* The copy is closed at once: while it lives, the program's close would send no FIN. */
static void read_ports(pid_t pid, int fd, struct known_socket *s)
{
    _cleanup_fd_ int process = (int)syscall(SYS_pidfd_open, pid, 0);
    _cleanup_fd_ int copy = process < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, process, fd, 0);
    struct addr a;
    int type = 0;
    socklen_t len = sizeof type;

    if (copy < 0)
        return;
    s->is_stream = getsockopt(copy, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_STREAM;
    if (addr_local(copy, &a) == 0)
        s->local = addr_port(&a);
    if (addr_remote(copy, &a) == 0)
        s->remote = addr_port(&a);
}

static void note_ports(struct call *c, pid_t pid, int fd, int64_t inode, struct known_socket *known)
{
    struct known_socket *s = &known[(uint64_t)inode % SOCKETS_KNOWN];

    if (inode <= 0)
        return;
    if (s->inode != (uint64_t)inode)
        *s = (struct known_socket){.inode = (uint64_t)inode};
    if (!s->local || !s->remote)
        read_ports(pid, fd, s);
    c->local = s->local;
    c->remote = s->remote;
}

/* ---- addresses ----------------------------------------------------------------------------------------- */

static void note_address(struct call *c, pid_t tid, uint64_t at, uint64_t len)
{
    struct addr a = {.len = len < sizeof a.any ? (socklen_t)len : (socklen_t)sizeof a.any};
    char text[ADDR_TEXT];

    if (!at || call_peek(tid, at, &a.any, a.len) < sizeof(sa_family_t))
        return;
    if (a.sa.sa_family == AF_UNIX) {
        const char *path = ((struct sockaddr_un *)&a.any)->sun_path;
        snprintf(c->address, sizeof c->address, "%.*s", (int)sizeof c->address - 1, *path ? path : "");
    } else if (a.sa.sa_family == AF_INET || a.sa.sa_family == AF_INET6) {
        snprintf(c->address, sizeof c->address, "%s", addr_text(&a, text));
        if (!c->remote)
            c->remote = addr_port(&a);
    }
}

/* A result's length is in memory, too. */
static void note_answer_address(struct call *c, pid_t tid, uint64_t at, uint64_t len_at)
{
    uint32_t len = 0;

    if (at && call_peek(tid, len_at, &len, sizeof len) == sizeof len)
        note_address(c, tid, at, len);
}

/* ---- bytes --------------------------------------------------------------------------------------------- */

static void note_part(struct call *c, pid_t tid, uint64_t at, uint64_t len)
{
    size_t room = CALL_HEAD - c->len;

    c->len += (uint16_t)call_peek(tid, at, c->head + c->len, len < room ? (size_t)len : room);
}

/* The parts of a message: how many bytes there are, and up to `most` of them. */
static void note_parts(struct call *c, pid_t tid, uint64_t at, uint64_t n, uint64_t most)
{
    struct iovec parts[PARTS];
    size_t got = call_peek(tid, at, parts, (n < PARTS ? n : PARTS) * sizeof *parts) / sizeof *parts;

    c->asked = 0;
    for (size_t i = 0; i < got; i++) {
        uint64_t len = parts[i].iov_len < most ? parts[i].iov_len : most;

        c->asked += (int64_t)parts[i].iov_len;
        note_part(c, tid, (uintptr_t)parts[i].iov_base, len);
        most -= len;
    }
}

static void note_message(struct call *c, pid_t tid, uint64_t at, uint64_t most)
{
    struct msghdr m;

    if (call_peek(tid, at, &m, sizeof m) != sizeof m)
        return;
    note_address(c, tid, (uintptr_t)m.msg_name, m.msg_name ? m.msg_namelen : 0);
    note_parts(c, tid, (uintptr_t)m.msg_iov, m.msg_iovlen, most);
}

/* ---- both ends of a call ------------------------------------------------------------------------------- */

static void note_option(struct call *c, pid_t tid, const uint64_t args[6])
{
    c->level = (int32_t)args[1];
    c->option = (int32_t)args[2];
    call_peek(tid, args[3], &c->value, sizeof c->value);
}

/* recv() and send() of the C library are these two, without an address. */
static enum call_kind written_as(enum call_kind kind, const uint64_t args[6])
{
    if (kind == CALL_RECVFROM && !args[4])
        return CALL_RECV;
    return kind == CALL_SENDTO && !args[4] ? CALL_SEND : kind;
}

void call_look(struct call *c, const struct caller *by, int64_t inode, struct known_socket *known)
{
    const struct call_rule *rule = by->rule;
    const uint64_t *args = by->args;
    bool has_fd = rule->shape != SHAPE_NEW && rule->shape != SHAPE_WAIT;

    c->kind = written_as(rule->kind, args);
    c->fd = has_fd ? (int32_t)args[0] : -1;
    if (has_fd)
        note_ports(c, by->pid, c->fd, inode, known);
    switch (rule->shape) {
    case SHAPE_NEW:
        c->level = (int32_t)args[0];
        c->option = (int32_t)args[1];
        break;
    case SHAPE_ADDRESS: note_address(c, by->tid, args[1], args[2]); break;
    case SHAPE_ACCEPT: break;
    case SHAPE_OUT:
        note_part(c, by->tid, args[1], args[2]);
        if (rule->kind == CALL_SENDTO)
            note_address(c, by->tid, args[4], args[5]);
        c->asked = (int64_t)args[2];
        break;
    case SHAPE_IN: c->asked = (int64_t)args[2]; break;
    case SHAPE_OUT_PARTS: note_parts(c, by->tid, args[1], args[2], UINT64_MAX); break;
    case SHAPE_IN_PARTS: note_parts(c, by->tid, args[1], args[2], 0); break;
    case SHAPE_OUT_MESSAGE: note_message(c, by->tid, args[1], UINT64_MAX); break;
    case SHAPE_IN_MESSAGE: note_message(c, by->tid, args[1], 0); break;
    case SHAPE_FILE: c->asked = (int64_t)args[3]; break;
    case SHAPE_NUMBER: c->asked = (int32_t)args[1]; break;
    case SHAPE_OPTION: note_option(c, by->tid, args); break;
    case SHAPE_WAIT: break;
    }
}

/* Of the multiple messages that recvmmsg may bring, the first one's. */
static uint64_t bytes_in(const struct call *c, const struct call_rule *rule)
{
    return rule->kind == CALL_RECVMMSG ? CALL_HEAD : (uint64_t)c->result;
}

void call_look_back(struct call *c, const struct caller *by, struct known_socket *known)
{
    const struct call_rule *rule = by->rule;
    const uint64_t *args = by->args;

    if (c->result < 0)
        return;
    switch (rule->shape) {
    case SHAPE_ACCEPT:
        note_ports(c, by->pid, (int)c->result, call_socket(by->tid, (int)c->result), known);
        break;
    case SHAPE_ADDRESS: note_ports(c, by->pid, c->fd, call_socket(by->tid, c->fd), known); break;
    case SHAPE_IN:
        note_part(c, by->tid, args[1], bytes_in(c, rule));
        if (rule->kind == CALL_RECVFROM)
            note_answer_address(c, by->tid, args[4], args[5]);
        break;
    case SHAPE_IN_PARTS: note_parts(c, by->tid, args[1], args[2], bytes_in(c, rule)); break;
    case SHAPE_IN_MESSAGE: note_message(c, by->tid, args[1], bytes_in(c, rule)); break;
    case SHAPE_NEW:
    case SHAPE_OUT:
    case SHAPE_OUT_PARTS:
    case SHAPE_OUT_MESSAGE:
    case SHAPE_FILE:
    case SHAPE_NUMBER:
    case SHAPE_OPTION:
    case SHAPE_WAIT: break;
    }
}
