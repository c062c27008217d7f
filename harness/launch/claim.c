#include "launch/claim.h"
#include "base/fd.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define FIRST_UID 61001
#define UIDS 4000

static int lock(uid_t uid)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    int len = snprintf(a.sun_path + 1, sizeof a.sun_path - 1, "sockgrade-uid-%u", uid);
    socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + (size_t)len);
    _cleanup_fd_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, size) < 0)
        return -errno;
    return fd_steal(&fd);
}

int claim_take(struct claim *c, struct err *e)
{
    *c = (struct claim){-1, getuid(), getgid()};
    if (geteuid() != 0)
        return 0;
    for (uid_t uid = FIRST_UID; uid < FIRST_UID + UIDS; uid++) {
        c->lock = lock(uid);
        if (c->lock == -EADDRINUSE)
            continue;
        if (c->lock < 0)
            return err_set(e, c->lock, "claiming a uid for the submission");
        c->uid = uid;
        c->gid = (gid_t)uid;
        return 0;
    }
    return err_say(e, -EUSERS, "all uids from %u to %u are in use by other gradings", FIRST_UID,
                   FIRST_UID + UIDS - 1);
}

void claim_release(struct claim *c)
{
    fd_closep(&c->lock);
}
