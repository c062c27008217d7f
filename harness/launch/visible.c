#include "launch/visible.h"

#include "base/mem.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINKS_MAX 512 /* entries of one directory of PATH that are looked at */

static const char *const system_dirs[] = {"/usr",   "/bin",    "/sbin", "/lib", "/lib32",
                                          "/lib64", "/libx32", "/etc",  "/opt", "/nix"};
/* Shown in pieces only: everyone's files are below. */
static const char *const wide_dirs[] = {"/root", "/home", "/tmp", "/var/tmp"};
/* What a directory of PATH under $HOME needs beside itself, and cannot show its parent for: credentials lie
 * there. */
static const struct {
    const char *dir, *also;
} companions[] = {{".local/bin", ".local/lib"}, {".cargo/bin", ".rustup"}};

bool visible_inside(const char *path, const char *dir)
{
    size_t len = strlen(dir);

    while (len > 1 && dir[len - 1] == '/')
        len--;
    if (len == 1 && *dir == '/')
        return *path == '/';
    return len && !strncmp(path, dir, len) && (path[len] == '/' || !path[len]);
}

bool visible_covers(const struct visible *v, const char *path)
{
    for (size_t i = 0; i < v->n; i++)
        if (visible_inside(path, v->paths[i]))
            return true;
    return false;
}

void visible_deinit(struct visible *v)
{
    for (size_t i = 0; i < v->n; i++)
        mem_free(v->paths[i]);
    mem_free(v->paths);
    *v = (struct visible){0};
}

const char *visible_path(void)
{
    const char *path = getenv("PATH");

    return path && *path ? path : "/usr/local/bin:/usr/bin:/bin";
}

/* Keeps the list free of paths inside others. */
static void add(struct visible *v, const char *path)
{
    struct stat st;

    if (*path != '/' || !path[1] || visible_covers(v, path) || lstat(path, &st) < 0)
        return;
    for (size_t i = 0; i < v->n;) {
        if (!visible_inside(v->paths[i], path)) {
            i++;
            continue;
        }
        mem_free(v->paths[i]);
        v->paths[i] = v->paths[--v->n];
    }
    *array_push(v->paths, v->n, v->cap) = mem_text(path);
}

/* May this directory not be shown as a whole, since somebody's own files lie in it? */
static bool too_wide(const char *dir, const char *hide)
{
    const char *home = getenv("HOME");
    char cwd[PATH_MAX];

    for (size_t i = 0; i < array_len(wide_dirs); i++)
        if (visible_inside(wide_dirs[i], dir))
            return true;
    return !strcmp(dir, "/") || (home && *home == '/' && visible_inside(home, dir)) ||
           (hide && visible_inside(hide, dir)) || (getcwd(cwd, sizeof cwd) && visible_inside(cwd, dir));
}

/* For a directory of PATH under $HOME whose parent is not one toolchain. True: it was one of those. */
static bool add_companion(struct visible *v, const char *dir)
{
    const char *home = getenv("HOME");
    char path[PATH_MAX];

    for (size_t i = 0; home && i < array_len(companions); i++) {
        snprintf(path, sizeof path, "%s/%s", home, companions[i].dir);
        if (strcmp(dir, path))
            continue;
        add(v, dir);
        snprintf(path, sizeof path, "%s/%s", home, companions[i].also);
        add(v, path);
        return true;
    }
    return false;
}

static bool is_bin(const char *name)
{
    static const char *const names[] = {"bin", "sbin", "shims", "libexec"};

    for (size_t i = 0; i < array_len(names); i++)
        if (!strcmp(name, names[i]))
            return true;
    return false;
}

/* A directory with programs, and the toolchain that it is the bin of. False: it does not look like one. */
static bool add_toolchain(struct visible *v, const char *dir, const char *hide)
{
    char parent[PATH_MAX];
    char *slash;

    if (visible_covers(v, dir) || add_companion(v, dir))
        return true;
    snprintf(parent, sizeof parent, "%s", dir);
    slash = strrchr(parent, '/');
    if (!slash || !is_bin(slash + 1))
        return false;
    *slash = 0;
    add(v, *parent && !too_wide(parent, hide) ? parent : dir);
    return true;
}

/* ~/.local/bin/node -> ~/node/bin/node: the toolchain of the target, or else just that file. */
static void add_link(struct visible *v, const char *link, const char *hide)
{
    char target[PATH_MAX], dir[PATH_MAX];
    char *slash;

    if (!realpath(link, target) || visible_covers(v, target))
        return;
    memcpy(dir, target, sizeof dir);
    slash = strrchr(dir, '/');
    *slash = 0;
    if (!add_toolchain(v, dir, hide))
        add(v, target);
}

static void add_links(struct visible *v, const char *dir, const char *hide)
{
    DIR *d = opendir(dir);
    struct dirent *entry;
    char path[PATH_MAX + NAME_MAX + 2];

    for (int i = 0; d && i < LINKS_MAX && (entry = readdir(d)); i++) {
        if (entry->d_type != DT_LNK)
            continue;
        snprintf(path, sizeof path, "%s/%s", dir, entry->d_name);
        add_link(v, path, hide);
    }
    if (d)
        closedir(d);
}

/* Both as PATH names it and where that is: either may be used by what runs. */
static void add_path_dir(struct visible *v, const char *dir, const char *hide)
{
    static const char *const distribution[] = {"/usr/bin", "/usr/sbin"};
    char real[PATH_MAX];

    if (*dir != '/' || !realpath(dir, real))
        return;
    for (size_t i = 0; i < array_len(distribution); i++)
        if (!strcmp(real, distribution[i]))
            return; /* Its links stay within the system, and are many. */
    if (!add_toolchain(v, real, hide))
        add(v, real);
    if (!visible_covers(v, dir))
        add(v, dir);
    add_links(v, real, hide);
}

void visible_collect(struct visible *v, const char *const *expose, const char *hide)
{
    char dir[PATH_MAX];

    *v = (struct visible){0};
    for (size_t i = 0; i < array_len(system_dirs); i++)
        add(v, system_dirs[i]);
    for (const char *path = visible_path(); *path;) {
        size_t len = strcspn(path, ":");

        if (len < sizeof dir) {
            memcpy(dir, path, len);
            dir[len] = 0;
            add_path_dir(v, dir, hide);
        }
        path += len + (path[len] == ':');
    }
    for (; expose && *expose; expose++) {
        if (realpath(*expose, dir))
            add(v, dir);
        add(v, *expose); /* a link, perhaps: then under its own name too */
    }
}
