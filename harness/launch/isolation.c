#include "launch/isolation.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

#define FIRST_UID 60001

const char *isolation_name(enum isolation level)
{
    switch (level) {
    case ISOLATION_FULL: return "full";
    case ISOLATION_UID: return "uid";
    case ISOLATION_BASIC: return "basic";
    }
    return "?";
}

void isolation_ids(uint32_t slot, uid_t *uid, gid_t *gid)
{
    bool root = geteuid() == 0;

    *uid = root ? FIRST_UID + slot : geteuid();
    *gid = root ? FIRST_UID + slot : getegid();
}

pid_t isolation_clone(unsigned long namespaces, int *pidfd)
{
    /* Without a stack of its own the child goes on with a copy of ours, as after fork. */
    long pid = syscall(SYS_clone, namespaces | CLONE_PIDFD | SIGCHLD, NULL, pidfd, NULL, NULL);

    return pid < 0 ? -errno : (pid_t)pid;
}

static int write_text(pid_t pid, const char *name, const char *text)
{
    char path[64];
    int fd, r;

    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    r = fd_write_all(fd, bytes_of(text));
    fd_close(fd);
    return r;
}

/* Source: user_namespaces(7). An ordinary user may map only its own ids, and must forbid setgroups first. */
int isolation_map(pid_t child, uid_t uid, gid_t gid, struct err *e)
{
    char text[64];
    int r = 0;

    if (geteuid() != 0)
        r = write_text(child, "setgroups", "deny");
    if (r < 0)
        return err_set(e, r, "cannot forbid setgroups");
    snprintf(text, sizeof text, "%d %u 1", ISOLATION_INNER_ID, uid);
    r = write_text(child, "uid_map", text);
    if (r < 0)
        return err_set(e, r, "cannot map uid %u into a user namespace", uid);
    snprintf(text, sizeof text, "%d %u 1", ISOLATION_INNER_ID, gid);
    r = write_text(child, "gid_map", text);
    return r < 0 ? err_set(e, r, "cannot map gid %u into a user namespace", gid) : 0;
}
