#include "launch/workdir.h"

#include "base/buf.h"
#include "base/escape.h"
#include "base/fd.h"
#include "base/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 64

struct copy {
    const struct workdir_limits *limits;
    uint64_t bytes;
    uint32_t files;
    uid_t uid;
    gid_t gid;
    struct err *err;
};

int workdir_new(char *path, size_t size, struct err *e)
{
    const char *base = getenv("TMPDIR");
    int n = snprintf(path, size, "%s/sockgrade-XXXXXX", base && *base == '/' ? base : "/tmp");

    if (n < 0 || (size_t)n >= size)
        return err_say(e, -ENAMETOOLONG, "$TMPDIR is too long");
    if (!mkdtemp(path) || chmod(path, 0711) < 0)
        return err_set(e, errno, "cannot make the temporary directory %s", path);
    return 0;
}

/* The student chose the name. Returns r. */
static int blame(struct copy *c, int r, const char *name, const char *what)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    escape_text(&text, bytes_of(name));
    buf_byte(&text, 0);
    if (r < 0)
        err_set(c->err, r, "%s %s", what, text.data);
    else
        err_say(c->err, 0, "%s, at %s", what, text.data);
    return r;
}

static bool is_full(const struct copy *c)
{
    return c->limits->bytes && c->bytes > c->limits->bytes;
}

/* 0, COPY_TOO_BIG or -errno. The size is counted as it is read: the file may grow. */
static int copy_bytes(struct copy *c, int in, int out)
{
    _cleanup_free_ uint8_t *block = mem_new(65536);

    for (;;) {
        ssize_t n = read(in, block, 65536);
        int r;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : 0;
        c->bytes += (uint64_t)n;
        if (is_full(c))
            return COPY_TOO_BIG;
        r = fd_write_all(out, (struct bytes){block, (size_t)n});
        if (r < 0)
            return r;
    }
}

static int finish(const struct copy *c, int fd, const struct stat *st, mode_t at_least)
{
    if (geteuid() == 0 && fchown(fd, c->uid, c->gid) < 0)
        return -errno;
    if (fchmod(fd, (st->st_mode & 0777) | at_least) < 0)
        return -errno;
    return futimens(fd, (const struct timespec[]){st->st_atim, st->st_mtim}) < 0 ? -errno : 0;
}

static int copy_file(struct copy *c, int from, int to, const char *name)
{
    _cleanup_fd_ int in = openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    _cleanup_fd_ int out = -1;
    struct stat st;
    int r;

    if (in < 0 || fstat(in, &st) < 0)
        return blame(c, -errno, name, "cannot read");
    if (!S_ISREG(st.st_mode))
        return 0; /* It changed under our eyes. */
    out = openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (out < 0)
        return blame(c, -errno, name, "cannot write");
    r = copy_bytes(c, in, out);
    if (!r)
        r = finish(c, out, &st, S_IRUSR | S_IWUSR);
    if (r)
        return blame(c, r, name, r < 0 ? "cannot copy" : "the files are too big");
    return 0;
}

static int copy_link(struct copy *c, int from, int to, const char *name)
{
    char target[PATH_MAX];
    ssize_t n = readlinkat(from, name, target, sizeof target - 1);

    if (n < 0)
        return blame(c, -errno, name, "cannot read the link");
    target[n] = 0;
    if (symlinkat(target, to, name) < 0)
        return blame(c, -errno, name, "cannot make the link");
    if (geteuid() == 0 && fchownat(to, name, c->uid, c->gid, AT_SYMLINK_NOFOLLOW) < 0)
        return blame(c, -errno, name, "cannot give away the link");
    return 0;
}

static int copy_dir(struct copy *c, int from, int to, unsigned depth);

static int copy_subdir(struct copy *c, int from, int to, const char *name, unsigned depth)
{
    _cleanup_fd_ int in = openat(from, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    _cleanup_fd_ int out = -1;
    struct stat st;
    int r;

    if (depth >= DEPTH_MAX)
        return blame(c, COPY_TOO_DEEP, name, "the directories are too deep");
    if (in < 0 || fstat(in, &st) < 0)
        return blame(c, -errno, name, "cannot read the directory");
    if (mkdirat(to, name, 0700) < 0)
        return blame(c, -errno, name, "cannot make the directory");
    out = openat(to, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (out < 0)
        return blame(c, -errno, name, "cannot open the directory");
    r = copy_dir(c, in, out, depth + 1);
    if (r)
        return r;
    r = finish(c, out, &st, S_IRWXU);
    return r < 0 ? blame(c, r, name, "cannot finish the directory") : 0;
}

static int copy_entry(struct copy *c, int from, int to, const char *name, unsigned depth)
{
    struct stat st;

    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return errno == ENOENT ? 0 : blame(c, -errno, name, "cannot look at");
    if (c->limits->files && ++c->files > c->limits->files)
        return blame(c, COPY_TOO_MANY, name, "there are too many files");
    if (S_ISDIR(st.st_mode))
        return copy_subdir(c, from, to, name, depth);
    if (S_ISLNK(st.st_mode))
        return copy_link(c, from, to, name);
    return S_ISREG(st.st_mode) ? copy_file(c, from, to, name) : 0;
}

static bool is_skipped(const char *name)
{
    return !strcmp(name, ".") || !strcmp(name, "..") || !strcmp(name, ".git");
}

/* A stream over a copy of the descriptor, from its start. */
static DIR *open_stream(int fd)
{
    int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = copy < 0 ? NULL : fdopendir(copy);

    if (!d)
        fd_close(copy);
    return d;
}

static int copy_dir(struct copy *c, int from, int to, unsigned depth)
{
    DIR *d = open_stream(from);
    struct dirent *entry;
    int r = 0;

    if (!d)
        return blame(c, -errno, ".", "cannot list the directory");
    while (!r && (entry = readdir(d)))
        if (!is_skipped(entry->d_name))
            r = copy_entry(c, from, to, entry->d_name, depth);
    closedir(d);
    return r;
}

int workdir_copy(const char *from, const char *to, const struct workdir_limits *limits, uid_t uid, gid_t gid,
                 struct err *e)
{
    static const struct workdir_limits none;
    struct copy c = {.limits = limits ? limits : &none, .uid = uid, .gid = gid, .err = e};
    _cleanup_fd_ int in = open(from, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    _cleanup_fd_ int out = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int r;

    if (in < 0 || out < 0)
        return err_set(e, errno, "cannot open the directory %s", in < 0 ? from : to);
    r = copy_dir(&c, in, out, 0);
    if (!r && geteuid() == 0 && fchown(out, uid, gid) < 0)
        r = err_set(e, errno, "cannot give away %s", to);
    if (r)
        err_wrap(e, "copying %s", from);
    return r;
}
