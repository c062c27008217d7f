/* place.h - puts files of the spec into a working directory that a student's build may have prepared against
 * us. */
#pragma once
#include "base/buf.h"

#include <sys/types.h>

/* Writes content to `path` (relative, without `..`) below dir, through directories that are made as needed
 * and never through a link; what is there is replaced. uid and gid own what is made (as non-root we do). 0 or
 * -errno. */
int place_file(const char *dir, const char *path, struct bytes content, uid_t uid, gid_t gid);
