#include "launch/mounts.h"

#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif

/* linux/mount.h and sys/mount.h exclude each other in some versions of glibc, so the few numbers stand here.
 */
enum {
    TREE_CLONE = 1,
    TREE_CLOEXEC = O_CLOEXEC,
    TREE_RECURSIVE = 0x8000, /* AT_RECURSIVE */
    MOVE_FROM_FD = 4,        /* MOVE_MOUNT_F_EMPTY_PATH */
    ATTR_RDONLY = 1,
    ATTR_NOSUID = 2,
    ATTR_NODEV = 4,
};

struct attributes {
    uint64_t set, clear, propagation, userns;
};

struct mount_source {
    char *target; /* owned: relative to the new root */
    char *link;   /* owned: a symbolic link with this target instead of a mount */
    int tree;     /* owned: the detached mount */
    bool is_dir;
};

#define STAGING "/tmp" /* any directory that is surely there: the new root is assembled on it */

void mounts_deinit(struct mounts *m)
{
    for (size_t i = 0; i < m->n; i++) {
        mem_free(m->sources[i].target);
        mem_free(m->sources[i].link);
        fd_close(m->sources[i].tree);
    }
    mem_free(m->sources);
    *m = (struct mounts){0};
}

static int set_attributes(int fd, const char *path, unsigned flags, uint64_t set)
{
    struct attributes a = {.set = set};

    return syscall(SYS_mount_setattr, fd, path, flags, &a, sizeof a) < 0 ? -errno : 0;
}

/* Clones what is mounted at path, with all below it, and restricts the clone. */
static int clone_tree(const char *path, uint64_t attributes)
{
    int fd = (int)syscall(SYS_open_tree, AT_FDCWD, path, TREE_CLONE | TREE_CLOEXEC | TREE_RECURSIVE);
    int r;

    if (fd < 0)
        return -errno;
    r = set_attributes(fd, "", AT_EMPTY_PATH | TREE_RECURSIVE, attributes);
    if (r < 0) {
        fd_close(fd);
        return r;
    }
    return fd;
}

static int add(struct mounts *m, const char *path, const char *target, uint64_t attributes)
{
    struct mount_source *s;
    struct stat st;
    int fd;

    if (stat(path, &st) < 0)
        return -errno;
    fd = clone_tree(path, attributes);
    if (fd < 0)
        return fd;
    s = array_push(m->sources, m->n, m->cap);
    *s = (struct mount_source){.target = mem_text(target + 1), .tree = fd, .is_dir = S_ISDIR(st.st_mode)};
    return 0;
}

static void add_link(struct mounts *m, const char *path, const char *text)
{
    struct mount_source *s = array_push(m->sources, m->n, m->cap);

    *s = (struct mount_source){.target = mem_text(path + 1), .link = mem_text(text), .tree = -1};
}

/* What the caller itself may not reach is left out. A missing system call is told. */
static int add_visible(struct mounts *m, const char *path)
{
    char text[PATH_MAX];
    ssize_t n = readlink(path, text, sizeof text - 1);
    int r = 0;

    if (n > 0) {
        text[n] = 0;
        add_link(m, path, text);
    } else {
        r = add(m, path, path, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV);
    }
    return r == -ENOENT || r == -EACCES ? 0 : r;
}

/* /etc/resolv.conf often leads out of /etc. */
static void add_resolver(struct mounts *m, const struct visible *v)
{
    char *real = realpath("/etc/resolv.conf", NULL);

    if (real && !visible_covers(v, real))
        add_visible(m, real);
    mem_free(real);
}

static int add_devices(struct mounts *m, struct err *e)
{
    static const char *const devices[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                          "/dev/random", "/dev/urandom", "/dev/tty"};

    for (size_t i = 0; i < array_len(devices); i++) {
        int r = add(m, devices[i], devices[i], ATTR_NOSUID);

        if (r < 0 && r != -ENOENT)
            return err_set(e, r, "cannot show %s in the box", devices[i]);
    }
    return 0;
}

int mounts_clone(struct mounts *m, const struct visible *v, const char *work, struct err *e)
{
    int r;

    *m = (struct mounts){0};
    if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
        return err_set(e, errno, "cannot make the mounts private");
    for (size_t i = 0; i < v->n; i++) {
        r = add_visible(m, v->paths[i]);
        if (r == -ENOSYS)
            return err_say(e, r, "open_tree or mount_setattr is missing: the kernel is older than 5.12");
        if (r < 0)
            return err_set(e, r, "cannot show %s in the box", v->paths[i]);
    }
    add_resolver(m, v);
    r = add(m, work, BOX_WORK, ATTR_NOSUID | ATTR_NODEV);
    if (r < 0)
        return err_set(e, r, "cannot show the working directory %s in the box", work);
    return add_devices(m, e);
}

/* Makes the directories that lead to a path which is relative to the current directory. */
static int make_parents(const char *path)
{
    char part[PATH_MAX];

    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof part, "%.*s", (int)(slash - path), path);
        if (mkdir(part, 0755) < 0 && errno != EEXIST)
            return -errno;
    }
    return 0;
}

static int make_dir(const char *path, mode_t mode)
{
    int r = make_parents(path);

    if (r < 0)
        return r;
    return mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;
}

