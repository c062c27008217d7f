/* folder.c - see folder.h. */
#include "folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

bool is_name(const char *name)
{
    size_t n = strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    return n > 0 && n <= MAX_NAME && name[n] == '\0' && name[0] != '.';
}

/* ---- files that are there ------------------------------------------------------------------------------ */

int folder_read(int folder, const char *name)
{
    struct stat info;
    /* O_NONBLOCK: opening a named pipe must not hold us up. It means nothing to a regular file. */
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0 && (fstat(fd, &info) < 0 || !S_ISREG(info.st_mode))) {
        close(fd);
        return -1;
    }
    return fd;
}

static int is_visible(const struct dirent *entry)
{
    return is_name(entry->d_name);
}

/* strcmp goes by bytes; alphasort would go by the user's language. */
static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

int folder_list(int folder)
{
    struct dirent **entries;
    struct stat info;
    int n = scandirat(folder, ".", &entries, is_visible, by_bytes);
    int fd = n < 0 ? -1 : memfd_create("list", MFD_CLOEXEC); /* a file that is nowhere but in memory */

    for (int i = 0; i < n; i++) {
        if (fd >= 0 && fstatat(folder, entries[i]->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode))
            dprintf(fd, "%s %lld\n", entries[i]->d_name, (long long)info.st_size);
        free(entries[i]);
    }
    if (n >= 0)
        free(entries);
    if (fd >= 0)
        lseek(fd, 0, SEEK_SET);
    return fd;
}

/* ---- files that grow ----------------------------------------------------------------------------------- */

static void part_name(char name[32], int number)
{
    snprintf(name, 32, ".part-%d", number);
}

int folder_begin(int folder, int number)
{
    char part[32];

    part_name(part, number);
    return openat(folder, part, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
}

/* rename() takes the place of an older file at one stroke: nobody ever sees half of the new one. */
bool folder_keep(int folder, int number, const char *name)
{
    char part[32];

    part_name(part, number);
    return renameat(folder, part, folder, name) == 0;
}

void folder_drop(int folder, int number)
{
    char part[32];

    part_name(part, number);
    unlinkat(folder, part, 0);
}
