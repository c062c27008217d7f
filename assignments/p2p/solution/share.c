/* share.c - opens, writes and names files. All of them are in one directory, of which we hold a descriptor.
 */
#include "share.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool share_is_name(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t n = strlen(name);

    return n >= 1 && n <= MAX_NAME && name[0] != '.' && strspn(name, allowed) == n;
}

int share_open(int dir, const char *name, uint64_t *size)
{
    struct stat status;
    /* O_NONBLOCK: a FIFO would make us wait for its writer. O_NOFOLLOW: a link may lead out of the directory.
     */
    int fd = share_is_name(name) ? openat(dir, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC) : -1;

    if (fd < 0)
        return -1;
    if (fstat(fd, &status) < 0 || !S_ISREG(status.st_mode) || status.st_size > MAX_SIZE) {
        close(fd);
        return -1;
    }
    *size = status.st_size;
    return fd;
}

#define MAX_PART (MAX_NAME + sizeof("..part"))

/* The dot in front keeps it from being given to anybody. */
static void part_name(char part[MAX_PART], const char *name)
{
    snprintf(part, MAX_PART, ".%s.part", name);
}

int share_create(int dir, const char *name)
{
    char part[MAX_PART];

    part_name(part, name);
    return openat(dir, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
}

bool share_keep(int dir, const char *name, int fd)
{
    char part[MAX_PART];

    part_name(part, name);
    return close(fd) == 0 && renameat(dir, part, dir, name) == 0;
}

void share_drop(int dir, const char *name, int fd)
{
    char part[MAX_PART];

    part_name(part, name);
    close(fd);
    unlinkat(dir, part, 0);
}
