/*
 * folder.h - the files of one folder, by simple names.
 *
 * A name that has no slash and no dot in front cannot lead out of the folder, and a link is not followed. So
 * nothing has to be resolved.
 */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>

#define MAX_NAME 100

/* 1 to 100 letters, digits, `.`, `-` and `_`, and no dot in front. */
bool is_name(const char *name);

/* These return a descriptor, or -1 where there is none to be had. */
int folder_read(int folder, const char *name); /* a regular file, to be read from its beginning */
int folder_list(int folder);                   /* "name size\n" for each of them, sorted: a file, too */

/* What is not whole yet is no file of the folder: it grows under another name, which begins with a dot. */
int folder_begin(int folder, int number); /* `number`: no other file that grows has it */
bool folder_keep(int folder, int number, const char *name);
void folder_drop(int folder, int number);

#endif
