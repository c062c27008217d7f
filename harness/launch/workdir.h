/*
 * workdir.h - private temporary directories, and copies of trees that a student made.
 *
 * Such trees are hostile: links that lead out, devices, fifos, thousands of levels. Everything goes by
 * descriptors of directories and never follows a link, so nothing outside is read or written.
 */
#pragma once
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* Makes a directory of ours in $TMPDIR or /tmp, mode 0711: the student's uid may pass through it. Its path
 * goes to `path`. 0 or a fault. */
int workdir_new(char *path, size_t size, struct err *e);

struct workdir_limits { /* 0: no limit */
    uint64_t bytes;
    uint32_t files; /* directories and links count too */
};

enum copied {
    COPIED,
    COPY_TOO_BIG,  /* more bytes than allowed */
    COPY_TOO_MANY, /* more files */
    COPY_TOO_DEEP, /* more than 64 levels */
};
/*
 * limits may be NULL. Copies the content of directory `from` into the existing directory `to`, which then
 * belongs to uid and gid, like the copies (as non-root they are ours). Links are copied as links, modes kept
 * but for set-id bits, and so are modification times, for make; sockets, fifos and devices are left out, and
 * so is .git. Nothing in `from` is changed. Other than COPIED: e says which path was one too much, and `to`
 * holds a part. Negative: a fault.
 */
int workdir_copy(const char *from, const char *to, const struct workdir_limits *limits, uid_t uid, gid_t gid,
                 struct err *e);

/* Removes a tree, whatever is in it. 0 (also if it is not there) or a fault. No process may be at work in it
 * any more. */
int workdir_remove(const char *path, struct err *e);
