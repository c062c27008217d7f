/* file.c - see file.h. */
#include "file.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* "/srv/www-old/x" begins with "/srv/www", and is not below it: the slash counts. */
static bool is_below(const char *real, const char *root)
{
    size_t n = strlen(root);

    if (strcmp(root, "/") == 0)
        return true;
    return strncmp(real, root, n) == 0 && real[n] == '/';
}

int file_open(const char *root, const char *path, off_t *size)
{
    char wanted[2 * PATH_MAX], real[PATH_MAX];
    struct stat info;
    bool folder = path[strlen(path) - 1] == '/';

    if (snprintf(wanted, sizeof(wanted), "%s%s%s", root, path, folder ? "index.html" : "") >=
        (int)sizeof(wanted))
        return -1;
    /* Not the name is checked but what it leads to: whatever dots, slashes and links are on the way. */
    if (!realpath(wanted, real) || !is_below(real, root))
        return -1;
    int fd = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not hold us up */
    if (fd >= 0 && (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        return -1;
    }
    if (fd >= 0)
        *size = info.st_size;
    return fd;
}
