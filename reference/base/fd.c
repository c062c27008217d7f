#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_FDS 8

void fd_close(int fd)
{
    int saved = errno;

    if (fd >= 0)
        close(fd);
    errno = saved;
}

void fd_closep(int *fd)
{
    fd_close(*fd);
    *fd = -1;
}

int fd_steal(int *fd)
{
    int stolen = *fd;

    *fd = -1;
    return stolen;
}

int fd_nonblock(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
        return -errno;
    return 0;
}

int fd_pipe(int ends[2])
{
    return pipe2(ends, O_CLOEXEC) < 0 ? -errno : 0;
}

int fd_write_all(int fd, struct bytes b)
{
    while (b.len) {
        ssize_t n = write(fd, b.data, b.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        b = bytes_slice(b, (size_t)n, b.len);
    }
    return 0;
}

int fd_read_file(int dirfd, const char *path, size_t max, struct buf *out)
{
    _cleanup_fd_ int fd = openat(dirfd, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);

    return fd < 0 ? -errno : fd_read_all(fd, max, out);
}

int fd_read_all(int fd, size_t max, struct buf *out)
{
    size_t start = out->len;

    for (;;) {
        ssize_t n;

        buf_reserve(out, 65536);
        n = read(fd, out->data + out->len, out->cap - out->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -errno;
        if (n == 0)
            return 0;
        out->len += (size_t)n;
        if (out->len - start > max)
            return -EFBIG;
    }
}

int fd_send(int sock, struct bytes message, const int *fds, size_t n)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(MAX_FDS * sizeof(int))];
    } control = {0};
    struct iovec part = {(void *)message.data, message.len};
    struct msghdr m = {.msg_iov = &part, .msg_iovlen = 1};

    if (n > MAX_FDS)
        return -EINVAL;
    if (n) {
        struct cmsghdr *c = &control.align;
        m.msg_control = &control;
        m.msg_controllen = CMSG_SPACE(n * sizeof(int));
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(n * sizeof(int));
        memcpy(CMSG_DATA(c), fds, n * sizeof(int));
    }
    for (;;) {
        if (sendmsg(sock, &m, MSG_NOSIGNAL) >= 0)
            return 0;
        if (errno != EINTR)
            return -errno;
    }
}

static void take_fds(struct msghdr *m, int *fds, size_t max, size_t *n)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
            continue;
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            if (*n < max)
                fds[(*n)++] = fd;
            else
                fd_close(fd);
        }
    }
}

ptrdiff_t fd_receive(int sock, void *message, size_t size, int *fds, size_t max, size_t *n)
{
    union {
        struct cmsghdr align;
        char room[CMSG_SPACE(MAX_FDS * sizeof(int))];
    } control;
    struct iovec part = {message, size};
    struct msghdr m = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
    ssize_t got;

    *n = 0;
    do
        got = recvmsg(sock, &m, MSG_CMSG_CLOEXEC);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return -errno;
    take_fds(&m, fds, max, n);
    if (!(m.msg_flags & (MSG_TRUNC | MSG_CTRUNC)))
        return got;
    while (*n) /* a part of a message is none */
        fd_close(fds[--*n]);
    return -EMSGSIZE;
}

int fd_claim(const char *name)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int len = snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "%s", name);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    _cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (len >= (int)sizeof a.sun_path - 1)
        return -ENAMETOOLONG;
    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) < 0)
        return -errno;
    return fd_steal(&fd);
}
