/* test_build.c - builds in boxes, and which line of their output is the error. */
#include "boxes.h"

#include "launch/build.h"

#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct fixture {
    struct place place;
    struct build_request request;
    struct build_outcome out;
    struct err err;
};

static int set_up(void **state, enum isolation level)
{
    struct fixture *f = calloc(1, sizeof *f);

    *state = f;
    if (place_make(&f->place, level) < 0)
        return -1;
    f->request = (struct build_request){.dir = f->place.dir,
                                        .timeout = PATIENCE,
                                        .isolation = level,
                                        .uid = f->place.claim.uid,
                                        .gid = f->place.claim.gid,
                                        .limits = {.disk = 64 << 20, .processes = 64, .open_files = 256}};
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

    build_outcome_deinit(&f->out);
    place_remove(&f->place);
    free(f);
    return 0;
}

static struct fixture *of(void **state)
{
    struct fixture *f = *state;

    if (!f->place.granted)
        skip();
    return f;
}

static void put(struct fixture *f, const char *name, const char *text)
{
    char path[PATH_MAX + 32];
    int fd;

    snprintf(path, sizeof path, "%s/%s", f->place.dir, name);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    assert_int_equal(fd_write_all(fd, bytes_of(text)), 0);
    fd_close(fd);
}

static enum build_end build(struct fixture *f, const char *const *argv)
{
    f->request.argv = argv;
    build_outcome_deinit(&f->out);
    if (build_run(&f->request, &f->out, &f->err) < 0) {
        print_error("%s\n", f->err.text);
        fail();
    }
    return f->out.end;
}

static enum build_end shell(struct fixture *f, const char *script)
{
    return build(f, (const char *[]){"sh", "-c", script, NULL});
}

static void assert_bytes(struct bytes b, const char *text)
{
    assert_int_equal(b.len, strlen(text));
    assert_memory_equal(b.data, text, b.len);
}

static void makes_files(void **state)
{
    struct fixture *f = of(state);
    const char *const wanted[] = {"server", "d/client", NULL};

    assert_int_equal(shell(f, "mkdir d; echo x > server"), BUILD_RUN_OK);
    assert_string_equal(build_first_missing(f->place.dir, wanted), "d/client");
    assert_int_equal(shell(f, "ln -s /bin/sh d/client"), BUILD_RUN_OK);
    assert_string_equal(build_first_missing(f->place.dir, wanted), "d/client");
    assert_int_equal(shell(f, "rm d/client; ln -s ../server d/client"), BUILD_RUN_OK);
    assert_null(build_first_missing(f->place.dir, wanted));
    assert_true(f->out.took > 0);
}

static void fails_with_the_first_error(void **state)
{
    struct fixture *f = of(state);

    put(f, "a.c", "int main(void)\n{\n    return x;\n}\n");
    put(f, "Makefile", "a: a.c\n\tgcc -o a a.c\n");
    assert_int_equal(build(f, (const char *[]){"make", NULL}), BUILD_RUN_FAILED);
    assert_int_equal(WEXITSTATUS(f->out.status), 2);
    assert_non_null(bytes_find(f->out.error, bytes_of("a.c:3:12: error: ")));
    assert_int_equal(f->out.left_out, 0);
}

static void compiles(void **state)
{
    struct fixture *f = of(state);
    const char *const wanted[] = {"a", NULL};

    put(f, "a.c", "int main(void)\n{\n    return 0;\n}\n");
    assert_int_equal(build(f, (const char *[]){"gcc", "-o", "a", "a.c", NULL}), BUILD_RUN_OK);
    assert_null(build_first_missing(f->place.dir, wanted));
}

static void dies_of_a_signal(void **state)
{
    struct fixture *f = of(state);

    assert_int_equal(shell(f, "kill -SEGV $$"), BUILD_RUN_FAILED);
    assert_int_equal(WTERMSIG(f->out.status), SIGSEGV);
}

