/* test_box.c - boxes at every level that this machine grants: starting, ending, and what hostile programs try. */
#include "boxes.h"

#include "kernel/netns.h"

#include <netinet/in.h>
#include <pty.h>
#include <sys/socket.h>

struct fixture {
    struct place place;
    struct box box;
    struct box_config config;
    int in[2], out[2]; /* the program's stdin, and its stdout and stderr; [0] reads */
    struct buf seen;
    pid_t pid;
    struct err err;
};

static const struct box_limits limits = {.cpu = 20 * NS_PER_S, .disk = 1 << 20, .processes = 40, .open_files = 128};

static int set_up(void **state, enum isolation level)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    f->out[0] = f->out[1] = f->in[0] = f->in[1] = -1;
    f->box.init_pidfd = f->box.control = f->box.answers = -1;
    if (place_make(&f->place, level) < 0 || fd_pipe(f->in) < 0 || fd_pipe(f->out) < 0)
        return -1;
    f->config = (struct box_config){.isolation = level,
                                    .uid = f->place.uid,
                                    .gid = f->place.gid,
                                    .work = f->place.dir,
                                    .network = true,
                                    .limits = limits};
    if (f->place.granted && box_open(&f->box, &f->config, &f->err) < 0) {
        print_error("%s\n", f->err.text);
        return -1;
    }
    return 0;
}

static int full(void **state)
{
    return set_up(state, ISOLATION_FULL);
}

static int uid(void **state)
{
    return set_up(state, ISOLATION_UID);
}

static int basic(void **state)
{
    return set_up(state, ISOLATION_BASIC);
}

static int tear_down(void **state)
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
static struct fixture *of(void **state)
{
    struct fixture *f = *state;

    if (!f->place.granted)
        skip();
    return f;
}

static int start(struct fixture *f, const char *const *argv, int *cause)
{
    struct box_command command = {.argv = argv, .in = f->in[0], .out = f->out[1], .err = f->out[1]};

    return box_spawn(&f->box, &command, &f->pid, cause, &f->err);
}

static void act(struct fixture *f, const char *what, const char *argument)
{
    int cause;

    assert_int_equal(start(f, (const char *[]){"./boxed", what, argument, NULL}, &cause), SPAWNED);
    assert_true(f->pid > 0);
}

static struct box_exit await_exit(struct fixture *f)
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
static struct box_exit finish(struct fixture *f, const char *what, const char *argument)
{
    struct box_exit x;

    buf_deinit(&f->seen);
    act(f, what, argument);
    x = await_exit(f);
    fd_nonblock(f->out[0]);
    read_until(f->out[0], "\n", &f->seen);
    return x;
}

static void expect(struct fixture *f, const char *text)
{
    buf_byte(&f->seen, 0);
    assert_string_equal((char *)f->seen.data, text);
}

/* Once we hold no writing end, the end of the pipe means that every process which held one is gone. */
static void expect_all_gone(struct fixture *f)
{
    fd_closep(&f->out[1]);
    assert_true(read_until(f->out[0], NULL, &f->seen));
}

/* ---- starting and ending ---- */

static void exit_status(void **state)
{
    struct fixture *f = of(state);
    struct box_exit x;
    int cause;

    assert_int_equal(start(f, (const char *[]){"sh", "-c", "exit 7", NULL}, &cause), SPAWNED);
    x = await_exit(f);
    assert_true(WIFEXITED(x.status));
    assert_int_equal(WEXITSTATUS(x.status), 7);
    assert_true(x.cpu > 0);
    assert_int_equal(x.left, 0);
    assert_int_equal(box_next_exit(&f->box, &x), 0);
    assert_int_equal(box_signal(&f->box, f->pid, SIGTERM), -ESRCH);
}

