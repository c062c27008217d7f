#include "launch/claim.h"
#include "base/fd.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#define FIRST_UID 61001
#define UIDS 4000

static int lock(uid_t uid)
{
    char name[40];

    snprintf(name, sizeof name, "sockgrade-uid-%u", uid);
    return fd_claim(name);
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