static int make_file(const char *path)
{
    int r = make_parents(path), fd;

    if (r < 0)
        return r;
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (fd < 0)
        return -errno;
    fd_close(fd);
    return 0;
}

static int place(const struct mount_source *s)
{
    int r;

    if (s->link) {
        r = make_parents(s->target);
        return r < 0 ? r : symlink(s->link, s->target) < 0 ? -errno : 0;
    }
    r = s->is_dir ? make_dir(s->target, 0755) : make_file(s->target);
    if (r < 0)
        return r;
    return syscall(SYS_move_mount, s->tree, "", AT_FDCWD, s->target, MOVE_FROM_FD) < 0 ? -errno : 0;
}

static int mount_new(const char *type, const char *target, unsigned long flags, const char *options,
                     struct err *e)
{
    int r = make_dir(target, 0755);

    if (!r && mount(type, target, type, flags, options) < 0)
        r = -errno;
    return r < 0 ? err_set(e, r, "cannot mount %s on /%s in the box", type, target) : 0;
}

static int make_writable(uint64_t disk, struct err *e)
{
    static const char *const places[] = {"tmp", "home/student", "dev/shm"};
    char options[64];

    for (size_t i = 0; i < array_len(places); i++) {
        int mode = i == 1 ? 0755 : 01777, r;

        snprintf(options, sizeof options, "mode=%o,nr_inodes=65536,size=%llu", mode,
                 (unsigned long long)disk);
        r = mount_new("tmpfs", places[i], MS_NOSUID | MS_NODEV, options, e);
        if (r < 0)
            return r;
    }
    return 0;
}

static int make_links(struct err *e)
{
    static const struct {
        const char *at, *to;
    } links[] = {{"dev/ptmx", "pts/ptmx"},          {"dev/fd", "/proc/self/fd"},
                 {"dev/stdin", "/proc/self/fd/0"},  {"dev/stdout", "/proc/self/fd/1"},
                 {"dev/stderr", "/proc/self/fd/2"}, {"var/tmp", "/tmp"}};

    for (size_t i = 0; i < array_len(links); i++)
        if (make_parents(links[i].at) < 0 || (symlink(links[i].to, links[i].at) < 0 && errno != EEXIST))
            return err_set(e, errno, "cannot make /%s in the box", links[i].at);
    return 0;
}

/* The new proc comes before the old root goes: the kernel grants one only where another is fully visible. */
static int assemble(struct mounts *m, uint64_t disk, struct err *e)
{
    int r = mount_new("proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL, e);

    if (!r)
        r = make_writable(disk, e);
    if (!r)
        r = mount_new("devpts", "dev/pts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666,mode=0620", e);
    if (!r)
        r = make_links(e);
    for (size_t i = 0; i < m->n && !r; i++) {
        r = place(&m->sources[i]);
        if (r < 0)
            err_set(e, r, "cannot place /%s in the box", m->sources[i].target);
    }
    return r;
}

#define HOSTS "/etc/hosts"
#define OUR_HOSTS "/hosts" /* for a moment */
#define HOSTS_MAX ((size_t)1 << 20)

static int write_hosts(const char *more)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    _cleanup_fd_ int fd = -1;
    int r = fd_read_file(AT_FDCWD, HOSTS, HOSTS_MAX, &text);

    if (r < 0)
        return r;
    buf_byte(&text, '\n'); /* the last line may lack its own */
    buf_text(&text, more);
    fd = open(OUR_HOSTS, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    return fd < 0 ? -errno : fd_write_all(fd, buf_view(&text));
}

/* In the new root, whose /etc is the machine's: a mount on that one file. */
static int add_hosts(const char *more, struct err *e)
{
    int r = write_hosts(more);

    if (!r && mount(OUR_HOSTS, HOSTS, NULL, MS_BIND, NULL) < 0)
        r = -errno;
    if (!r)
        r = set_attributes(AT_FDCWD, HOSTS, 0, ATTR_RDONLY | ATTR_NOSUID | ATTR_NODEV);
    if (!r && unlink(OUR_HOSTS) < 0)
        r = -errno;
    return r < 0 ? err_set(e, r, "cannot give the box its own " HOSTS) : 0;
}

int mounts_enter(struct mounts *m, uint64_t disk, const char *hosts, struct err *e)
{
    int r;

    umask(0);
    if (mount("tmpfs", STAGING, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=1m") < 0 || chdir(STAGING) < 0)
        return err_set(e, errno, "cannot mount a tmpfs for the box");
    r = assemble(m, disk ? disk : UINT64_C(1) << 30, e);
    if (r < 0)
        return r;
    /* Both roots on one place: the old one is then on top, and goes (pivot_root(2), NOTES). */
    if (syscall(SYS_pivot_root, ".", ".") < 0)
        return err_set(e, errno, "pivot_root");
    if (umount2(".", MNT_DETACH) < 0 || chdir("/") < 0)
        return err_set(e, errno, "cannot detach the old root");
    r = hosts ? add_hosts(hosts, e) : 0;
    if (r < 0)
        return r;
    r = set_attributes(AT_FDCWD, "/", 0, ATTR_RDONLY);
    return r < 0 ? err_set(e, r, "cannot make the box's root read-only") : 0;
}
