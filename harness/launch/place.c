#include "launch/place.h"
#include "base/fd.h"
#include "launch/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

static int own(int fd, uid_t uid, gid_t gid)
{
    return geteuid() == 0 && fchown(fd, uid, gid) < 0 ? -errno : 0;
}

/* Whatever stands where something of ours is to be. */
static int clear_way(int dir, const char *name)
{
    char path[64 + NAME_MAX];

    if (unlinkat(dir, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR)
        return -errno;
    snprintf(path, sizeof path, "/proc/self/fd/%d/%s", dir, name);
    return workdir_remove(path, NULL);
}

static int enter(int dir, const char *name, uid_t uid, gid_t gid)
{
    _cleanup_fd_ int fd = -1;
    int r;

    fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 && errno != ENOENT) { /* a file or a link in the way */
        r = clear_way(dir, name);
        if (r < 0)
            return r;
    }
    if (fd < 0 && mkdirat(dir, name, 0755) == 0)
        fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    r = own(fd, uid, gid);
    return r < 0 ? r : fd_steal(&fd);
}

static int write_file(int dir, const char *name, struct bytes content, uid_t uid, gid_t gid)
{
    _cleanup_fd_ int fd = -1;
    int r;

    r = clear_way(dir, name);
    if (r < 0)
        return r;
    fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
    if (fd < 0)
        return -errno;
    r = fd_write_all(fd, content);
    return r < 0 ? r : own(fd, uid, gid);
}

int place_file(const char *dir, const char *path, struct bytes content, uid_t uid, gid_t gid)
{
    _cleanup_fd_ int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const char *slash;

    if (at < 0)
        return -errno;
    while ((slash = strchr(path, '/'))) {
        char name[NAME_MAX + 1];
        int next;

        if ((size_t)(slash - path) > NAME_MAX)
            return -ENAMETOOLONG;
        snprintf(name, sizeof name, "%.*s", (int)(slash - path), path);
        next = enter(at, name, uid, gid);
        if (next < 0)
            return next;
        fd_closep(&at);
        at = next;
        path = slash + 1;
    }
    return write_file(at, path, content, uid, gid);
}

/* ---- what programs have put there ---------------------------------------------------------------------- */

int place_open(const char *dir, const char *path, int flags)
{
    _cleanup_fd_ int at = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
    struct open_how how = {.flags = (uint64_t)(flags | O_CLOEXEC),
                           .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS};
    int fd = at < 0 ? -1 : (int)syscall(SYS_openat2, at, path, &how, sizeof how);

    return fd < 0 ? -errno : fd;
}

int place_folder(const char *dir, const char *path, const char **name)
{
    const char *slash = strrchr(path, '/');
    char folder[PATH_MAX] = ".";

    *name = slash ? slash + 1 : path;
    if (slash && (size_t)(slash - path) >= sizeof folder)
        return -ENAMETOOLONG;
    if (slash)
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
    return place_open(dir, folder, O_PATH | O_DIRECTORY);
}

void place_clear(const char *dir, const char *path)
{
    const char *name;
    _cleanup_fd_ int at = place_folder(dir, path, &name);

    if (at >= 0)
        clear_way(at, name);
}
