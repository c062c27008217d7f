/* test_workdir.c - copies and removals of hostile trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fd.h"
#include "launch/workdir.h"

struct fixture {
    char from[64], to[64];
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    if (workdir_new(f->from, sizeof f->from, &f->err) < 0 || workdir_new(f->to, sizeof f->to, &f->err) < 0)
        return -1;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    workdir_remove(f->from, NULL);
    workdir_remove(f->to, NULL);
    free(f);
    return 0;
}

/* dir/name, in a buffer of the caller. */
static const char *in(char out[PATH_MAX], const char *dir, const char *name)
{
    snprintf(out, PATH_MAX, "%s/%s", dir, name);
    return out;
}

static void put(const char *dir, const char *name, const char *text, mode_t mode)
{
    char path[PATH_MAX];
    int fd = open(in(path, dir, name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, bytes_of(text)), 0);
    assert_int_equal(fchmod(fd, mode), 0);
    fd_close(fd);
}

static void make(const char *dir, const char *name)
{
    char path[PATH_MAX];

    assert_int_equal(mkdir(in(path, dir, name), 0755), 0);
}

static struct stat look(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat st = {0};

    assert_int_equal(lstat(in(path, dir, name), &st), 0);
    return st;
}

static bool is_there(const char *dir, const char *name)
{
    char path[PATH_MAX];
    struct stat st;

    return lstat(in(path, dir, name), &st) == 0;
}

static int copy(struct fixture *f, uint64_t bytes, uint32_t files)
{
    struct workdir_limits limits = {.bytes = bytes, .files = files};

    return workdir_copy(f->from, f->to, &limits, geteuid(), getegid(), &f->err);
}

static void keeps_what_matters(void **state)
{
    struct fixture *f = *state;
    struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 2000}};
    char path[PATH_MAX];
    struct stat st;

    make(f->from, "src");
    put(f->from, "src/server.c", "int main;\n", 0644);
    put(f->from, "run", "#!/bin/sh\n", 0755);
    put(f->from, "locked", "x", 0400);
    assert_int_equal(utimensat(AT_FDCWD, in(path, f->from, "run"), old, 0), 0);
    assert_int_equal(copy(f, 0, 0), COPIED);
    st = look(f->to, "src/server.c");
    assert_int_equal(st.st_size, 10);
    st = look(f->to, "run");
    assert_int_equal(st.st_mode & 0777, 0755);
    assert_int_equal(st.st_mtime, 2000); /* make goes by it */
    st = look(f->to, "locked");
    assert_int_equal(st.st_mode & 0777, 0600);
    st = look(f->from, "locked");
    assert_int_equal(st.st_mode & 0777, 0400);
}

static void leaves_out_what_is_no_file(void **state)
{
    struct fixture *f = *state;
    char path[PATH_MAX];
    struct stat st;

    assert_int_equal(mkfifo(in(path, f->from, "fifo"), 0600), 0);
    make(f->from, ".git");
    put(f->from, ".git/config", "", 0600);
    put(f->from, "setuid", "", 04755);
    assert_int_equal(copy(f, 0, 0), COPIED);
    assert_false(is_there(f->to, "fifo"));
    assert_false(is_there(f->to, ".git"));
    st = look(f->to, "setuid");
    assert_int_equal(st.st_mode & 07777, 0755);
}

static void links_are_not_followed(void **state)
{
    struct fixture *f = *state;
    char path[PATH_MAX];
    struct stat st;

    assert_int_equal(symlink("/etc", in(path, f->from, "dir")), 0);
    assert_int_equal(symlink("/etc/passwd", in(path, f->from, "file")), 0);
    assert_int_equal(symlink("nowhere", in(path, f->from, "dangling")), 0);
    assert_int_equal(copy(f, 0, 0), COPIED);
    st = look(f->to, "dir");
    assert_true(S_ISLNK(st.st_mode));
    st = look(f->to, "file");
    assert_true(S_ISLNK(st.st_mode));
    st = look(f->to, "dangling");
    assert_true(S_ISLNK(st.st_mode));
}

