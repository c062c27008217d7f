/* build_hint.c - what to do about the usual ways in which submissions fail to build (see build.h). */
#include "base/fd.h"
#include "base/mem.h"
#include "launch/build.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FOLDER                                                                                               \
    "That folder is not in the submission: empty folders get lost on the way (git, zip). Let the Makefile "  \
    "make it: mkdir -p FOLDER."
#define HEADER "Include the header that declares it: its manual page (man 2, man 3 or man 7) names it."

/* Marks of the first error line, in order: the first that occurs decides. */
static const struct {
    const char *mark, *hint;
} hints[] = {
    {"opening dependency file", FOLDER},
    {"can't create ", FOLDER},
    {"cannot open output file", FOLDER},
    {"Cannot create temporary file in", FOLDER},
    {"implicit declaration of function", HEADER},
    {"was not declared in this scope", HEADER},
    {"undeclared", HEADER},
    {"storage size of", HEADER},
    {"unknown type name", HEADER},
    {"has incomplete type", HEADER},
    {"-Werror",
     "-Werror makes an error of every warning, and compilers differ in what they warn of. Mend what "
     "this one warns of."},
    {".h: No such file",
     "That header is neither in the submission nor on this machine: is it handed in, and is its "
     "name spelt just so (capitals count)?"},
    {"cannot find -l", "That library is not on this machine: do without it, or ask what may be used."},
    {"undefined reference to `main'", "No file of those linked defines main."},
    {"undefined reference to `pthread_", "Link with -pthread."},
    {"undefined reference to",
     "None of the files that were linked defines it: is one missing from the command, or a "
     "library (-pthread, -lm)?"},
    {"multiple definition of", "Define it in one source file, and declare it `extern` in the header."},
    {"No rule to make target",
     "The Makefile needs a file that is not in the submission: is it handed in, under just "
     "that name (capitals count)?"},
    {"no makefile found", "There is no Makefile right in the folder that was handed in."},
    {"missing separator", "Commands in a Makefile begin with a tab, not with spaces."},
    {"should be declared in a file named", "A public class stands in a file of its own name."},
    {"no required module provides package",
     "There is no network here, so only the standard library can be used, or "
     "what is handed in under vendor/."},
    {"ModuleNotFoundError", "There is no network here: only what is installed or handed in can be imported."},
    {"Cannot find module", "There is no network here: only what is installed or handed in can be loaded."},
    {": Permission denied", "Is it executable (chmod +x)?"},
};

/* What a linker says of objects that another machine or another compiler made. */
static const char *const foreign[] = {
    "file format not recognized",
    "wrong format",
    "is incompatible with",
    "undefined reference to",
    "undefined symbol",
    "recompile with -fPI",
    "LTO version",
    "multiple definition of",
    "not recognized",
    "could not read symbols",
};

/* ---- objects that were handed in ----------------------------------------------------------------- */

#define DEPTH_MAX 8
#define FILES_MAX 4000

struct handed {
    char *path; /* owned, from the submission's folder */
    struct timespec changed;
};

struct hand_in {
    struct handed *files; /* objects and sources */
    size_t n, cap, seen;
};

static bool ends_in(const char *name, const char *const *endings)
{
    const char *dot = strrchr(name, '.');

    for (; dot && dot != name && *endings; endings++)
        if (!strcmp(dot, *endings))
            return true;
    return false;
}

static bool is_object(const char *name)
{
    return ends_in(name, (const char *const[]){".o", ".obj", ".a", NULL});
}

static bool is_source(const char *name)
{
    return ends_in(name, (const char *const[]){".c", ".cc", ".cpp", ".cxx", ".C", NULL});
}

static void walk(struct hand_in *h, int parent, const char *path, int depth)
{
    int fd = openat(parent, depth ? strrchr(path, '/') + 1 : path,
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth ? O_NOFOLLOW : 0));
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    struct dirent *entry;

    if (!dir)
        fd_close(fd);
    while (dir && h->seen++ < FILES_MAX && (entry = readdir(dir))) {
        _cleanup_buf_ struct buf full = BUF_INIT;
        struct stat st;

        if (entry->d_name[0] == '.' || fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
            continue;
        buf_printf(&full, "%s/%s", path, entry->d_name);
        if (S_ISDIR(st.st_mode) && depth < DEPTH_MAX) {
            _cleanup_free_ char *below = buf_steal_text(&full);
            walk(h, fd, below, depth + 1);
        } else if (S_ISREG(st.st_mode) && (is_object(entry->d_name) || is_source(entry->d_name))) {
            *array_push(h->files, h->n, h->cap) = (struct handed){buf_steal_text(&full), st.st_mtim};
        }
    }
    if (dir)
        closedir(dir);
}

static const char *base(const char *path)
{
    return strrchr(path, '/') + 1;
}

static bool same_stem(const char *a, const char *b)
{
    size_t n = strcspn(base(a), ".");

    return n == strcspn(base(b), ".") && !memcmp(base(a), base(b), n);
}

static bool older(struct timespec a, struct timespec b)
{
    return a.tv_sec != b.tv_sec ? a.tv_sec < b.tv_sec : a.tv_nsec < b.tv_nsec;
}

/* The source that this object would be made from; NULL: none was handed in. */
static const struct handed *source_of(const struct hand_in *h, const struct handed *object)
{
    for (size_t i = 0; i < h->n; i++)
        if (is_source(h->files[i].path) && same_stem(h->files[i].path, object->path))
            return &h->files[i];
    return NULL;
}

/* An object that make did not make, and that the output names. */
static bool tell_stale(const struct hand_in *h, const char *root, struct bytes output, struct buf *hint)
{
    for (size_t i = 0; i < h->n; i++) {
        const struct handed *object = &h->files[i], *source;
        size_t prefix = strlen(root) + 1;

        if (!is_object(object->path) || !bytes_find(output, bytes_of(base(object->path))))
            continue;
        source = source_of(h, object);
        if (source && older(object->changed, source->changed))
            continue; /* which make has seen, too */
        buf_printf(hint, "%s was handed in ready-made", object->path + prefix);
        if (source)
            buf_printf(hint, ", and is not older than %s, so that make did not compile it here",
                       source->path + prefix);
        buf_text(hint, ". Hand in sources only: make clean, or delete *.o, before.");
        return true;
    }
    return false;
}

static bool hint_stale(struct bytes error, struct bytes output, const char *submission, struct buf *hint)
{
    struct hand_in h = {0};
    bool found = false;

    for (size_t i = 0; i < array_len(foreign) && !found; i++)
        found = bytes_find(error, bytes_of(foreign[i]));
    if (!found)
        return false;
    walk(&h, AT_FDCWD, submission, 0);
    found = tell_stale(&h, submission, output, hint);
    for (size_t i = 0; i < h.n; i++)
        mem_free(h.files[i].path);
    mem_free(h.files);
    return found;
}

void build_hint(struct bytes error, struct bytes output, const char *submission, struct buf *hint)
{
    if (hint_stale(error, output, submission, hint))
        return;
    for (size_t i = 0; i < array_len(hints); i++)
        if (bytes_find(error, bytes_of(hints[i].mark))) {
            buf_text(hint, hints[i].hint);
            return;
        }
}
