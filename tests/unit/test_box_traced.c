/* test_box_traced.c - at every level: a traced program's calls come to whoever opened the box, and it lives,
 * stops and ends as any other. */
#include "box_rig.h"

#include "kernel/idle.h"
#include "kernel/tracer.h"

static void start_traced(struct fixture *f, const char *what, const char *argument)
{
    const char *argv[] = {"./boxed", what, argument, NULL};
    /* Leaks are looked for by tracing, too. */
    const char *env[] = {"ASAN_OPTIONS=detect_leaks=0", NULL};
    struct box_command command = {
        .env = env, .argv = argv, .in = f->in[0], .out = f->out[1], .err = f->out[1], .traced = true};
    int cause;

    if (tracer_probe() < 0)
        skip();
    assert_int_equal(box_spawn(&f->box, &command, &f->pid, &cause, &f->err), SPAWNED);
}

static const struct call *find_call(const struct call *calls, size_t n, enum call_kind kind)
{
    for (size_t i = 0; i < n; i++)
        if (calls[i].kind == kind)
            return &calls[i];
    return NULL;
}

static void calls_come(void **state)
{
    struct fixture *f = of(state);
    const struct call *c;
    struct call *calls;
    size_t n;

    assert_int_equal(box_calls(&f->box, &calls, &n), 0); /* nobody is traced */
    assert_int_equal(n, 0);
    free(calls);
    start_traced(f, "reach", "1");
    assert_int_equal(await_exit(f).status, 0);
    assert_int_equal(box_calls(&f->box, &calls, &n), 0);
    c = find_call(calls, n, CALL_CONNECT);
    assert_non_null(c);
    assert_string_equal(c->address, "127.0.0.1:1");
    assert_int_equal(c->program, f->box.last_id);
    assert_int_equal(find_call(calls, n, CALL_END)->result, 0);
    free(calls);
}

/* As whoever waits for idleness sees it. */
static void settle(struct fixture *f, struct idle *i)
{
    int64_t end = clock_now() + PATIENCE;
    struct tree_sample a = {0}, b = {0};

    do {
        assert_true(clock_now() < end);
        assert_int_equal(box_sample(&f->box, &a), 0);
        assert_int_equal(box_sample(&f->box, &b), 0);
        idle_compare(&a, &b, i);
    } while (i->state == IDLE_BUSY);
    tree_sample_deinit(&a);
    tree_sample_deinit(&b);
}

static void stops_and_goes_on(void **state)
{
    struct fixture *f = of(state);
    struct idle i = {0};

    start_traced(f, "wait", NULL);
    settle(f, &i);
    assert_int_equal(i.stopped, 0);
    assert_int_equal(box_signal(&f->box, f->pid, SIGSTOP), 0);
    while (i.stopped == 0)
        settle(f, &i);
    assert_int_equal(i.stopped, 1);
    assert_int_equal(box_signal(&f->box, f->pid, SIGCONT), 0);
    while (i.stopped)
        settle(f, &i);
    assert_int_equal(write(f->in[1], "x", 1), 1);
    assert_int_equal(await_exit(f).status, 0);
}

static void what_cannot_be_executed(void **state)
{
    struct fixture *f = of(state);
    struct box_command command = {.argv = (const char *[]){"./nothing", NULL}, .traced = true};
    int cause = 0;

    if (tracer_probe() < 0)
        skip();
    command.in = f->in[0];
    command.out = command.err = f->out[1];
    assert_int_equal(box_spawn(&f->box, &command, &f->pid, &cause, &f->err), SPAWN_NOT_FOUND);
    assert_int_equal(cause, ENOENT);
}

/* With the box all of it ends. */
static void ends_with_the_box(void **state)
{
    struct fixture *f = of(state);

    start_traced(f, "defy", NULL);
    assert_true(read_until(f->out[0], "ready\n", &f->seen));
    box_close(&f->box);
    expect_all_gone(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_ALL_LEVELS(calls_come),
        AT_ALL_LEVELS(stops_and_goes_on),
        AT_ALL_LEVELS(what_cannot_be_executed),
        AT_ALL_LEVELS(ends_with_the_box),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
