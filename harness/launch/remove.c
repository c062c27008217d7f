/* remove.c - the end of a working directory (see workdir.h). */
#include "base/fd.h"
#include "launch/workdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64
#define PASSES_MAX 100000

struct removal {
    int top;        /* borrowed: the directory whose content is removed */
    uint64_t moved; /* how many were moved up so far */
};

/* Directories may be unreadable: they are opened by name without following, and only then made ours. */
static int open_dir(int dir, const char *name)
{
    _cleanup_fd_ int place = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    char self[64];
    struct stat st;

    if (place < 0)
        return -1;
    if (fstat(place, &st) == 0 && (st.st_mode & S_IRWXU) != S_IRWXU) {
        snprintf(self, sizeof self, "/proc/self/fd/%d", place);
        chmod(self, 0700);
    }
    return openat(place, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* A tree deeper than our descriptors reach is cut: what is below goes up to the top, and is removed in the
 * next pass. */
static int move_up(struct removal *r, int dir, const char *name)
{
    char unique[64];

    for (int i = 0; i < 100; i++) {
        snprintf(unique, sizeof unique, ".sockgrade-removed-%" PRIu64, r->moved++);
        if (renameat(dir, name, r->top, unique) == 0)
            return 0;
        if (errno != EEXIST && errno != ENOTEMPTY && errno != ENOTDIR)
            break;
    }
    return -errno;
}

static int remove_content(struct removal *r, int dir, unsigned depth);

static int remove_dir(struct removal *r, int dir, const char *name, unsigned depth)
{
    _cleanup_fd_ int fd = open_dir(dir, name);
    int result;

    if (fd < 0)
        return -errno;
    if (depth >= DEPTH_MAX)
        return move_up(r, dir, name);
    result = remove_content(r, fd, depth + 1);
    if (unlinkat(dir, name, AT_REMOVEDIR) < 0 && !result)
        result = -errno;
    return result;
}

/* Goes on after an error, so that as little as possible stays; returns the first. */
static int remove_content(struct removal *r, int dir, unsigned depth)
{
    int copy = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), first = 0;
    DIR *d = copy < 0 ? NULL : fdopendir(copy);
    struct dirent *entry;

    if (!d) {
        first = -errno;
        fd_close(copy);
        return first;
    }
    while ((entry = readdir(d))) {
        int one = 0;

        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (unlinkat(dir, entry->d_name, 0) < 0)
            one = errno == EISDIR ? remove_dir(r, dir, entry->d_name, depth) : -errno;
        if (one < 0 && !first)
            first = one;
    }
    closedir(d);
    return first;
}

int workdir_remove(const char *path, struct err *e)
{
    _cleanup_fd_ int top = open_dir(AT_FDCWD, path);
    struct removal r = {.top = top};
    uint64_t moved;
    int result;

    if (top < 0)
        return errno == ENOENT ? 0 : err_set(e, errno, "cannot remove %s", path);
    do {
        moved = r.moved;
        result = remove_content(&r, top, 0);
    } while (r.moved != moved && r.moved < PASSES_MAX);
    if (rmdir(path) < 0 && errno != ENOENT)
        return err_set(e, result < 0 ? result : errno, "cannot remove %s", path);
    return 0;
}
