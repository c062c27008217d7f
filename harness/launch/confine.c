#include "launch/confine.h"

#include "launch/isolation.h"
#include "launch/landlock.h"
#include "launch/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

/* close_range(2) came with Linux 5.9; before that one by one. */
static void close_between(unsigned from, unsigned to)
{
    struct rlimit limit;

    if (from > to || syscall(SYS_close_range, from, to, 0) == 0)
        return;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && to > limit.rlim_cur)
        to = (unsigned)limit.rlim_cur;
    for (unsigned fd = from; fd <= to; fd++)
        close((int)fd);
}

int confine_descriptors(int *control, int *answers, int *signals)
{
    int *kept[] = {control, answers, signals};
    unsigned from = 3;

    /* Upwards, out of the way of 0 to 2 and of each other. */
    for (int i = 0; i < 3; i++) {
        *kept[i] = fcntl(*kept[i], F_DUPFD_CLOEXEC, i ? *kept[i - 1] + 1 : 3);
        if (*kept[i] < 0)
            return -errno;
    }
    for (int i = 0; i < 3; i++) {
        close_between(from, (unsigned)*kept[i] - 1);
        from = (unsigned)*kept[i] + 1;
    }
    close_between(from, ~0u);
    close_between(0, 2);
    if (open("/dev/null", O_RDWR) != 0 || dup(0) != 1 || dup(0) != 2)
        return -EIO;
    return 0;
}

/* As root in a user namespace where only the student's uid is mapped, ids change without loss of
 * capabilities: root there is nobody (capabilities(7), "Effect of user ID changes"). Groups cannot be dropped
 * by an ordinary user: the kernel forbids it. */
static int take_ids(uid_t uid, gid_t gid, bool keep_groups, struct err *e)
{
    if (setgroups(0, NULL) < 0 && !(keep_groups && errno == EPERM))
        return err_set(e, errno, "cannot drop the supplementary groups");
    if (setresgid(gid, gid, gid) < 0 || setresuid(uid, uid, uid) < 0)
        return err_set(e, errno, "cannot become uid %u", uid);
    return 0;
}

static int drop_capabilities(struct err *e)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {0};

    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    if (syscall(SYS_capset, &head, none) < 0)
        return err_set(e, errno, "cannot drop the capabilities");
    return 0;
}

/* Namespaces inside the box would only widen what a hostile program can reach of the kernel. Best effort. */
static void forbid_user_namespaces(void)
{
    _cleanup_fd_ int fd = open("/proc/sys/user/max_user_namespaces", O_WRONLY | O_CLOEXEC);

    if (fd >= 0 && write(fd, "0", 1) < 0)
        return;
}

/* Servers that bind the address of their own host name should be reached at 127.0.0.1: a machine's name often
 * stands for an address that this network lacks. Best effort. */
static void take_local_name(void)
{
    static const char name[] = "localhost";

    if (sethostname(name, sizeof name - 1) < 0)
        return;
}

static int confine_full(const struct box_config *config, const struct visible *v, struct err *e)
{
    struct mounts m = {0};
    int r = mounts_clone(&m, v, config->work, e);

    take_local_name();
    if (!r)
        r = take_ids(ISOLATION_INNER_ID, ISOLATION_INNER_ID, true, e);
    if (!r)
        r = mounts_enter(&m, config->limits.disk, config->hosts, e);
    mounts_deinit(&m);
    if (!r)
        forbid_user_namespaces();
    return r;
}

static int confine_files(struct confinement *c, const struct box_config *config, const struct visible *v,
                         const char *tmp, struct err *e)
{
    const char *writable[] = {config->work, tmp, config->isolation == ISOLATION_BASIC ? "/tmp" : NULL, NULL};
    struct landlock_request request = {.visible = v, .writable = writable, .network = config->network};
    int r = landlock_prepare(&request);

    if (r == -ENOSYS || r == -EOPNOTSUPP) /* not built in, or switched off at boot */
        return 0;
    if (r < 0)
        return err_set(e, r, "Landlock");
    c->ruleset = r;
    return 0;
}

/* Last, for a change of ids would undo it. At level A our death ends the namespace; elsewhere the death of
 * our parent must leave us time to end the rest: SIGTERM, which init waits for. */
static int seal(enum isolation isolation, struct err *e)
{
    int on_death = isolation == ISOLATION_FULL ? SIGKILL : SIGTERM;

    prctl(PR_SET_NAME, "sockgrade-init", 0, 0, 0);
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return err_set(e, errno, "no_new_privs");
    if (prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0 ||
        prctl(PR_SET_PDEATHSIG, on_death, 0, 0, 0) < 0)
        return err_set(e, errno, "cannot seal the box's init");
    return 0;
}

int confine(struct confinement *c, const struct box_config *config, const char *tmp, struct err *e)
{
    struct visible v;
    int r = 0;

    c->ruleset = -1;
    visible_collect(&v, config->expose, config->work);
    switch (config->isolation) {
    case ISOLATION_FULL: r = confine_full(config, &v, e); break;
    case ISOLATION_UID:
    case ISOLATION_BASIC:
        if (geteuid() == 0)
            r = take_ids(config->uid, config->gid, false, e);
        if (!r)
            r = confine_files(c, config, &v, tmp, e);
        break;
    }
    visible_deinit(&v);
    if (!r)
        r = drop_capabilities(e);
    return r < 0 ? r : seal(config->isolation, e);
}
