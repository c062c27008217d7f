/*
 * paths.c - the Unix sockets of a play: files in the working directory, which programs and peers share.
 *
 * The folder is the student's: no link is followed, so that nobody leads us to a socket of this machine. And
 * its path may be longer than the 107 bytes that an address holds: we go through a descriptor instead
 * (/proc/self/fd/N, proc(5)).
 */
#include "kernel/unixdiag.h"
#include "launch/place.h"
#include "run/stage.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* "/proc/self/fd/7", or with the name of a file in that folder. */
static int address_of(int fd, const char *name, struct addr *out)
{
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    int n = snprintf(un.sun_path, sizeof un.sun_path, "/proc/self/fd/%d%s%s", fd, name ? "/" : "",
                     name ? name : "");

    if (n < 0 || (size_t)n >= sizeof un.sun_path)
        return -ENAMETOOLONG;
    *out = (struct addr){.len = sizeof un};
    memcpy(&out->any, &un, sizeof un);
    return 0;
}

/* The socket at a path of the working directory: *fd is owned by the caller. 0, or -ENOENT: there is none. */
static int open_socket(struct stage *st, const char *path, int *fd, struct stat *info)
{
    *fd = place_open(st->owners[0].lodging->work, path, O_PATH | O_NOFOLLOW);
    if (*fd >= 0 && fstat(*fd, info) == 0 && S_ISSOCK(info->st_mode))
        return 0;
    fd_closep(fd);
    return -ENOENT;
}

int path_connect(struct stage *st, struct stream *s, const char *path)
{
    _cleanup_fd_ int fd = -1;
    struct stat info;
    struct addr to;
    int r;

    if (open_socket(st, path, &fd, &info) < 0) {
        s->error = ECONNREFUSED;
        return 0;
    }
    r = address_of(fd, NULL, &to);
    return r < 0 ? r : stream_connect(s, 0, &to);
}

int path_listen(struct stage *st, struct listener *l, const char *path)
{
    const struct lodging *at = st->owners[0].lodging;
    const char *name;
    _cleanup_fd_ int folder = place_folder(at->work, path, &name);
    struct addr address;
    int r = folder < 0 ? folder : address_of(folder, name, &address);

    if (r < 0)
        return r;
    place_clear(at->work, path); /* of an earlier case */
    r = listener_open(l, &address);
    if (r == 0 && geteuid() == 0 && fchownat(folder, name, at->uid, at->gid, AT_SYMLINK_NOFOLLOW) < 0)
        r = -errno;
    return r;
}

void paths_clear(struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        const struct program *p = &st->spec->programs[i];

        for (size_t k = 0; k < p->n_listens && !st->programs[i].pid; k++)
            if (p->listens[k].transport == TRANSPORT_UNIX)
                place_clear(st->owners[0].lodging->work, p->listens[k].path);
    }
}

bool path_is_left(struct stage *st, const struct program_run *p)
{
    bool left = false;

    for (size_t i = 0; i < p->spec->n_listens; i++) {
        _cleanup_fd_ int fd = -1;
        struct stat info;

        left |= p->spec->listens[i].path && open_socket(st, p->spec->listens[i].path, &fd, &info) == 0;
    }
    return left;
}

/* ---- whose is it? -------------------------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

/* Is that the socket at this path? It may have got there under another name; and where the file system has
 * numbers of its own for what it shows, the name tells. */
static bool is_at(struct stage *st, const char *path, const struct unix_info *s)
{
    _cleanup_fd_ int fd = -1;
    struct stat info;

    if (open_socket(st, path, &fd, &info) < 0)
        return false;
    return s->file == (uint32_t)info.st_ino || strcmp(last_part(s->name), last_part(path)) == 0;
}

const char *path_of_listener(struct stage *st, const struct program_run *p, const struct unix_info *s)
{
    for (size_t i = 0; i < p->spec->n_listens; i++) {
        const char *path = p->spec->listens[i].path;

        if (path && is_at(st, path, s))
            return path;
        if (path && strcmp(s->name, path) == 0) /* bound in another folder, or removed since */
            return arena_printf(&st->arena, "%s which is not in its place", path);
    }
    return s->name[0] ? arena_text(&st->arena, s->name) : "(without a name)";
}