static void command_not_found(void **state)
{
    struct fixture *f = of(state);

    assert_int_equal(build(f, (const char *[]){"no-such-tool", NULL}), BUILD_RUN_NOT_FOUND);
    assert_string_equal(f->out.missing, "no-such-tool");
    put(f, "configure", "x");
    assert_int_equal(build(f, (const char *[]){"./configure", NULL}), BUILD_RUN_NOT_EXECUTABLE);
    assert_int_equal(f->out.cause, EACCES);
}

static void takes_too_long(void **state)
{
    struct fixture *f = of(state);

    f->request.timeout = 50 * NS_PER_MS;
    assert_int_equal(shell(f, "echo begun; trap '' TERM; while :; do read x < /dev/zero; done"),
                     BUILD_RUN_TOO_LONG);
    assert_true(f->out.took >= f->request.timeout);
}

enum { RIVALS = 3 };

static pid_t spin(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            ;
    }
    return pid;
}

/* All of them share one CPU: a limit that a part of it would have to do for is no limit of the build's. How
 * large a part the kernel decides: half of it at most. */
static void waits_for_a_cpu(void **state)
{
    struct fixture *f = of(state);
    cpu_set_t before, one;
    pid_t rivals[RIVALS];
    enum build_end end;

    f->request.timeout = 400 * NS_PER_MS;
    sched_getaffinity(0, sizeof before, &before);
    CPU_ZERO(&one);
    CPU_SET(0, &one);
    sched_setaffinity(0, sizeof one, &one);
    for (size_t i = 0; i < RIVALS; i++)
        rivals[i] = spin();
    end = shell(f, "while :; do :; done");
    for (size_t i = 0; i < RIVALS; i++) {
        kill(rivals[i], SIGKILL);
        waitpid(rivals[i], NULL, 0);
    }
    sched_setaffinity(0, sizeof before, &before);
    assert_int_equal(end, BUILD_RUN_TOO_LONG);
    assert_true(f->out.took >= f->request.timeout + f->request.timeout / 4);
}

static void writes_too_much(void **state)
{
    struct fixture *f = of(state);

    assert_int_equal(shell(f, "echo first; yes"), BUILD_RUN_TOO_MUCH_OUTPUT);
    assert_in_range(f->out.output.len, 272 * 1024, 273 * 1024);
    assert_memory_equal(f->out.output.data, "first\ny\n", 8);
    assert_true(f->out.left_out > 15 << 20);
}

static void keeps_both_ends(void **state)
{
    struct fixture *f = of(state);
    struct bytes all;

    assert_int_equal(shell(f, "echo first; yes | head -c 1000000; echo last >&2"), BUILD_RUN_OK);
    all = buf_view(&f->out.output);
    assert_memory_equal(all.data, "first\n", 6);
    assert_memory_equal(all.data + all.len - 5, "last\n", 5);
    assert_non_null(bytes_find(all, bytes_of(" bytes left out]\n")));
    assert_int_equal(f->out.left_out + 272 * 1024, 6 + 1000000 + 5);
}

/* tail keeps the only line, until its end comes. */
static void uses_too_much_memory(void **state)
{
    struct fixture *f = of(state);

    f->request.limits.memory = UINT64_C(100) << 20;
    assert_int_equal(shell(f, "head -c 10000000 /dev/zero | tail -n 1 >/dev/null"), BUILD_RUN_OK);
    assert_int_equal(shell(f, "cat /dev/zero | tail -n 1"), BUILD_RUN_TOO_MUCH_MEMORY);
}

static void what_stays_behind_is_ended(void **state)
{
    struct fixture *f = of(state);

    /* It keeps the pipe open, and would keep us waiting if it were not killed. */
    assert_int_equal(build(f, (const char *[]){"./boxed", "daemon", NULL}), BUILD_RUN_OK);
    assert_bytes(buf_view(&f->out.output), "daemon\n");
}

