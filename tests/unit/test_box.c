/* test_box.c - boxes at every level that this machine grants: how programs start and end, and what they find.
 */
#include "box_rig.h"

#include <pty.h>

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

/* Elsewhere the name is the machine's, and not ours to change. */
static void host_name_is_local(void **state)
{
    struct fixture *f = of(state);
    int cause;

    assert_int_equal(start(f, (const char *[]){"uname", "-n", NULL}, &cause), SPAWNED);
    assert_int_equal(await_exit(f).status, 0);
    fd_nonblock(f->out[0]);
    read_until(f->out[0], "\n", &f->seen);
    expect(f, "localhost\n");
}

/* What the machine's says stays. */
static void hosts_may_have_more_names(void **state)
{
    struct fixture *f = of(state);
    struct box_config config = f->config;
    int cause;

    box_close(&f->box);
    config.hosts = "127.0.0.9 some.test\n";
    assert_int_equal(box_open(&f->box, &config, &f->err), 0);
    assert_int_equal(start(f,
                           (const char *[]){"sh", "-c",
                                            "getent hosts some.test; tail -n 1 /etc/hosts; "
                                            "grep -c localhost /etc/hosts; ls /hosts; : >>/etc/hosts",
                                            NULL},
                           &cause),
                     SPAWNED);
    assert_true(WEXITSTATUS(await_exit(f).status) != 0); /* it is read-only */
    fd_nonblock(f->out[0]);
    read_until(f->out[0], "ls: ", &f->seen);
    assert_non_null(
        bytes_find(buf_view(&f->seen), bytes_of("127.0.0.9       some.test\n127.0.0.9 some.test\n")));
    assert_null(bytes_find(buf_view(&f->seen), bytes_of("\n0\n")));
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
    struct box_command command = {
        .argv = (const char *[]){"true", NULL}, .cwd = "src", .in = f->in[0], .out = f->out[1]};
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
    struct box_command command = {
        .argv = (const char *[]){"env", NULL}, .env = env, .in = f->in[0], .out = f->out[1]};
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
    struct box_command command = {.argv = (const char *[]){"./boxed", "terminal", NULL}};
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
    assert_true(box_memory(&f->box, INT64_MAX) > 0);
    assert_in_range(box_memory(&f->box, 0), 1, (uint64_t)box_memory(&f->box, INT64_MAX));
    tree_sample_deinit(&s);
    socket_list_deinit(&l);
    assert_int_equal(write(f->in[1], "x", 1), 1);
    assert_int_equal(await_exit(f).status, 0);
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
        cmocka_unit_test_setup_teardown(host_name_is_local, full, tear_down),
        cmocka_unit_test_setup_teardown(hosts_may_have_more_names, full, tear_down),
        cmocka_unit_test(refuses_root),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
