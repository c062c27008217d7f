/* share.h - the files: those that we give, and those that we are given. */
#ifndef SHARE_H
#define SHARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_NAME 100
#define MAX_SIZE (1024 * 1024 * 1024) /* of a file, 1 GiB */

/* Is this the name of a file? Only names that lead nowhere else are: no slash, and no dot in front. */
bool share_is_name(const char *name);

/* Opens a file to be given. Returns its descriptor and size, or -1: there is no such file. */
int share_open(int dir, const char *name, uint64_t *size);

/*
 * A file that comes is written beside its place, and moved there once it is whole: nobody ever finds a piece
 * of it. Returns a descriptor, or -1. share_keep() and share_drop() close it.
 */
int share_create(int dir, const char *name);
bool share_keep(int dir, const char *name, int fd);
void share_drop(int dir, const char *name, int fd);

#endif
