#include "launch/rebind.h"

#include "base/addr.h"
#include "base/mem.h"
#include "launch/timing.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __aarch64__
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#define ARCHITECTURE AUDIT_ARCH_X86_64
#endif

/* linux/seccomp.h, from Linux 5.19 on: a call that init has taken up is not interrupted by signals, else it
 * would be made twice. */
#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

/* SO_RCVTIMEO_NEW and SO_SNDTIMEO_NEW of asm-generic/socket.h */
#define RCVTIMEO_NEW 66
#define SNDTIMEO_NEW 67

/* ---- the program's side -------------------------------------------------------------------------------- */

/* From Linux 5.5 on init can let a call go on (SECCOMP_USER_NOTIF_FLAG_CONTINUE); before, it would hang. */
static bool calls_can_go_on(void)
{
    struct utsname name;
    int major, minor;

    return uname(&name) == 0 && sscanf(name.release, "%d.%d", &major, &minor) == 2 &&
           (major > 5 || (major == 5 && minor >= 5));
}

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define IF_IS(value, then, otherwise) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
#define NOTIFY BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF)
#define ALLOW BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
/* The end of both filters, nine long: of setsockopt, what gives a socket a time-out; and then the two
 * answers. */
#define IF_TIMEOUT                                                                                           \
    LOAD(args[1]), IF_IS(SOL_SOCKET, 0, 6), LOAD(args[2]), IF_IS(SO_RCVTIMEO, 3, 0),                         \
        IF_IS(SO_SNDTIMEO, 2, 0), IF_IS(RCVTIMEO_NEW, 1, 0), IF_IS(SNDTIMEO_NEW, 0, 1), NOTIFY, ALLOW

static struct sock_fprog filter_of(bool exchanges)
{
    static struct sock_filter timeouts[] = {
        LOAD(arch), IF_IS(ARCHITECTURE, 0, 10), LOAD(nr), IF_IS(SYS_setsockopt, 0, 8), IF_TIMEOUT,
    };
    static struct sock_filter all[] = {
        LOAD(arch),
        IF_IS(ARCHITECTURE, 0, 19), /* others' calls are let through */
        LOAD(nr),
        IF_IS(SYS_bind, 16, 0),
        IF_IS(SYS_listen, 15, 0),
        IF_IS(SYS_getsockname, 14, 0),
        IF_IS(SYS_connect, 13, 0),
        IF_IS(SYS_setsockopt, 5, 0),
        IF_IS(SYS_sendto, 0, 12), /* send() is one, without an address */
        LOAD(args[4]),
        IF_IS(0, 0, 9),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[4]) + 4),
        IF_IS(0, 8, 7),
        IF_TIMEOUT,
    };

    return exchanges ? (struct sock_fprog){array_len(all), all}
                     : (struct sock_fprog){array_len(timeouts), timeouts};
}

static int install_filter(bool exchanges)
{
    struct sock_fprog program = filter_of(exchanges);
    unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
    long fd;

    if (!calls_can_go_on())
        return -ENOSYS;
    fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                 &program);
    if (fd < 0 && errno == EINVAL)
        fd = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
    return fd < 0 ? -errno : (int)fd;
}

int rebind_install(int courier, bool exchanges)
{
    int listener = install_filter(exchanges), r;

    if (listener < 0)
        return listener;
    r = fd_send(courier, bytes_of("l"), &listener, 1);
    fd_close(listener);
    return r;
}

bool rebind_possible(void)
{
    pid_t pid = fork();
    int status = 0;

    if (pid == 0)
        _exit(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && install_filter(true) >= 0 ? 0 : 1);
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

/* ---- the program's memory and descriptors -------------------------------------------------------------- */

static bool peek(pid_t tid, uint64_t from, void *into, size_t size)
{
    struct iovec ours = {into, size}, theirs = {(void *)(uintptr_t)from, size};

    return process_vm_readv(tid, &ours, 1, &theirs, 1, 0) == (ssize_t)size;
}

/* /proc/PID/mem writes what the program itself could not: an address that is a constant (proc(5)). */
static bool poke(pid_t tid, uint64_t to, const void *from, size_t size)
{
    struct iovec ours = {(void *)(uintptr_t)from, size}, theirs = {(void *)(uintptr_t)to, size};
    char path[40];
    _cleanup_fd_ int fd = -1;

    if (process_vm_writev(tid, &ours, 1, &theirs, 1, 0) == (ssize_t)size)
        return true;
    snprintf(path, sizeof path, "/proc/%d/mem", tid);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd >= 0 && pwrite(fd, from, size, (off_t)to) == (ssize_t)size;
}

/* Of the process that a thread belongs to; 0: it is gone. */
static pid_t process_of(pid_t tid)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    char path[40];
    const char *at;

    snprintf(path, sizeof path, "/proc/%d/status", tid);
    if (fd_read_file(AT_FDCWD, path, 65536, &text) < 0)
        return 0;
    buf_byte(&text, 0);
    at = strstr((const char *)text.data, "\nTgid:");
    return at ? atoi(at + 6) : 0;
}

