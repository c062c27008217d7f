/*
 * boxes.h - what the tests of launch share: a working directory with the helper `boxed` in it, a box at each
 * level that this machine grants, and waiting for what a program says.
 */
#pragma once
#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"
#include "launch/box.h"
#include "launch/claim.h"
#include "launch/isolation.h"
#include "launch/landlock.h"
#include "launch/workdir.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PATIENCE (20 * NS_PER_S) /* generous: only a failing test ever waits so long */
#define UNUSED __attribute__((unused))

struct place {
    enum isolation level;
    bool granted;
    char dir[PATH_MAX]; /* "": none */
    struct claim claim; /* tests run side by side */
};

/* Copies build/.../tests/helpers/boxed, which lies beside our own directory. */
UNUSED static int place_helper(const char *dir)
{
    char self[PATH_MAX - 32], from[PATH_MAX], to[PATH_MAX + 16];
    _cleanup_buf_ struct buf b = BUF_INIT;
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash;
    int fd, r;

    if (n < 0)
        return -errno;
    self[n] = 0;
    for (int up = 0; up < 2 && (slash = strrchr(self, '/')); up++)
        *slash = 0;
    snprintf(from, sizeof from, "%s/helpers/boxed", self);
    r = fd_read_file(AT_FDCWD, from, 64 << 20, &b);
    if (r < 0)
        return r;
    snprintf(to, sizeof to, "%s/boxed", dir);
    fd = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0755);
    r = fd < 0 ? -errno : fd_write_all(fd, buf_view(&b));
    fd_close(fd);
    return r;
}

/* For a setup. 0, or not. */
UNUSED static int place_make(struct place *p, enum isolation level)
{
    struct isolation_probe probe;
    struct err e = {0};

    *p = (struct place){.level = level};
    if (claim_take(&p->claim, &e) < 0 || isolation_probe(&probe) < 0)
        return -1;
    p->granted = isolation_choose(&probe, (int)level, &e) >= 0;
    if (workdir_new(p->dir, sizeof p->dir, &e) < 0 || place_helper(p->dir) < 0)
        return -1;
    return geteuid() == 0 && chown(p->dir, p->claim.uid, p->claim.gid) < 0 ? -1 : 0;
}

UNUSED static void place_remove(struct place *p)
{
    claim_release(&p->claim);
    if (p->dir[0])
        workdir_remove(p->dir, NULL);
}

/* Reads until text was seen, or the end. True: it was seen (or, without text, the end came). */
UNUSED static bool read_until(int fd, const char *text, struct buf *seen)
{
    int64_t deadline = clock_now() + PATIENCE;
    char block[4096];

    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (text && bytes_find(buf_view(seen), bytes_of(text)))
            return true;
        if (clock_now() > deadline || poll(&p, 1, (int)(PATIENCE / NS_PER_MS)) <= 0)
            return false;
        n = read(fd, block, sizeof block);
        if (n <= 0)
            return !text;
        buf_append(seen, (struct bytes){(uint8_t *)block, (size_t)n});
    }
}
