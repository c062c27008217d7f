/* test_capture.c - what programs write is read and bounded; files are placed where they belong; uids are
 * one's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fd.h"
#include "base/mem.h"
#include "launch/capture.h"
#include "launch/claim.h"
#include "launch/place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- capture ------------------------------------------------------------------------------------------- */

struct bench {
    struct loop loop;
    struct capture capture;
    int theirs;
};

static void setup(struct bench *b, bool terminal, uint64_t limit)
{
    assert_int_equal(loop_init(&b->loop), 0);
    capture_init(&b->capture, &b->loop, limit);
    assert_int_equal(capture_open(&b->capture, terminal, &b->theirs), 0);
}

static void teardown(struct bench *b)
{
    capture_deinit(&b->capture);
    assert_int_equal(b->loop.watches, 0);
    loop_deinit(&b->loop);
    fd_close(b->theirs);
}

/* All that there is to read now. */
static void pump(struct bench *b)
{
    while (loop_run(&b->loop, 0) > 0)
        ;
}

static void put(struct bench *b, char letter, size_t n)
{
    char chunk[4096];

    while (n) {
        size_t now = n < sizeof chunk ? n : sizeof chunk;

        memset(chunk, letter, now);
        assert_int_equal(fd_write_all(b->theirs, (struct bytes){(uint8_t *)chunk, now}), 0);
        pump(b);
        n -= now;
    }
}

static void put_text(struct bench *b, const char *text)
{
    assert_int_equal(fd_write_all(b->theirs, bytes_of(text)), 0);
    pump(b);
}

static void assert_rest(const struct bench *b, const char *text)
{
    assert_true(bytes_equal(capture_rest(&b->capture), bytes_of(text)));
}

static void a_pipe(void **state)
{
    struct bench b;

    (void)state;
    setup(&b, false, 1000);
    assert_false(isatty(b.theirs));
    assert_true(fcntl(b.theirs, F_GETFD) & FD_CLOEXEC);
    put_text(&b, "one\n");
    put_text(&b, "two\n");
    assert_rest(&b, "one\ntwo\n");
    b.capture.taken = 4;
    assert_rest(&b, "two\n");
    capture_begin_case(&b.capture); /* what was left over is nobody's now */
    assert_rest(&b, "");
    put_text(&b, "three");
    assert_rest(&b, "three");
    assert_false(b.capture.ended);
    fd_closep(&b.theirs);
    pump(&b);
    assert_true(b.capture.ended);
    assert_rest(&b, "three");
    teardown(&b);
}

/* Raw, so that what comes is what was written; and its end is told too. */
static void a_terminal(void **state)
{
    struct bench b;

    (void)state;
    setup(&b, true, 1000);
    assert_true(isatty(b.theirs));
    assert_false(capture_drain(&b.capture));
    put_text(&b, "a\nb\tc\r\n\x03\x04");
    capture_drain(&b.capture);
    assert_rest(&b, "a\nb\tc\r\n\x03\x04");
    assert_int_equal(fd_write_all(b.capture.fd, bytes_of("typed")), 0);
    capture_drain(&b.capture);
    assert_rest(&b, "a\nb\tc\r\n\x03\x04"); /* no echo */
    fd_closep(&b.theirs);
    capture_drain(&b.capture);
    assert_true(b.capture.ended);
    assert_false(capture_drain(&b.capture));
    teardown(&b);
}

static void past_the_limit(void **state)
{
    struct arena a = {0};
    struct excerpt e;
    struct bench b;

    (void)state;
    setup(&b, false, 10000);
    put(&b, 'a', 9000);
    assert_false(capture_over_limit(&b.capture));
    put(&b, 'b', 1001);
    assert_true(capture_over_limit(&b.capture));
    put(&b, 'c', 100000);
    assert_in_range(b.capture.text.len, 9000, 10000);
    e = capture_excerpt(&b.capture, &a);
    assert_int_equal(e.total, 110001);
    assert_int_equal(e.head.len, EXCERPT_MAX);
    assert_int_equal(e.head.data[0], 'a');
    capture_begin_case(&b.capture); /* each case has a limit of its own */
    assert_false(capture_over_limit(&b.capture));
    put_text(&b, "x");
    assert_rest(&b, "x");
    arena_deinit(&a);
    teardown(&b);
}

