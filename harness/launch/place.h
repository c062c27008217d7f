/* place.h - puts files of the spec into a working directory that a student's build may have prepared against
 * us, and opens what programs have put there. */
#pragma once
#include "base/buf.h"

#include <sys/types.h>

/* Writes content to `path` (relative, without `..`) below dir, through directories that are made as needed
 * and never through a link; what is there is replaced. uid and gid own what is made (as non-root we do). 0 or
 * -errno. */
int place_file(const char *dir, const char *path, struct bytes content, uid_t uid, gid_t gid);
/* Opens what is at `path` below dir, through no link and out of no folder; flags as for open(2). The
 * descriptor, the caller's, or -errno. */
int place_open(const char *dir, const char *path, int flags);
/* The folder that `path` is in, opened with O_PATH, and in *name its last part. As place_open. */
int place_folder(const char *dir, const char *path, const char **name);
/* Removes whatever is at `path`. */
void place_clear(const char *dir, const char *path);