/* What lies in the target already is never written through. */
static void planted_links_stop_it(void **state)
{
    struct fixture *f = *state;
    char path[PATH_MAX], outside[64];

    assert_int_equal(workdir_new(outside, sizeof outside, &f->err), 0);
    make(f->from, "d");
    put(f->from, "d/file", "hostile", 0644);
    assert_int_equal(symlink(outside, in(path, f->to, "d")), 0);
    assert_true(copy(f, 0, 0) < 0);
    assert_false(is_there(outside, "file"));
    workdir_remove(outside, NULL);
}

static void limits(void **state)
{
    struct fixture *f = *state;

    put(f->from, "a", "12345", 0644);
    make(f->from, "d");
    put(f->from, "d/b", "12345", 0644);
    assert_int_equal(copy(f, 10, 3), COPIED);
    assert_int_equal(workdir_remove(f->to, &f->err), 0);
    assert_int_equal(mkdir(f->to, 0700), 0);
    assert_int_equal(copy(f, 9, 3), COPY_TOO_BIG);
    assert_non_null(strstr(f->err.text, "too big"));
    assert_int_equal(workdir_remove(f->to, &f->err), 0);
    assert_int_equal(mkdir(f->to, 0700), 0);
    assert_int_equal(copy(f, 10, 2), COPY_TOO_MANY);
    assert_non_null(strstr(f->err.text, "too many"));
}

/* Nested directories, made through descriptors: no path is that long. */
static void dig(const char *dir, int depth)
{
    int at = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (int i = 0; i < depth; i++) {
        int next;

        assert_int_equal(mkdirat(at, "d", 0700), 0);
        next = openat(at, "d", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        fd_close(at);
        at = next;
        assert_true(at >= 0);
    }
    fd_close(at);
}

static void depth(void **state)
{
    struct fixture *f = *state;

    dig(f->from, 3000);
    assert_int_equal(copy(f, 0, 0), COPY_TOO_DEEP);
    assert_int_equal(workdir_remove(f->from, &f->err), 0);
    assert_false(is_there(f->from, "."));
}

static void removes_what_resists(void **state)
{
    struct fixture *f = *state;
    char path[PATH_MAX], outside[64];

    assert_int_equal(workdir_new(outside, sizeof outside, &f->err), 0);
    put(outside, "mine", "x", 0600);
    make(f->from, "shut");
    put(f->from, "shut/file", "x", 0);
    assert_int_equal(symlink(outside, in(path, f->from, "shut/link")), 0);
    assert_int_equal(chmod(in(path, f->from, "shut"), 0), 0);
    make(f->from, "listed");
    make(f->from, "listed/d");
    assert_int_equal(chmod(in(path, f->from, "listed"), 0500), 0);
    assert_int_equal(workdir_remove(f->from, &f->err), 0);
    assert_false(is_there(f->from, "."));
    assert_true(is_there(outside, "mine"));
    assert_int_equal(workdir_remove(outside, &f->err), 0);
}

static void removing_a_link_spares_its_target(void **state)
{
    struct fixture *f = *state;
    char path[PATH_MAX];

    put(f->to, "mine", "x", 0600);
    assert_int_equal(symlink(f->to, in(path, f->from, "link")), 0);
    assert_true(workdir_remove(path, &f->err) < 0);
    assert_true(is_there(f->to, "mine"));
}

static void nothing_there(void **state)
{
    struct fixture *f = *state;
    char path[PATH_MAX];

    assert_int_equal(workdir_remove(in(path, f->from, "nowhere"), &f->err), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keeps_what_matters),
        TEST(leaves_out_what_is_no_file),
        TEST(links_are_not_followed),
        TEST(planted_links_stop_it),
        TEST(limits),
        TEST(depth),
        TEST(removes_what_resists),
        TEST(removing_a_link_spares_its_target),
        TEST(nothing_there),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