/* No byte is counted twice, or a reader of the record would not believe it. */
static void assert_believable(const struct excerpt *e)
{
    assert_true(e->head.len + e->tail.len <= e->total);
    assert_true(e->head.len <= 2 * EXCERPT_MAX && e->tail.len <= EXCERPT_MAX);
}

static void just_past_the_limit(void **state)
{
    static const size_t sizes[] = {1, 20, EXCERPT_MAX, EXCERPT_MAX + 7, 2 * EXCERPT_MAX, 3 * EXCERPT_MAX};

    (void)state;
    for (size_t i = 0; i < array_len(sizes); i++) {
        struct arena a = {0};
        struct excerpt e;
        struct bench b;

        setup(&b, false, sizes[i]);
        put(&b, 'a', sizes[i]);
        put_text(&b, "b");
        e = capture_excerpt(&b.capture, &a);
        assert_believable(&e);
        assert_int_equal(e.total, sizes[i] + 1);
        assert_false(excerpt_is_whole(&e));
        arena_deinit(&a);
        teardown(&b);
    }
}

static void excerpts_of_long_runs(void **state)
{
    struct arena a = {0};
    struct excerpt e;
    struct bench b;

    (void)state;
    setup(&b, false, UINT64_C(1) << 30);
    e = capture_excerpt(&b.capture, &a);
    assert_true(e.total == 0 && excerpt_is_whole(&e));
    put(&b, 'a', 2 * EXCERPT_MAX);
    e = capture_excerpt(&b.capture, &a);
    assert_true(excerpt_is_whole(&e));
    put(&b, 'b', 20 * EXCERPT_MAX);
    e = capture_excerpt(&b.capture, &a);
    assert_int_equal(e.head.data[0], 'a');
    assert_int_equal(e.tail.data[EXCERPT_MAX - 1], 'b');
    for (int i = 0; i < 5; i++) { /* cases without end must not fill the memory */
        capture_begin_case(&b.capture);
        assert_in_range(b.capture.text.len, EXCERPT_MAX, 16 * EXCERPT_MAX);
        put(&b, (char)('c' + i), 20 * EXCERPT_MAX);
    }
    put_text(&b, "the end");
    e = capture_excerpt(&b.capture, &a);
    assert_believable(&e);
    assert_int_equal(e.total, (2 + 6 * 20) * EXCERPT_MAX + 7);
    assert_int_equal(e.head.len, EXCERPT_MAX);
    assert_int_equal(e.head.data[EXCERPT_MAX - 1], 'a');
    assert_int_equal(e.tail.len, EXCERPT_MAX);
    assert_memory_equal(e.tail.data + EXCERPT_MAX - 8, "gthe end", 8);
    arena_deinit(&a);
    teardown(&b);
}

/* ---- place --------------------------------------------------------------------------------------------- */

struct folder {
    char path[64], outside[64];
};

static void folder_init(struct folder *f)
{
    snprintf(f->path, sizeof f->path, "/tmp/test_place.XXXXXX");
    snprintf(f->outside, sizeof f->outside, "/tmp/test_place.XXXXXX");
    assert_non_null(mkdtemp(f->path));
    assert_non_null(mkdtemp(f->outside));
}

static void folder_deinit(struct folder *f)
{
    char command[200];

    snprintf(command, sizeof command, "rm -rf '%s' '%s'", f->path, f->outside);
    assert_int_equal(system(command), 0);
}

static int place(const struct folder *f, const char *path, const char *text)
{
    return place_file(f->path, path, bytes_of(text), getuid(), getgid());
}

static const char *in(const char *dir, const char *path)
{
    static char full[4][200];
    static int next;
    char *p = full[next++ % 4];

    snprintf(p, sizeof full[0], "%s/%s", dir, path);
    return p;
}

static void assert_content(const char *path, const char *text)
{
    struct buf b = BUF_INIT;

    assert_int_equal(fd_read_file(AT_FDCWD, path, 1000, &b), 0);
    assert_true(bytes_equal(buf_view(&b), bytes_of(text)));
    buf_deinit(&b);
}