static void pid_is_the_hosts(void **state)
{
    struct fixture *f = of(state);
    char path[64], text[64] = "";
    int fd;

    act(f, "wait", NULL);
    snprintf(path, sizeof path, "/proc/%d/comm", f->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    assert_true(read(fd, text, sizeof text - 1) > 0);
    fd_close(fd);
    assert_string_equal(text, "boxed\n");
    assert_int_equal(write(f->in[1], "x", 1), 1);
    assert_int_equal(await_exit(f).status, 0);
}

static void signals_reach_one_program(void **state)
{
    struct fixture *f = of(state);
    struct box_exit x;

    act(f, "defy", NULL);
    assert_true(read_until(f->out[0], "ready\n", &f->seen));
    assert_int_equal(box_signal(&f->box, f->pid, SIGTERM), 0);
    assert_true(read_until(f->out[0], "not now\n", &f->seen));
    assert_int_equal(box_next_exit(&f->box, &x), 0);
    assert_int_equal(box_signal(&f->box, f->pid, SIGKILL), 0);
    x = await_exit(f);
    assert_true(WIFSIGNALED(x.status));
    assert_int_equal(WTERMSIG(x.status), SIGKILL);
}

static void sigpipe_kills(void **state)
{
    struct fixture *f = of(state);
    int cause;

    /* yes writes to a pipe without reader: only with default dispositions does it die. */
    fd_closep(&f->out[0]);
    assert_int_equal(start(f, (const char *[]){"yes", NULL}, &cause), SPAWNED);
    fd_closep(&f->out[1]);
    assert_int_equal(await_exit(f).status, SIGPIPE);
}

static void what_cannot_start(void **state)
{
    struct fixture *f = of(state);
    char path[PATH_MAX + 32];
    int cause, fd;

    assert_int_equal(start(f, (const char *[]){"no-such-program", NULL}, &cause), SPAWN_NOT_FOUND);
    assert_int_equal(cause, ENOENT);
    assert_string_equal(f->box.missing, "no-such-program");
    assert_int_equal(start(f, (const char *[]){"./server", NULL}, &cause), SPAWN_NOT_FOUND);
    snprintf(path, sizeof path, "%s/server", f->place.dir);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    assert_int_equal(fd_write_all(fd, bytes_of("#!/no/such/interpreter -x\n")), 0);
    assert_int_equal(start(f, (const char *[]){"./server", NULL}, &cause), SPAWN_NOT_EXECUTABLE);
    assert_int_equal(cause, EACCES);
    assert_int_equal(fchmod(fd, 0755), 0);
    fd_close(fd);
    assert_int_equal(start(f, (const char *[]){"./server", NULL}, &cause), SPAWN_NOT_EXECUTABLE);
    assert_int_equal(cause, ENOENT);
    assert_string_equal(f->box.missing, "/no/such/interpreter");
    assert_non_null(strstr(f->err.text, "interpreter /no/such/interpreter"));
    /* A program that fails to start ends, but is no program's exit; the next one is. */
    assert_int_equal(finish(f, "fds", NULL).status, 0);
}

static void missing_directory(void **state)
{
    struct fixture *f = of(state);
    struct box_command command = {.argv = (const char *[]){"true", NULL}, .cwd = "src", .in = f->in[0], .out = f->out[1]};
    int cause;

    command.err = command.out;
    assert_int_equal(box_spawn(&f->box, &command, &f->pid, &cause, &f->err), SPAWN_NOT_FOUND);
    assert_string_equal(f->box.missing, "src");
}

static void hidden_interpreter_is_our_fault(void **state)
{
    struct fixture *f = of(state);
    char tool[PATH_MAX + 32], script[PATH_MAX + 32], secret[PATH_MAX], text[PATH_MAX + 64];
    int cause, fd;

    if (f->place.level != ISOLATION_FULL)
        skip();
    assert_int_equal(workdir_new(secret, sizeof secret, &f->err), 0);
    snprintf(tool, sizeof tool, "%s/python9", secret);
    assert_int_equal(symlink("/bin/sh", tool), 0);
    snprintf(script, sizeof script, "%s/server", f->place.dir);
    fd = open(script, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    snprintf(text, sizeof text, "#!%s\n", tool);
    assert_int_equal(fd_write_all(fd, bytes_of(text)), 0);
    fd_close(fd);
    assert_true(start(f, (const char *[]){"./server", NULL}, &cause) < 0);
    assert_non_null(strstr(f->err.text, tool));
    workdir_remove(secret, NULL);
}

static void scripts_without_a_first_line(void **state)
{
    struct fixture *f = of(state);
    char path[PATH_MAX + 32];
    int cause, fd;

    snprintf(path, sizeof path, "%s/run", f->place.dir);
    fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_int_equal(fd_write_all(fd, bytes_of("echo \"$1\"\n")), 0);
    fd_close(fd);
    assert_int_equal(start(f, (const char *[]){"./run", "hello", NULL}, &cause), SPAWNED);
    assert_int_equal(await_exit(f).status, 0);
    assert_true(read_until(f->out[0], "hello\n", &f->seen));
}

/* ---- what a program finds ---- */

static void environment(void **state)
{
    struct fixture *f = of(state);
    const char *const env[] = {"LANG=C", "PORT=8080", NULL};
    struct box_command command = {.argv = (const char *[]){"env", NULL}, .env = env, .in = f->in[0], .out = f->out[1]};
    int cause, lines = 0;

    setenv("SECRET", "token", 1);
    command.err = command.out;
    assert_int_equal(box_spawn(&f->box, &command, &f->pid, &cause, &f->err), SPAWNED);
    assert_int_equal(await_exit(f).status, 0);
    fd_closep(&f->out[1]);
    assert_true(read_until(f->out[0], NULL, &f->seen));
    for (size_t i = 0; i < f->seen.len; i++)
        lines += f->seen.data[i] == '\n';
    assert_in_range(lines, 6, 7); /* PATH HOME TMPDIR LANG TERM PORT, and RUSTUP_HOME where there is one */
    assert_non_null(bytes_find(buf_view(&f->seen), bytes_of("LANG=C\n")));
    assert_non_null(bytes_find(buf_view(&f->seen), bytes_of("PORT=8080\n")));
    assert_null(bytes_find(buf_view(&f->seen), bytes_of("SECRET")));
}

static void descriptors(void **state)
{
    struct fixture *f = of(state);

    finish(f, "fds", NULL);
    expect(f, "3\n");
}

static void signal_state(void **state)
{
    struct fixture *f = of(state);

    finish(f, "status", "SigBlk");
    expect(f, "0000000000000000\n");
    finish(f, "status", "SigIgn");
    expect(f, "0000000000000000\n");
}

static void no_privileges(void **state)
{
    struct fixture *f = of(state);

    finish(f, "status", "CapPrm");
    expect(f, "0000000000000000\n");
    finish(f, "status", "NoNewPrivs");
    expect(f, "1\n");
    finish(f, "status", "Uid");
    assert_null(bytes_find(buf_view(&f->seen), bytes_of("0\t0")));
    if (geteuid() == 0) {
        finish(f, "status", "Groups");
        assert_null(bytes_find(buf_view(&f->seen), bytes_of(" 0 ")));
    }
}

static void terminals(void **state)
{
    struct fixture *f = of(state);
    struct box_command command = {.argv = (const char *[]){"./boxed", "terminal", NULL}, .terminal = true};
    int ours, theirs, cause;

    assert_int_equal(openpty(&ours, &theirs, NULL, NULL, NULL), 0);
    command.in = command.out = command.err = theirs;
    assert_int_equal(box_spawn(&f->box, &command, &f->pid, &cause, &f->err), SPAWNED);
    fd_close(theirs);
    assert_true(read_until(ours, "done\r\n", &f->seen));
    await_exit(f);
    fd_close(ours);
}

static void facts(void **state)
{
    struct fixture *f = of(state);
    struct tree_sample s = {0};
    struct socket_list l = {0};
    int64_t deadline = clock_now() + PATIENCE;

    act(f, "listen", NULL);
    assert_true(read_until(f->out[0], "ready\n", &f->seen));
    do {
        assert_int_equal(box_sample(&f->box, &s), 0);
        assert_int_equal(s.n, 1);
        assert_int_equal(s.threads[0].pid, f->pid);
    } while (s.threads[0].kind != WAIT_INPUT && clock_now() < deadline);
    assert_int_equal(s.threads[0].kind, WAIT_INPUT);
    assert_int_equal(box_sockets(&f->box, &l), 0);
    assert_int_equal(l.n, 1);
    assert_int_equal(l.refs[0].pid, f->pid);
    assert_true(box_memory(&f->box) > 0);
    tree_sample_deinit(&s);
    socket_list_deinit(&l);
    assert_int_equal(write(f->in[1], "x", 1), 1);
    assert_int_equal(await_exit(f).status, 0);
}

/* ---- what hostile programs try ---- */

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

    finish(f, "breed", "60");
    buf_byte(&f->seen, 0);
    bred = atoi((char *)f->seen.data);
    if (f->place.level == ISOLATION_BASIC)
        assert_int_equal(bred, 60); /* the uid is not ours alone: its processes may not be limited */
    else
        assert_in_range(bred, 10, 39);
    box_close(&f->box);
    expect_all_gone(f);
}

static void fork_bombs_are_ended(void **state)
{
    struct fixture *f = of(state);

    if (f->place.level == ISOLATION_BASIC)
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
    finish(f, "make", "/home/student/x");
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
    struct box_command command = {.argv = (const char *[]){"./boxed", "orphan", NULL}, .in = f->in[0], .out = f->out[1]};
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
        struct box_command command = {.argv = (const char *[]){"./boxed", "listen", NULL}, .in = f->in[0], .out = f->out[1]};
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

static void refuses_root(void **state)
{
    struct box b;
    struct box_config config = {.isolation = ISOLATION_BASIC, .work = "/tmp"};
    struct err e;

    (void)state;
    assert_int_equal(box_open(&b, &config, &e), -EINVAL);
    box_close(&b);
}

#define AT_ALL_LEVELS(f)                                                                                     \
    {#f " (full)", f, full, tear_down, NULL}, {#f " (uid)", f, uid, tear_down, NULL},                        \
    {                                                                                                        \
#f " (basic)", f, basic, tear_down, NULL                                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_ALL_LEVELS(exit_status),
        AT_ALL_LEVELS(pid_is_the_hosts),
        AT_ALL_LEVELS(signals_reach_one_program),
        AT_ALL_LEVELS(sigpipe_kills),
        AT_ALL_LEVELS(what_cannot_start),
        AT_ALL_LEVELS(missing_directory),
        AT_ALL_LEVELS(hidden_interpreter_is_our_fault),
        AT_ALL_LEVELS(scripts_without_a_first_line),
        AT_ALL_LEVELS(environment),
        AT_ALL_LEVELS(descriptors),
        AT_ALL_LEVELS(signal_state),
        AT_ALL_LEVELS(no_privileges),
        AT_ALL_LEVELS(terminals),
        AT_ALL_LEVELS(facts),
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
        cmocka_unit_test(refuses_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
