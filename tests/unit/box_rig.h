/* box_rig.h - an open box at one level, with pipes to the program in it: the fixture of the tests of boxes.
 */
#pragma once
#include "boxes.h"

struct fixture {
    struct place place;
    struct box box;
    struct box_config config;
    int in[2], out[2]; /* the program's stdin, and its stdout and stderr; [0] reads */
    struct buf seen;
    pid_t pid;
    struct err err;
};

static const struct box_limits limits = {
    .cpu = 20 * NS_PER_S, .disk = 1 << 20, .processes = 40, .open_files = 128};

UNUSED static int set_up(void **state, enum isolation level)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    f->out[0] = f->out[1] = f->in[0] = f->in[1] = -1;
    f->box.init_pidfd = f->box.control = f->box.answers = -1;
    if (place_make(&f->place, level) < 0 || fd_pipe(f->in) < 0 || fd_pipe(f->out) < 0)
        return -1;
    f->config = (struct box_config){.isolation = level,
                                    .uid = f->place.claim.uid,
                                    .gid = f->place.claim.gid,
                                    .work = f->place.dir,
                                    .network = true,
                                    .limits = limits};
    if (f->place.granted && box_open(&f->box, &f->config, &f->err) < 0) {
        print_error("%s\n", f->err.text);
        return -1;
    }
    return 0;
}

UNUSED static int full(void **state)
{
    return set_up(state, ISOLATION_FULL);
}

UNUSED static int uid(void **state)
{
    return set_up(state, ISOLATION_UID);
}

UNUSED static int basic(void **state)
{
    return set_up(state, ISOLATION_BASIC);
}

UNUSED static int tear_down(void **state)
{
    struct fixture *f = *state;

    box_close(&f->box);
    box_close(&f->box); /* safe twice */
    place_remove(&f->place);
    for (int i = 0; i < 2; i++) {
        fd_close(f->in[i]);
        fd_close(f->out[i]);
    }
    buf_deinit(&f->seen);
    free(f);
    return 0;
}

/* The fixture, unless this machine does not grant its level. */
UNUSED static struct fixture *of(void **state)
{
    struct fixture *f = *state;

    if (!f->place.granted)
        skip();
    return f;
}

UNUSED static int start(struct fixture *f, const char *const *argv, int *cause)
{
    struct box_command command = {.argv = argv, .in = f->in[0], .out = f->out[1], .err = f->out[1]};

    return box_spawn(&f->box, &command, &f->pid, cause, &f->err);
}

UNUSED static void act(struct fixture *f, const char *what, const char *argument)
{
    int cause;

    assert_int_equal(start(f, (const char *[]){"./boxed", what, argument, NULL}, &cause), SPAWNED);
    assert_true(f->pid > 0);
}

UNUSED static struct box_exit await_exit(struct fixture *f)
{
    struct box_exit x = {0};
    int r;

    do {
        struct pollfd p = {.fd = f->box.control, .events = POLLIN};

        assert_true(poll(&p, 1, (int)(PATIENCE / NS_PER_MS)) > 0);
        r = box_next_exit(&f->box, &x);
    } while (r == 0);
    assert_int_equal(r, 1);
    assert_int_equal(x.pid, f->pid);
    return x;
}

/* Runs an act to its end; what it said is then f->seen. */
UNUSED static struct box_exit finish(struct fixture *f, const char *what, const char *argument)
{
    struct box_exit x;

    buf_deinit(&f->seen);
    act(f, what, argument);
    x = await_exit(f);
    fd_nonblock(f->out[0]);
    read_until(f->out[0], "\n", &f->seen);
    return x;
}

UNUSED static void expect(struct fixture *f, const char *text)
{
    buf_byte(&f->seen, 0);
    assert_string_equal((char *)f->seen.data, text);
}

/* Once we hold no writing end, the end of the pipe means that every process which held one is gone. */
UNUSED static void expect_all_gone(struct fixture *f)
{
    fd_closep(&f->out[1]);
    assert_true(read_until(f->out[0], NULL, &f->seen));
}

#define AT_ALL_LEVELS(f)                                                                                     \
    {#f " (full)", f, full, tear_down, NULL}, {#f " (uid)", f, uid, tear_down, NULL},                        \
    {                                                                                                        \
#f " (basic)", f, basic, tear_down, NULL                                                             \
    }