/* A copy of a descriptor of the program's, owned by the caller. -EBADF: it has none; else it cannot be had.
 */
static int copy_of(pid_t tid, int fd)
{
    pid_t pid = process_of(tid);
    _cleanup_fd_ int pidfd = pid ? (int)syscall(SYS_pidfd_open, pid, 0) : -1;
    int copy = pidfd < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, pidfd, fd, 0);

    return copy < 0 ? -errno : copy;
}

/* ---- exchanging ---------------------------------------------------------------------------------------- */

static uint16_t swapped(uint16_t port)
{
    return (uint16_t)(port << 8 | port >> 8);
}

/* The port in place of this one; 0: it is not exchanged. `back`: from ours to theirs. */
static uint16_t exchanged(const struct rebind *r, uint16_t port, bool back)
{
    for (size_t i = 0; i < r->n; i++) {
        uint16_t from = back ? r->exchanges[i].ours : r->exchanges[i].theirs;
        uint16_t to = back ? r->exchanges[i].theirs : r->exchanges[i].ours;

        if (port == from)
            return to;
        if (port == swapped(from))
            return swapped(to);
    }
    return 0;
}

/* The place of the port is the same in both families. */
static void set_port(struct sockaddr_storage *a, uint16_t port)
{
    ((struct sockaddr_in *)a)->sin_port = htons(port);
}

static uint16_t port_of(const struct sockaddr_storage *a, size_t len)
{
    if (len < offsetof(struct sockaddr_in, sin_addr) || (a->ss_family != AF_INET && a->ss_family != AF_INET6))
        return 0;
    return ntohs(((const struct sockaddr_in *)a)->sin_port);
}

static void go_on(struct seccomp_notif_resp *answer)
{
    answer->flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
}

/* ---- in the program's memory --------------------------------------------------------------------------- */

/* "socket:[4711]"; false: there is no such descriptor. */
static bool name_socket(pid_t process, int fd, char *name, size_t size)
{
    char path[48];
    ssize_t n;

    snprintf(path, sizeof path, "/proc/%d/fd/%d", process, fd);
    n = readlink(path, name, size - 1);
    name[n < 0 ? 0 : n] = 0;
    return n > 0;
}

static struct rebound *find_rebound(struct rebind *r, pid_t process, int fd)
{
    char name[sizeof r->rebound->socket];

    if (!name_socket(process, fd, name, sizeof name))
        return NULL;
    for (size_t i = 0; i < REBOUND_MAX; i++)
        if (strcmp(r->rebound[i].socket, name) == 0)
            return &r->rebound[i];
    return NULL;
}

/* Where the port stands in the address that begins there. */
static uint64_t port_at(uint64_t address)
{
    return address + offsetof(struct sockaddr_in, sin_port);
}

static void bind_by_memory(struct rebind *r, const struct seccomp_notif *q,
                           const struct sockaddr_storage *theirs, size_t len, uint16_t ours)
{
    struct rebound *b = &r->rebound[r->n_rebound++ % REBOUND_MAX];
    uint16_t wire = htons(ours);

    *b = (struct rebound){.process = process_of((pid_t)q->pid), .theirs = *theirs, .len = len};
    b->at = q->data.args[1];
    name_socket(b->process, (int)q->data.args[0], b->socket, sizeof b->socket);
    poke((pid_t)q->pid, port_at(b->at), &wire, sizeof wire);
}

/* The program's variable is as it was again, unless it has changed meanwhile. */
static void put_back(const struct rebind *r, pid_t tid, const struct rebound *b)
{
    uint16_t wire = 0, theirs = htons(port_of(&b->theirs, b->len));

    if (peek(tid, port_at(b->at), &wire, sizeof wire) && exchanged(r, ntohs(wire), true) == ntohs(theirs))
        poke(tid, port_at(b->at), &theirs, sizeof theirs);
}

/* ---- the calls ----------------------------------------------------------------------------------------- */

static void serve_bind(struct rebind *r, const struct seccomp_notif *q, struct seccomp_notif_resp *answer)
{
    struct sockaddr_storage a = {0}, theirs;
    size_t len = q->data.args[2] < sizeof a ? (size_t)q->data.args[2] : sizeof a;
    uint16_t port = peek((pid_t)q->pid, q->data.args[1], &a, len) ? port_of(&a, len) : 0;
    uint16_t ours = port ? exchanged(r, port, false) : 0;
    int copy;

    if (!ours) {
        go_on(answer);
        return;
    }
    copy = copy_of((pid_t)q->pid, (int)q->data.args[0]);
    theirs = a;
    set_port(&a, ours);
    if (copy >= 0) {
        answer->error = bind(copy, (struct sockaddr *)&a, (socklen_t)len) < 0 ? -errno : 0;
        fd_close(copy); /* at once: it would keep the connection open for the program */
    } else if (copy == -EBADF) {
        answer->error = -EBADF;
    } else {
        bind_by_memory(r, q, &theirs, len, ours);
        go_on(answer);
    }
}

