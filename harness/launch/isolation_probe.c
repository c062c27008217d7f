/* isolation_probe.c - finds out by doing what isolation.h promises, and what to do where the machine refuses.
 */
#include "kernel/netns.h"
#include "launch/confine.h"
#include "launch/isolation.h"
#include "launch/landlock.h"
#include "launch/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <unistd.h>

#define DOCKER_OPTIONS                                                                                       \
    " --security-opt seccomp=unconfined --security-opt apparmor=unconfined --security-opt "                  \
    "systempaths=unconfined"
#define NAMESPACES (CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS)

/* What the probing child tells through its pipe, one by one. */
struct verdict {
    enum { ASPECT_NET, ASPECT_UID, ASPECT_PID, ASPECT_MOUNT, ASPECT_END } aspect;
    int32_t error; /* 0: granted */
    char cause[192];
};

static void tell(int out, int aspect, int r, const struct err *e)
{
    struct verdict v = {.aspect = aspect, .error = r};

    if (r < 0)
        snprintf(v.cause, sizeof v.cause, "%.*s", (int)sizeof v.cause - 1, e->text);
    fd_write_all(out, (struct bytes){(void *)&v, sizeof v});
}

/* ---- in the child ---- */

static void try_net(int out)
{
    struct err e = {0};

    tell(out, ASPECT_NET, netns_enter(&e), &e);
}

