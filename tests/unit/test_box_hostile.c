/* test_box_hostile.c - what hostile programs try, and that nothing of them is left, whoever dies first. */
#include "box_rig.h"

#include "kernel/netns.h"

#include <netinet/in.h>
#include <sys/socket.h>

static void daemons_are_counted_and_ended(void **state)
{
    struct fixture *f = of(state);
    struct box_exit x = finish(f, "daemon", NULL);

    assert_int_equal(x.status, 0);
    assert_true(read_until(f->out[0], "daemon\n", &f->seen));
    assert_in_range(x.left, 1, 2); /* its parent may not have been reaped yet */
    box_close(&f->box);
    expect_all_gone(f);
}

static void breeding_is_limited(void **state)
{
    struct fixture *f = of(state);
    int bred;

    finish(f, "breed", "100");
    buf_byte(&f->seen, 0);
    bred = atoi((char *)f->seen.data);
    if (f->place.level == ISOLATION_BASIC && geteuid() != 0)
        assert_int_equal(bred, 100); /* the uid is not the box's alone: its processes may not be limited */
    else
        assert_in_range(bred, 10, 71); /* the limit, and what it may be exceeded by */
    box_close(&f->box);
    expect_all_gone(f);
}

static void fork_bombs_are_ended(void **state)
{
    struct fixture *f = of(state);

    if (f->place.level == ISOLATION_BASIC && geteuid() != 0)
        skip();
    act(f, "bomb", NULL);
    assert_true(read_until(f->out[0], "ready\n", &f->seen));
    box_close(&f->box);
    expect_all_gone(f);
}

static void init_cannot_be_inspected(void **state)
{
    struct fixture *f = of(state);

    finish(f, "attach", NULL);
    expect(f, "refused\n");
}

static void init_survives_its_children(void **state)
{
    struct fixture *f = of(state);

    if (f->place.level != ISOLATION_FULL && landlock_abi() < 6)
        skip();
    finish(f, "kill-parent", NULL);
    assert_int_equal(finish(f, "fds", NULL).status, 0);
}

static void dead_init_is_told(void **state)
{
    struct fixture *f = of(state);
    struct pollfd p = {.fd = f->box.control, .events = POLLIN};
    struct box_exit x;
    int r;

    act(f, "orphan", NULL);
    assert_true(read_until(f->out[0], "daemon\n", &f->seen));
    assert_int_equal(kill(f->box.init, SIGKILL), 0);
    do {
        assert_true(poll(&p, 1, (int)(PATIENCE / NS_PER_MS)) > 0);
        r = box_next_exit(&f->box, &x);
    } while (r == 0);
    assert_int_equal(r, -EPIPE);
    assert_string_equal(f->box.error, "the box's init was killed by signal 9");
    box_close(&f->box);
    expect_all_gone(f);
}

static void others_files_are_out_of_reach(void **state)
{
    struct fixture *f = of(state);
    char secret[PATH_MAX], file[PATH_MAX + 16];
    int fd;

    if (f->place.level != ISOLATION_FULL && !landlock_abi())
        skip();
    /* At level C /tmp is open: what is tested is one's home. */
    assert_int_equal(workdir_new(secret, sizeof secret, &f->err), 0);
    assert_int_equal(chmod(secret, 0755), 0);
    snprintf(file, sizeof file, "%s/key", secret);
    fd = open(file, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    fd_close(fd);
    finish(f, "read", f->place.level == ISOLATION_BASIC ? "/home/." : file);
    workdir_remove(secret, NULL);
    expect(f, f->place.level == ISOLATION_FULL ? "No such file or directory\n" : "Permission denied\n");
}

static void system_is_read_only(void **state)
{
    static const char *const places[] = {"/x", "/usr/x", "/etc/x", "/dev/x", "/home/x"};
    struct fixture *f = of(state);

    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        finish(f, "make", places[i]);
        assert_null(bytes_find(buf_view(&f->seen), bytes_of("done")));
    }
    finish(f, "make", "in-work");
    expect(f, "done\n");
}