static void write_file(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, bytes_of(text)), 0);
    fd_close(fd);
}

static void files_are_placed(void **state)
{
    struct folder f;
    struct stat s;

    (void)state;
    folder_init(&f);
    assert_int_equal(place(&f, "a", "one"), 0);
    assert_content(in(f.path, "a"), "one");
    assert_int_equal(place(&f, "a", "a longer one"), 0);
    assert_int_equal(place(&f, "a", "two"), 0);
    assert_content(in(f.path, "a"), "two");
    assert_int_equal(place(&f, "x/y/z", "deep"), 0);
    assert_int_equal(place(&f, "x/y/w", ""), 0);
    assert_content(in(f.path, "x/y/z"), "deep");
    assert_int_equal(stat(in(f.path, "x/y/w"), &s), 0);
    assert_int_equal(s.st_size, 0);
    assert_true(place(&f, "x/", "nothing") < 0);
    assert_int_equal(place_file("/nowhere/at/all", "a", bytes_of("x"), 0, 0), -ENOENT);
    folder_deinit(&f);
}

/* What a build put in the way of it is taken away: the spec's file is there in the end. */
static void ways_are_cleared(void **state)
{
    struct folder f;

    (void)state;
    folder_init(&f);
    assert_int_equal(place(&f, "x/y/z", "deep"), 0);
    assert_int_equal(place(&f, "x/y", "a file now"), 0);
    assert_content(in(f.path, "x/y"), "a file now");
    assert_int_equal(place(&f, "x/y/z", "a folder again"), 0);
    assert_content(in(f.path, "x/y/z"), "a folder again");
    folder_deinit(&f);
}

static void long_names(void **state)
{
    struct folder f;
    char name[400];

    (void)state;
    folder_init(&f);
    memset(name, 'n', sizeof name);
    strcpy(name + 300, "/x"); /* lint: allow unbounded: two bytes */
    assert_int_equal(place(&f, name, "x"), -ENAMETOOLONG);
    name[300] = 0;
    assert_int_equal(place(&f, name, "x"), -ENAMETOOLONG);
    folder_deinit(&f);
}

static void links_lead_nowhere(void **state)
{
    struct folder f;

    (void)state;
    folder_init(&f);
    write_file(in(f.outside, "victim"), "safe");
    assert_int_equal(symlink(in(f.outside, "victim"), in(f.path, "link")), 0);
    assert_int_equal(place(&f, "link", "mine"), 0); /* the link is replaced, not followed */
    assert_content(in(f.path, "link"), "mine");
    assert_int_equal(symlink(in(f.outside, "new"), in(f.path, "dangling")), 0);
    assert_int_equal(place(&f, "dangling", "mine"), 0);
    assert_int_equal(link(in(f.outside, "victim"), in(f.path, "hard")), 0);
    assert_int_equal(place(&f, "hard", "mine"), 0);
    assert_int_equal(symlink(f.outside, in(f.path, "folder")), 0);
    assert_int_equal(place(&f, "folder/victim", "mine"), 0);
    assert_int_equal(place(&f, "folder/new", "mine"), 0);
    assert_content(in(f.path, "folder/victim"), "mine");
    assert_int_equal(symlink("..", in(f.path, "up")), 0);
    assert_int_equal(place(&f, "up/test_place_new", "mine"), 0);
    assert_int_equal(access("/tmp/test_place_new", F_OK), -1);
    assert_int_equal(place(&f, "up", "mine"), 0); /* a folder with something in it */
    assert_content(in(f.outside, "victim"), "safe");
    assert_int_equal(access(in(f.outside, "new"), F_OK), -1);
    folder_deinit(&f);
}

/* A folder that has to go takes only itself along. */
static void removal_follows_no_link(void **state)
{
    struct folder f;

    (void)state;
    folder_init(&f);
    write_file(in(f.outside, "victim"), "safe");
    assert_int_equal(place(&f, "d/file", "x"), 0);
    assert_int_equal(symlink(f.outside, in(f.path, "d/link")), 0);
    assert_int_equal(place(&f, "d", "mine"), 0);
    assert_content(in(f.path, "d"), "mine");
    assert_content(in(f.outside, "victim"), "safe");
    folder_deinit(&f);
}