/* connect() may last, and sendto() comes often: the other port stays in the program's address. Answers come
 * from there, so that a program which compares the two finds them equal. */
static void serve_address(struct rebind *r, const struct seccomp_notif *q, uint64_t at, uint64_t len,
                          struct seccomp_notif_resp *answer)
{
    struct sockaddr_storage a = {0};
    size_t size = len < sizeof a ? (size_t)len : sizeof a;
    uint16_t port = peek((pid_t)q->pid, at, &a, size) ? port_of(&a, size) : 0;
    uint16_t ours = port ? htons(exchanged(r, port, false)) : 0;

    if (ours)
        poke((pid_t)q->pid, port_at(at), &ours, sizeof ours);
    go_on(answer);
}

static void serve_listen(struct rebind *r, const struct seccomp_notif *q, struct seccomp_notif_resp *answer)
{
    pid_t tid = (pid_t)q->pid;
    struct rebound *b = r->n_rebound ? find_rebound(r, process_of(tid), (int)q->data.args[0]) : NULL;

    if (b)
        put_back(r, tid, b);
    go_on(answer);
}

/* The address with the port that the program knows. False: it is what the kernel says. */
static bool known_address(struct rebind *r, pid_t tid, int fd, struct sockaddr_storage *a, socklen_t *len)
{
    _cleanup_fd_ int copy = copy_of(tid, fd);
    const struct rebound *b = copy < 0 && r->n_rebound ? find_rebound(r, process_of(tid), fd) : NULL;
    uint16_t theirs;

    *len = sizeof *a;
    if (b) {
        *a = b->theirs;
        *len = (socklen_t)b->len;
        return true;
    }
    if (copy < 0 || getsockname(copy, (struct sockaddr *)a, len) < 0)
        return false;
    theirs = exchanged(r, port_of(a, *len), true);
    set_port(a, theirs);
    return theirs != 0;
}

static void serve_getsockname(struct rebind *r, const struct seccomp_notif *q,
                              struct seccomp_notif_resp *answer)
{
    struct sockaddr_storage a = {0};
    socklen_t room = 0, len;
    pid_t tid = (pid_t)q->pid;

    if (!known_address(r, tid, (int)q->data.args[0], &a, &len) ||
        !peek(tid, q->data.args[2], &room, sizeof room)) {
        go_on(answer);
        return;
    }
    if (!poke(tid, q->data.args[1], &a, room < len ? room : len) ||
        !poke(tid, q->data.args[2], &len, sizeof len))
        answer->error = -EFAULT;
}

static void serve_timeout(const struct rebind *r, const struct seccomp_notif *q,
                          struct seccomp_notif_resp *answer)
{
    timing_note(r->timing, (pid_t)q->pid, q->data.args[3]);
    go_on(answer);
}

static void serve_call(struct rebind *r)
{
    struct seccomp_notif q = {0};
    struct seccomp_notif_resp answer = {0};

    if (ioctl(r->fd, SECCOMP_IOCTL_NOTIF_RECV, &q) < 0) /* killed meanwhile */
        return;
    answer.id = q.id;
    switch (q.data.nr) {
    case SYS_bind: serve_bind(r, &q, &answer); break;
    case SYS_listen: serve_listen(r, &q, &answer); break;
    case SYS_connect: serve_address(r, &q, q.data.args[1], q.data.args[2], &answer); break;
    case SYS_sendto: serve_address(r, &q, q.data.args[4], q.data.args[5], &answer); break;
    case SYS_setsockopt: serve_timeout(r, &q, &answer); break;
    default: serve_getsockname(r, &q, &answer);
    }
    ioctl(r->fd, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

/* ---- init's side --------------------------------------------------------------------------------------- */

void rebind_init(struct rebind *r, int64_t *timing)
{
    *r = (struct rebind){.fd = -1, .timing = timing};
}

int rebind_courier(int *ours, int *theirs)
{
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
        return -1;
    *ours = ends[0];
    *theirs = ends[1];
    return 0;
}

void rebind_expect(struct rebind *r, int fd, const struct box_exchange *exchanges, size_t n)
{
    r->fd = fd;
    r->n = n < BOX_EXCHANGES ? n : BOX_EXCHANGES;
    memcpy(r->exchanges, exchanges, r->n * sizeof *exchanges);
}

static void take_listener(struct rebind *r)
{
    char byte;
    int listener = -1;
    size_t n = 0;

    fd_receive(r->fd, &byte, 1, &listener, 1, &n);
    fd_close(r->fd);
    r->fd = n ? listener : -1; /* the program may have failed before */
    if (!n)
        timing_unheard(r->timing);
    r->listening = true;
}

void rebind_serve(struct rebind *r)
{
    struct pollfd p = {.events = POLLIN};

    if (!r->listening) {
        take_listener(r);
        return;
    }
    for (p.fd = r->fd; poll(&p, 1, 0) > 0 && (p.revents & POLLIN);)
        serve_call(r);
    if (p.revents & (POLLHUP | POLLERR)) /* nobody with this filter lives any more */
        fd_closep(&r->fd);
}