static void root_is_hidden(void **state)
{
    struct fixture *f = of(state);

    if (f->place.level != ISOLATION_FULL)
        skip();
    finish(f, "read", f->place.dir);
    expect(f, "No such file or directory\n");
    finish(f, "read", "/sys");
    expect(f, "No such file or directory\n");
    finish(f, "make", "/tmp/x");
    expect(f, "done\n");
    finish(f, "make", BOX_HOME "/x");
    expect(f, "done\n");
    finish(f, "make", "/dev/shm/x");
    expect(f, "done\n");
}

static void closing_everything_hides_nothing(void **state)
{
    struct fixture *f = of(state);

    act(f, "close", NULL);
    assert_int_equal(WEXITSTATUS(await_exit(f).status), 3);
}

static void files_are_limited(void **state)
{
    struct fixture *f = of(state);

    act(f, "grow", "big");
    assert_int_equal(await_exit(f).status & 0x7f, SIGXFSZ);
}

static void no_network(void **state)
{
    struct fixture *f = of(state);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    char port[16];
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (f->place.level != ISOLATION_FULL && landlock_abi() < 4)
        skip();
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(port, sizeof port, "%d", ntohs(at.sin_port));
    finish(f, "reach", port);
    expect(f, "done\n");
    box_close(&f->box);
    f->config.network = false;
    assert_int_equal(box_open(&f->box, &f->config, &f->err), 0);
    finish(f, "reach", port);
    expect(f, f->place.level == ISOLATION_FULL ? "Network is unreachable\n" : "Permission denied\n");
    fd_close(fd);
}

/* In a process of its own, which is killed: opens a box and leaves a daemon in it. */
static void grade_until_killed(struct fixture *f)
{
    struct box_command command = {
        .argv = (const char *[]){"./boxed", "orphan", NULL}, .in = f->in[0], .out = f->out[1]};
    int cause;

    command.err = command.out;
    if (box_open(&f->box, &f->config, &f->err) == 0)
        box_spawn(&f->box, &command, &f->pid, &cause, &f->err);
    for (;;)
        pause();
}

static void nothing_survives_the_grader(void **state)
{
    struct fixture *f = of(state);
    pid_t grader;

    box_close(&f->box);
    grader = fork();
    if (grader == 0)
        grade_until_killed(f);
    assert_true(read_until(f->out[0], "daemon\n", &f->seen));
    assert_int_equal(kill(grader, SIGKILL), 0);
    assert_int_equal(waitpid(grader, NULL, 0), grader);
    expect_all_gone(f);
}

static void in_a_network_of_ones_own(void **state)
{
    struct fixture *f = of(state);
    struct err e;
    int status;
    pid_t runner;

    if (f->place.level != ISOLATION_FULL)
        skip();
    box_close(&f->box);
    runner = fork();
    if (runner == 0) {
        struct box_command command = {
            .argv = (const char *[]){"./boxed", "listen", NULL}, .in = f->in[0], .out = f->out[1]};
        int cause, r = netns_enter(&e);

        command.err = command.out;
        if (r == 0)
            r = box_open(&f->box, &f->config, &e);
        if (r == 0)
            r = box_spawn(&f->box, &command, &f->pid, &cause, &e);
        if (r == 0)
            read_until(f->out[0], "ready\n", &f->seen);
        box_close(&f->box);
        _exit(r == 0 && f->seen.len ? 0 : 1);
    }
    assert_int_equal(waitpid(runner, &status, 0), runner);
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_ALL_LEVELS(daemons_are_counted_and_ended),
        AT_ALL_LEVELS(breeding_is_limited),
        AT_ALL_LEVELS(fork_bombs_are_ended),
        AT_ALL_LEVELS(init_cannot_be_inspected),
        AT_ALL_LEVELS(init_survives_its_children),
        AT_ALL_LEVELS(dead_init_is_told),
        AT_ALL_LEVELS(others_files_are_out_of_reach),
        AT_ALL_LEVELS(system_is_read_only),
        AT_ALL_LEVELS(root_is_hidden),
        AT_ALL_LEVELS(closing_everything_hides_nothing),
        AT_ALL_LEVELS(files_are_limited),
        AT_ALL_LEVELS(no_network),
        AT_ALL_LEVELS(nothing_survives_the_grader),
        AT_ALL_LEVELS(in_a_network_of_ones_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