/* A pipe that nobody reads would keep us for ever. */
static void pipes_are_replaced(void **state)
{
    struct folder f;

    (void)state;
    folder_init(&f);
    assert_int_equal(mkfifo(in(f.path, "pipe"), 0600), 0);
    assert_int_equal(place(&f, "pipe", "mine"), 0);
    assert_content(in(f.path, "pipe"), "mine");
    assert_int_equal(mkfifo(in(f.path, "folder"), 0600), 0);
    assert_int_equal(place(&f, "folder/file", "mine"), 0);
    folder_deinit(&f);
}

static void files_have_an_owner(void **state)
{
    struct folder f;
    struct stat s;

    (void)state;
    if (geteuid() != 0)
        skip();
    folder_init(&f);
    assert_int_equal(place_file(f.path, "d/file", bytes_of("x"), 61999, 61998), 0);
    assert_int_equal(stat(in(f.path, "d"), &s), 0);
    assert_int_equal(s.st_uid, 61999);
    assert_int_equal(stat(in(f.path, "d/file"), &s), 0);
    assert_int_equal(s.st_uid, 61999);
    assert_int_equal(s.st_gid, 61998);
    assert_int_equal(s.st_mode & 07777, 0644);
    folder_deinit(&f);
}

/* ---- claim --------------------------------------------------------------------------------------------- */

static void claims_are_exclusive(void **state)
{
    struct claim claims[5];

    (void)state;
    if (geteuid() != 0)
        skip();
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(claim_take(&claims[i], NULL), 0);
        assert_true(claims[i].lock >= 0 && claims[i].uid >= 61001 && claims[i].gid == claims[i].uid);
        for (size_t k = 0; k < i; k++)
            assert_int_not_equal(claims[i].uid, claims[k].uid);
    }
    claim_release(&claims[2]);
    claim_release(&claims[2]);
    assert_int_equal(claim_take(&claims[2], NULL), 0);
    for (size_t i = 0; i < 5; i++)
        assert_true(i == 2 || claims[i].uid != claims[2].uid);
    for (size_t i = 0; i < 5; i++)
        claim_release(&claims[i]);
}

/* Another process gets another one, and its end gives it back. */
static void claims_of_two_processes(void **state)
{
    struct claim ours;
    int ends[2], status;
    uid_t theirs = 0;
    pid_t pid;

    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(claim_take(&ours, NULL), 0);
    assert_int_equal(fd_pipe(ends), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        struct claim c;

        _exit(claim_take(&c, NULL) < 0 || write(ends[1], &c.uid, sizeof c.uid) != sizeof c.uid);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_int_equal(read(ends[0], &theirs, sizeof theirs), sizeof theirs);
    assert_true(theirs >= 61001 && theirs != ours.uid);
    fd_close(ends[0]);
    fd_close(ends[1]);
    claim_release(&ours);
}

/* Without root there is nothing to choose. */
static void own_uid(void **state)
{
    struct claim c;

    (void)state;
    if (geteuid() == 0)
        skip();
    assert_int_equal(claim_take(&c, NULL), 0);
    assert_true(c.lock == -1 && c.uid == getuid() && c.gid == getgid());
    claim_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pipe),
        cmocka_unit_test(a_terminal),
        cmocka_unit_test(past_the_limit),
        cmocka_unit_test(just_past_the_limit),
        cmocka_unit_test(excerpts_of_long_runs),
        cmocka_unit_test(files_are_placed),
        cmocka_unit_test(ways_are_cleared),
        cmocka_unit_test(long_names),
        cmocka_unit_test(links_lead_nowhere),
        cmocka_unit_test(removal_follows_no_link),
        cmocka_unit_test(pipes_are_replaced),
        cmocka_unit_test(files_have_an_owner),
        cmocka_unit_test(claims_are_exclusive),
        cmocka_unit_test(claims_of_two_processes),
        cmocka_unit_test(own_uid),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
