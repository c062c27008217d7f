#include "kernel/probe.h"

#include "base/clock.h"
#include "base/fd.h"
#include "kernel/idle.h"
#include "kernel/sockdiag.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE (NS_PER_S) /* for a child to fall asleep, on a loaded machine */
#define PIECE "probe"

static void refuse(struct kernel_fact *f, int r, const char *what)
{
    if (r < 0)
        snprintf(f->cause, sizeof f->cause, "%s: %s", what, strerror(-r));
    else
        snprintf(f->cause, sizeof f->cause, "%s", what);
}

/* ---- the gate ---- */

struct connection {
    int listener, client, server; /* owned */
};

static void disconnect(struct connection *c)
{
    fd_closep(&c->listener);
    fd_closep(&c->client);
    fd_closep(&c->server);
}

static int connect_to_self(struct connection *c)
{
    struct addr any = addr_v4(INADDR_LOOPBACK, 0), at;

    c->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    c->client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (c->listener < 0 || c->client < 0 || bind(c->listener, &any.sa, any.len) < 0 ||
        listen(c->listener, 1) < 0)
        return -errno;
    if (addr_local(c->listener, &at) < 0 || connect(c->client, &at.sa, at.len) < 0)
        return -errno;
    c->server = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC);
    return c->server < 0 ? -errno : 0;
}

/* Looks until the reader's end has received this much (asynchronous even on loopback), then checks what is
 * unread of it. */
static bool sees(struct sockdiag *d, const struct connection *c, uint64_t received, uint32_t unread,
                 struct kernel_fact *f)
{
    int64_t deadline = clock_now() + PATIENCE;
    struct addr local, remote;
    struct sock_info info;

    if (addr_local(c->server, &local) < 0 || addr_remote(c->server, &remote) < 0)
        return false;
    do {
        int r = sockdiag_tcp(d, &local, &remote, &info);

        if (r <= 0 || !info.has_info) {
            refuse(f, r, "sock_diag does not describe a connection");
            return false;
        }
    } while (info.bytes_received < received && clock_now() < deadline);
    if (info.bytes_received == received && info.rqueue == unread)
        return true;
    refuse(f, 0, "sock_diag does not show what is unread");
    return false;
}

static void probe_gate(struct kernel_fact *f)
{
    struct connection c = {-1, -1, -1};
    struct sockdiag d = {.fd = -1};
    char piece[sizeof PIECE];
    size_t len = strlen(PIECE);
    int r = connect_to_self(&c);

    if (r < 0) {
        refuse(f, r, "no connection over 127.0.0.1");
    } else if ((r = sockdiag_init(&d)) < 0) {
        refuse(f, r, "NETLINK_SOCK_DIAG");
    } else if (send(c.client, PIECE, len, MSG_NOSIGNAL) != (ssize_t)len) {
        refuse(f, -errno, "send over 127.0.0.1");
    } else if (sees(&d, &c, len, (uint32_t)len, f)) {
        if (recv(c.server, piece, len, MSG_WAITALL) != (ssize_t)len)
            refuse(f, -errno, "receive over 127.0.0.1");
        else
            f->holds = sees(&d, &c, len, 0, f);
    }
    sockdiag_deinit(&d);
    disconnect(&c);
}

/* ---- idleness ---- */

/* What is observed: sleeps in read, and once woken works until it is killed. */
static void be_observed(int input, int ready)
{
    char byte;

    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* a change of uid took it away; a program that was executed has it */
    if (write(ready, "x", 1) == 1 && read(input, &byte, 1) == 1)
        for (volatile unsigned long i = 0;; i++)
            ;
    _exit(0);
}

/* Compares pairs of samples until one says `wanted`, or time is up. */
static bool becomes(struct tree *t, enum idle_state wanted, struct idle *idle)
{
    int64_t deadline = clock_now() + PATIENCE;

    do {
        struct tree_sample a = {0}, b = {0};
        bool sampled = tree_sample(t, &a) == 0 && tree_sample(t, &b) == 0;

        if (sampled)
            idle_compare(&a, &b, idle);
        tree_sample_deinit(&a);
        tree_sample_deinit(&b);
        if (!sampled)
            return false;
        if (idle->state == wanted)
            return true;
    } while (idle->state != IDLE_HIDDEN && clock_now() < deadline);
    return false;
}

static void observe(struct kernel_fact *f, int ready, int wake)
{
    struct idle idle = {0};
    struct tree t;
    char byte;

    tree_init(&t, getpid());
    if (read(ready, &byte, 1) != 1)
        refuse(f, 0, "the observed child died");
    else if (!becomes(&t, IDLE_ASLEEP, &idle))
        refuse(f, 0,
               idle.state == IDLE_HIDDEN ? "/proc/PID/syscall may not be read"
                                         : "/proc does not show that a program waits");
    else if (write(wake, "x", 1) != 1 || !becomes(&t, IDLE_BUSY, &idle))
        refuse(f, 0, "/proc does not show that a program works");
    else
        f->holds = true;
    tree_deinit(&t);
}

/* A process of its own: so its tree holds the observed child and nothing else. */
static void be_observer(int out, uid_t uid, gid_t gid)
{
    struct kernel_fact f = {0};
    int input[2] = {-1, -1}, ready[2] = {-1, -1};
    pid_t pid = -1;

    if (uid && geteuid() == 0 && (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0))
        refuse(&f, -errno, "cannot take the student's uid");
    else if (fd_pipe(input) < 0 || fd_pipe(ready) < 0 || (pid = fork()) < 0)
        refuse(&f, -errno, "cannot make a child");
    if (pid == 0) {
        fd_close(input[1]);
        be_observed(input[0], ready[1]);
    }
    if (pid > 0) {
        fd_closep(&input[0]);
        fd_closep(&ready[1]);
        observe(&f, ready[0], input[1]);
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    fd_write_all(out, (struct bytes){(void *)&f, sizeof f});
    _exit(0);
}

static int probe_idleness(struct kernel_fact *f, uid_t uid, gid_t gid)
{
    int ends[2];
    pid_t pid;

    if (fd_pipe(ends) < 0)
        return -errno;
    pid = fork();
    if (pid == 0) {
        fd_close(ends[0]);
        be_observer(ends[1], uid, gid);
    }
    fd_close(ends[1]);
    if (pid > 0) {
        if (read(ends[0], f, sizeof *f) != (ssize_t)sizeof *f)
            refuse(f, 0, "the observer died");
        waitpid(pid, NULL, 0);
    }
    fd_close(ends[0]);
    return pid < 0 ? -EAGAIN : 0;
}

int kernel_probe(struct kernel_probe *out, uid_t uid, gid_t gid)
{
    *out = (struct kernel_probe){0};
    probe_gate(&out->gate);
    return probe_idleness(&out->idleness, uid, gid);
}