/* As process 1 of new namespaces: a proc of its own, then the whole root file system of a box. */
static void try_inside(int go, int out, const char *work)
{
    struct box_config config = {.isolation = ISOLATION_FULL, .uid = ISOLATION_INNER_ID, .work = work};
    struct confinement c;
    struct err e = {0};
    char byte;
    int r;

    if (read(go, &byte, 1) != 1)
        _exit(0);
    r = mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? err_set(&e, errno, "make the mounts private")
                                                              : 0;
    if (!r && mount("proc", "/proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL) < 0)
        r = err_set(&e, errno, "mount a proc of one's own");
    tell(out, ASPECT_PID, r, &e);
    r = confine(&c, &config, "", &e);
    tell(out, ASPECT_MOUNT, r, &e);
    _exit(0);
}

static int try_namespaces(int out, const char *work, struct err *e)
{
    int go[2], pidfd = -1, r = 0;
    uid_t uid;
    gid_t gid;
    pid_t pid;

    isolation_ids(0, &uid, &gid);
    if (fd_pipe(go) < 0)
        return err_set(e, errno, "pipe");
    pid = isolation_clone(NAMESPACES, &pidfd);
    if (pid == 0) {
        fd_close(go[1]);
        try_inside(go[0], out, work);
    }
    if (pid < 0)
        r = err_set(e, pid, "clone(CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNS)");
    else
        r = isolation_map(pid, uid, gid, e);
    if (!r)
        r = fd_write_all(go[1], bytes_of("x"));
    fd_close(go[0]);
    fd_close(go[1]);
    if (pid > 0)
        waitpid(pid, NULL, 0);
    fd_close(pidfd);
    return r;
}

/* Root can do without a user namespace, for level B. */
static int try_setuid(struct err *e)
{
    uid_t uid;
    gid_t gid;

    isolation_ids(0, &uid, &gid);
    if (setgroups(0, NULL) < 0 || setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return err_set(e, errno, "become uid %u", uid);
    return 0;
}

static void probe_in_child(int out, const char *work)
{
    struct err e = {0};
    int r;

    try_net(out);
    r = try_namespaces(out, work, &e);
    if (r < 0) {
        tell(out, ASPECT_PID, r, &e);
        tell(out, ASPECT_MOUNT, r, &e);
        if (geteuid() == 0)
            r = try_setuid(&e);
    }
    tell(out, ASPECT_UID, r, &e);
    tell(out, ASPECT_END, 0, &e);
    _exit(0);
}

/* ---- cures ---- */

static bool file_is(const char *path, const char *text)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    return fd_read_file(AT_FDCWD, path, 4096, &b) == 0 && bytes_equal(buf_view(&b), bytes_of(text));
}

static bool file_says(const char *path, const char *text)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    return fd_read_file(AT_FDCWD, path, 65536, &b) == 0 && bytes_find(buf_view(&b), bytes_of(text));
}

static bool in_container(void)
{
    return access("/.dockerenv", F_OK) == 0 || access("/run/.containerenv", F_OK) == 0 ||
           file_says("/proc/self/status", "Seccomp:\t2");
}

/* The refusals that people meet, each with the knob that lifts it. NULL: none known. */
static const char *find_cure(int error)
{
    if (error == -ENOSYS)
        return "a kernel of 5.12 or later, with namespaces built in";
    if (geteuid() != 0 && file_is("/proc/sys/kernel/apparmor_restrict_unprivileged_userns", "1\n"))
        return "Ubuntu's AppArmor forbids user namespaces: sudo sysctl "
               "kernel.apparmor_restrict_unprivileged_userns=0";
    if (geteuid() != 0 && file_is("/proc/sys/kernel/unprivileged_userns_clone", "0\n"))
        return "user namespaces are switched off: sudo sysctl kernel.unprivileged_userns_clone=1";
    if (error == -ENOSPC || file_is("/proc/sys/user/max_user_namespaces", "0\n"))
        return "the number of user namespaces is limited: sudo sysctl user.max_user_namespaces=10000";
    if (in_container())
        return geteuid() == 0 ? "a container forbids it; start it with: docker run --cap-add SYS_ADMIN "
                                "--cap-add NET_ADMIN" DOCKER_OPTIONS
                              : "a container forbids it; start it with: docker run" DOCKER_OPTIONS;
    return NULL;
}

/* ---- in the caller ---- */

static struct isolation_fact *fact_of(struct isolation_probe *p, int aspect)
{
    struct isolation_fact *const facts[] = {&p->net, &p->uid, &p->pid, &p->mount};

    return aspect >= ASPECT_NET && aspect < ASPECT_END ? facts[aspect] : NULL;
}

static void take(struct isolation_probe *p, const struct verdict *v)
{
    struct isolation_fact *fact = fact_of(p, v->aspect);
    const char *cure = v->error ? find_cure(v->error) : NULL;

    if (!fact)
        return;
    *fact = (struct isolation_fact){.granted = v->error == 0};
    snprintf(fact->cause, sizeof fact->cause, "%.*s", (int)sizeof v->cause, v->cause);
    snprintf(fact->cure, sizeof fact->cure, "%s", cure ? cure : "");
}

static void take_all(struct isolation_probe *p, int from)
{
    struct verdict v;

    while (read(from, &v, sizeof v) == (ssize_t)sizeof v && v.aspect != ASPECT_END)
        take(p, &v);
}

static void set_unknown(struct isolation_probe *p)
{
    for (int i = ASPECT_NET; i < ASPECT_END; i++)
        *fact_of(p, i) = (struct isolation_fact){.cause = "the probing process died"};
}

static int run_probe(struct isolation_probe *p, const char *work)
{
    int ends[2];
    pid_t pid;

    if (fd_pipe(ends) < 0)
        return -errno;
    pid = fork();
    if (pid == 0) {
        fd_close(ends[0]);
        probe_in_child(ends[1], work);
    }
    fd_close(ends[1]);
    if (pid > 0) {
        take_all(p, ends[0]);
        waitpid(pid, NULL, 0);
    }
    fd_close(ends[0]);
    return pid < 0 ? -EAGAIN : 0;
}

int isolation_probe(struct isolation_probe *out)
{
    char work[PATH_MAX];
    int r;

    *out = (struct isolation_probe){.level = ISOLATION_BASIC, .landlock = landlock_abi()};
    set_unknown(out);
    r = workdir_new(work, sizeof work, NULL);
    if (r < 0)
        return r;
    r = run_probe(out, work);
    rmdir(work);
    if (out->net.granted && out->pid.granted && out->mount.granted && out->uid.granted)
        out->level = ISOLATION_FULL;
    else if (geteuid() == 0 && out->uid.granted)
        out->level = ISOLATION_UID;
    return r;
}

/* ---- choice ---- */

static const struct isolation_fact *first_refused(const struct isolation_probe *p)
{
    const struct isolation_fact *facts[] = {&p->uid, &p->pid, &p->mount, &p->net};

    for (int i = 0; i < 4; i++)
        if (!facts[i]->granted)
            return facts[i];
    return &p->uid;
}

int isolation_choose(const struct isolation_probe *p, int forced, struct err *e)
{
    const struct isolation_fact *why = first_refused(p);

    if (forced < 0)
        return (int)p->level;
    switch ((enum isolation)forced) {
    case ISOLATION_FULL:
        if (p->level == ISOLATION_FULL)
            return forced;
        return err_say(e, -EPERM, "isolation \"full\" is not to be had here: %s%s%s", why->cause,
                       *why->cure ? "; " : "", why->cure);
    case ISOLATION_UID:
        if (geteuid() == 0 && p->uid.granted)
            return forced;
        if (geteuid() != 0)
            return err_say(e, -EPERM, "isolation \"uid\" needs root");
        return err_say(e, -EPERM, "isolation \"uid\" is not to be had here: %s", p->uid.cause);
    case ISOLATION_BASIC: return forced;
    }
    return err_say(e, -EINVAL, "there is no such level of isolation");
}
