/*
 * rig.h - what the tests of kernel facts share: helper programs, connected pairs, and waiting for a fact with
 * a deadline behind it.
 *
 * Helpers are started with posix_spawn, never by running test code in a child. The test process is their
 * subreaper, so that what they leave behind is found, ended and reaped by rig_stop.
 */
#pragma once
#include "base/addr.h"
#include "base/clock.h"
#include "base/fd.h"
#include "kernel/idle.h"
#include "kernel/sockdiag.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/tcp.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define RIG_DEADLINE (20 * NS_PER_S) /* generous: only a failing test ever waits so long */
#define RIG_UNUSED __attribute__((unused))

struct rig {
    struct tree tree;
    struct tree_sample a, b;
    struct sockdiag diag;
    pid_t pid;   /* the helper, 0: none */
    int ends[2]; /* ours, theirs: -1 while closed */
    uint64_t sent;
};

/* A connected TCP pair over loopback: ends[0] connected, ends[1] was accepted. */
RIG_UNUSED static void rig_pair(const char *host, int ends[2])
{
    struct addr at;
    int listener, one = 1;

    assert_int_equal(addr_parse(host, 0, &at), 0);
    listener = socket(at.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(listener >= 0);
    assert_int_equal(bind(listener, &at.sa, at.len), 0);
    assert_int_equal(listen(listener, 8), 0);
    assert_int_equal(addr_local(listener, &at), 0);
    ends[0] = socket(at.sa.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(ends[0], &at.sa, at.len), 0);
    ends[1] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    assert_true(ends[1] >= 0);
    setsockopt(ends[0], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fd_close(listener);
}

/* Starts a program, found in $PATH, or beside the tests for a name without a slash that begins with '@'. in
 * and out become its descriptors 0 and 1. Its pid, or a negative errno. */
RIG_UNUSED static pid_t rig_spawn(const char *const argv[], int in, int out)
{
    char self[PATH_MAX] = "", path[PATH_MAX + 64];
    posix_spawn_file_actions_t files;
    pid_t pid = -1;
    int r;

    if (readlink("/proc/self/exe", self, sizeof self - 1) < 0)
        return -errno;
    snprintf(path, sizeof path, "%s/../helpers/%s", dirname(self), argv[0] + 1);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, in, 0);
    posix_spawn_file_actions_adddup2(&files, out, 1);
    r = posix_spawnp(&pid, argv[0][0] == '@' ? path : argv[0], &files, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&files);
    return r ? -r : pid;
}

RIG_UNUSED static int rig_setup(void **state)
{
    struct rig *r = calloc(1, sizeof *r);

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    tree_init(&r->tree, getpid());
    r->ends[0] = r->ends[1] = -1;
    *state = r;
    return sockdiag_init(&r->diag);
}

RIG_UNUSED static void rig_stop(struct rig *r)
{
    bool more;

    do { /* a child of a child becomes ours when its parent ends */
        if (tree_sample(&r->tree, &r->a) < 0)
            break;
        for (size_t i = 0; i < r->a.n; i++)
            kill(r->a.threads[i].pid, SIGKILL);
        more = waitpid(-1, NULL, 0) > 0;
        while (more && waitpid(-1, NULL, WNOHANG) > 0)
            ;
    } while (more);
    fd_closep(&r->ends[0]);
    fd_closep(&r->ends[1]);
    r->pid = 0;
    r->sent = 0;
}

RIG_UNUSED static int rig_teardown(void **state)
{
    struct rig *r = *state;

    rig_stop(r);
    tree_sample_deinit(&r->a);
    tree_sample_deinit(&r->b);
    tree_deinit(&r->tree);
    sockdiag_deinit(&r->diag);
    free(r);
    return 0;
}

/* A helper with one end of a TCP pair as its descriptors 0 and 1. Skips the test when the program is not
 * installed. */
RIG_UNUSED static void rig_start(struct rig *r, const char *const argv[])
{
    rig_pair("127.0.0.1", r->ends);
    r->pid = rig_spawn(argv, r->ends[1], r->ends[1]);
    fd_closep(&r->ends[1]);
    if (r->pid == -ENOENT)
        skip();
    assert_true(r->pid > 0);
}

RIG_UNUSED static struct idle rig_check(struct rig *r)
{
    struct idle out;

    assert_int_equal(tree_sample(&r->tree, &r->a), 0);
    assert_int_equal(tree_sample(&r->tree, &r->b), 0);
    idle_compare(&r->a, &r->b, &out);
    return out;
}

/* Waits until the helpers settle: the first answer that is not "busy". */
RIG_UNUSED static struct idle rig_settle(struct rig *r)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    struct idle out = rig_check(r);

    while (out.state == IDLE_BUSY && clock_now() < end) {
        sched_yield();
        out = rig_check(r);
    }
    return out;
}

/* The helper's socket, looked up from our end. */
RIG_UNUSED static int rig_look(struct rig *r, struct sock_info *out)
{
    struct addr ours, theirs;

    assert_int_equal(addr_local(r->ends[0], &ours), 0);
    assert_int_equal(addr_remote(r->ends[0], &theirs), 0);
    return sockdiag_tcp(&r->diag, &theirs, &ours, out);
}

RIG_UNUSED static void rig_send(struct rig *r, const char *text)
{
    size_t len = strlen(text);

    assert_int_equal(send(r->ends[0], text, len, MSG_NOSIGNAL), len);
    r->sent += len;
}

/* Looks at the helper's socket once all that was sent, and `more` bytes, have arrived there: delivery may be
 * asynchronous. */
RIG_UNUSED static struct sock_info rig_arrived(struct rig *r, uint64_t more)
{
    int64_t end = clock_now() + RIG_DEADLINE;
    struct sock_info info;

    for (;;) {
        assert_int_equal(rig_look(r, &info), 1);
        if (info.bytes_received >= r->sent + more) {
            assert_int_equal(rig_look(r, &info), 1); /* the queue as it is after the arrival */
            return info;
        }
        assert_true(clock_now() < end);
        sched_yield();
    }
}

/* Reads exactly len bytes, for which it may wait. */
RIG_UNUSED static void rig_read(int fd, void *out, size_t len)
{
    for (size_t done = 0; done < len;) {
        ssize_t n = read(fd, (char *)out + done, len - done);

        assert_true(n > 0);
        done += (size_t)n;
    }
}
