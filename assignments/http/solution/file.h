/* file.h - files below one folder, and no others. */
#ifndef FILE_H
#define FILE_H

#include <sys/types.h>

/* Opens the regular file that `path`, which begins with a slash, means below `root`: a real path, as
 * realpath() gives it. Returns a descriptor, and its size, or -1. */
int file_open(const char *root, const char *path, off_t *size);

#endif