static void has_no_network(void **state)
{
    struct fixture *f = of(state);
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof at;
    char port[16];
    int fd;

    if (f->place.level != ISOLATION_FULL && landlock_abi() < 4)
        skip();
    fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
    snprintf(port, sizeof port, "%d", ntohs(at.sin_port));
    assert_int_equal(build(f, (const char *[]){"./boxed", "reach", port, NULL}), BUILD_RUN_OK);
    assert_null(bytes_find(buf_view(&f->out.output), bytes_of("done")));
    fd_close(fd);
}

static void first_errors(void **state)
{
    static const struct {
        const char *output, *error;
    } cases[] = {
        {"", ""},
        {"cc -o server server.c\n", ""},
        {"cc -c a.c\na.c: In function 'main':\na.c:3:5: warning: unused\na.c:7:9: error: 'x' undeclared\n    "
         "7 | x\n",
         "a.c:7:9: error: 'x' undeclared"},
        {"a.c:1:10: fatal error: nope.h: No such file or directory\r\n",
         "a.c:1:10: fatal error: nope.h: No such file or directory"},
        {"/usr/bin/ld: /tmp/x.o: in function `main':\na.c:(.text+0x5): undefined reference to `go'\nmake: "
         "*** [a] Error 1\n",
         "a.c:(.text+0x5): undefined reference to `go'"},
        {"make: *** No rule to make target 'server'.  Stop.\n",
         "make: *** No rule to make target 'server'.  Stop."},
        {"make: *** No targets specified and no makefile found.  Stop.\n",
         "make: *** No targets specified and no makefile found.  Stop."},
        {"make[1]: *** [Makefile:2: a] Error 1\nmake: *** [x] Error 2\n",
         "make[1]: *** [Makefile:2: a] Error 1"},
        {"Server.java:12: error: cannot find symbol\n    foo();\n",
         "Server.java:12: error: cannot find symbol"},
        {"error: file not found: Server.java\nUsage: javac\n", "error: file not found: Server.java"},
        {"  File \"server.py\", line 3\n    def\n       ^\nSyntaxError: invalid syntax\n",
         "SyntaxError: invalid syntax"},
        {"# server\n./server.go:12:3: undefined: x\n", "./server.go:12:3: undefined: x"},
        {"   Compiling a\nwarning: unused\nerror[E0425]: cannot find value `x`\n",
         "error[E0425]: cannot find value `x`"},
        {"a.c:3: note: previous error: here\nsh: 1: nvcc: not found\n", "sh: 1: nvcc: not found"},
        {"make: [Makefile:3: clean] Error 1 (ignored)\n", ""},
        {"no line end: error: x", "no line end: error: x"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct bytes error = build_first_error(bytes_of(cases[i].output));

        if (!bytes_equal(error, bytes_of(cases[i].error)))
            fail_msg("case %zu: %.*s", i, (int)error.len, (const char *)error.data);
    }
}

#define AT_ALL_LEVELS(f)                                                                                     \
    {#f " (full)", f, full, tear_down, NULL}, {#f " (uid)", f, uid, tear_down, NULL},                        \
    {                                                                                                        \
#f " (basic)", f, basic, tear_down, NULL                                                             \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_ALL_LEVELS(makes_files),
        AT_ALL_LEVELS(fails_with_the_first_error),
        AT_ALL_LEVELS(compiles),
        AT_ALL_LEVELS(dies_of_a_signal),
        AT_ALL_LEVELS(command_not_found),
        AT_ALL_LEVELS(takes_too_long),
        AT_ALL_LEVELS(waits_for_a_cpu),
        AT_ALL_LEVELS(writes_too_much),
        AT_ALL_LEVELS(keeps_both_ends),
        AT_ALL_LEVELS(uses_too_much_memory),
        AT_ALL_LEVELS(what_stays_behind_is_ended),
        AT_ALL_LEVELS(has_no_network),
        cmocka_unit_test(first_errors),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
