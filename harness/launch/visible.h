/* visible.h - which of the host's files a box shows, read-only: the system, and the toolchains in $PATH.
 * Private to launch. */
#pragma once
#include <stdbool.h>
#include <stddef.h>

struct visible {
    char **paths; /* owned; absolute, none inside another; may be symbolic links (/bin) */
    size_t n, cap;
};

/*
 * System directories, the directories of $PATH with the toolchain roots that they belong to, what links in
 * them point to, and `expose`. Toolchains often live under $HOME: those are shown, the rest of it is not;
 * hide (may be NULL) and its parents are never shown as a whole. What does not exist is left out.
 */
void visible_collect(struct visible *v, const char *const *expose, const char *hide);
void visible_deinit(struct visible *v);
bool visible_covers(const struct visible *v, const char *path); /* as text: path is absolute */
/* PATH of the programs: the caller's own, or a common one if it has none. */
const char *visible_path(void);
/* Does path lie in dir, or is it dir itself? As text. */
bool visible_inside(const char *path, const char *dir);
