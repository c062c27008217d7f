/* test_submission.c - `submission` of a spec, a submission's sockgrade.yaml, and what the command line says.
 */
#include "base/mem.h"
#include "spec/load.h"
#include "spec/submission.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct fixture {
    struct spec *spec;
    struct diags diags;
    struct arena arena;
    struct manner manner;
};

static int set_up(void **state)
{
    struct fixture *f = mem_new(sizeof *f);

    f->spec = spec_load("tests/golden/specs/ok-submission/spec.yaml", &f->diags);
    *state = f;
    if (f->spec)
        f->manner = manner_new(f->spec, &f->arena);
    return f->spec ? 0 : -1;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;

    spec_free(f->spec);
    diags_deinit(&f->diags);
    arena_deinit(&f->arena);
    mem_free(f);
    return 0;
}

static void assert_words(struct words w, size_t n, const char *const *wanted)
{
    assert_int_equal(w.n, n);
    for (size_t i = 0; i < n; i++)
        assert_string_equal(w.word[i], wanted[i]);
    assert_null(w.word[n]);
}

#define WORDS(...)                                                                                           \
    (sizeof((const char *[]){__VA_ARGS__}) / sizeof(char *)), (const char *[])                               \
    {                                                                                                        \
        __VA_ARGS__                                                                                          \
    }

static void languages(void **state)
{
    const struct submission *s = &((struct fixture *)*state)->spec->submission;

    assert_false(s->fixed);
    assert_int_equal(s->n_languages, 2);
    assert_string_equal(s->languages[0].name, "java");
    assert_words(s->languages[0].when, WORDS("Server.java"));
    assert_words(s->languages[0].manner.build, WORDS("javac", "Server.java", "Client.java"));
    assert_words(s->languages[0].manner.run[0], WORDS("java", "Server"));
    assert_words(s->languages[0].manner.run[1], WORDS("java", "Client"));
    assert_words(s->languages[1].when, WORDS("server.py", "client.py"));
    assert_true(s->languages[1].manner.says_build); /* that nothing is built */
    assert_int_equal(s->languages[1].manner.build.n, 0);
    assert_words(s->languages[1].manner.run[1], WORDS("python3", "client.py"));
    assert_string_equal(s->languages[1].manner.run_text[1], "[python3, client.py]");
}

static bool load(struct fixture *f, const char *text)
{
    return manner_load(f->spec, bytes_of(text), &f->arena, &f->diags, &f->manner);
}

static void own_file(void **state)
{
    struct fixture *f = *state;

    assert_true(load(f, "build: javac 'My Server.java'\nprograms: {client: {run: java \"My Client\"}}\n"));
    assert_true(f->manner.says_build);
    assert_words(f->manner.build, WORDS("javac", "My Server.java"));
    assert_string_equal(f->manner.build_text, "javac 'My Server.java'");
    assert_int_equal(f->manner.run[0].n, 0);
    assert_words(f->manner.run[1], WORDS("java", "My Client"));
    assert_true(load(f, "programs: {server: {run: ./a}}\n"));
    assert_false(f->manner.says_build);
    assert_true(load(f, "build: \"\"\n"));
    assert_true(f->manner.says_build);
    assert_int_equal(f->manner.build.n, 0);
    assert_int_equal(f->diags.errors, 0);
}

static void own_file_wrong(void **state)
{
    static const struct {
        const char *text, *message;
        int line, col;
    } wrong[] = {
        {"", "the file is empty", 0, 0},
        {"build:\n", "the build command", 1, 0},
        {"programs: {server: {run: \"\"}}", "`run` is missing", 1, 26},
        {"programs: {server: {}}", "needs `run:`", 1, 20},
        {"programs:\n  sever: {run: ./a}", "the assignment has no program `sever`", 2, 3},
        {"programs: {server: {run: ./a, args: x}}", "`args` is the assignment's to decide", 1, 31},
        {"programs: {server: {run: ./a, listens: tcp}}", "`listens` is the assignment's to decide", 1, 31},
        {"programs: {server: {run: \"./a ${port}\"}}", "takes no ${...}", 1, 0},
        {"programs: [server]", "`programs` is a map of names", 1, 11},
        {"programs: {server: ./a}", "a program here is a map", 1, 20},
        {"tests: []", "has no key `tests`", 1, 1},
        {"build: make | cat", "would need a shell", 1, 0},
        {"build: *make", "", 1, 8},
        {"build: make\nbuild: make", "", 2, 1},
    };
    struct fixture *f = *state;

    for (size_t i = 0; i < array_len(wrong); i++) {
        const struct diag *d;

        assert_false(load(f, wrong[i].text));
        assert_true(f->diags.n > 0);
        d = &f->diags.diags[0];
        if (!strstr(d->message, wrong[i].message))
            fail_msg("%s: %s", wrong[i].text, d->message);
        if (wrong[i].line)
            assert_int_equal(d->mark.line, wrong[i].line);
        if (wrong[i].col)
            assert_int_equal(d->mark.col, wrong[i].col);
        assert_string_equal(d->mark.file, SUBMISSION_FILE);
        diags_deinit(&f->diags);
    }
}

static void command_line(void **state)
{
    struct fixture *f = *state;

    assert_true(manner_build("make -C 'a b'", &f->arena, &f->diags, &f->manner));
    assert_words(f->manner.build, WORDS("make", "-C", "a b"));
    assert_true(manner_run(f->spec, "server=./x --a=b", &f->arena, &f->diags, &f->manner));
    assert_words(f->manner.run[0], WORDS("./x", "--a=b"));
    assert_true(manner_build("", &f->arena, &f->diags, &f->manner));
    assert_int_equal(f->manner.build.n, 0);
    assert_int_equal(f->diags.n, 0);
    assert_false(manner_run(f->spec, "server", &f->arena, &f->diags, &f->manner));
    assert_false(manner_run(f->spec, "server=", &f->arena, &f->diags, &f->manner));
    assert_false(manner_run(f->spec, "=./x", &f->arena, &f->diags, &f->manner));
    assert_false(manner_run(f->spec, "alice=./x", &f->arena, &f->diags, &f->manner));
    assert_false(manner_run(f->spec, "server='./x", &f->arena, &f->diags, &f->manner));
    assert_int_equal(f->diags.errors, 5);
}

/* What one of several that are alike is said to be, all are. */
static void alike(void **state)
{
    static const char text[] = "spec: 1\nname: ring\n"
                               "programs:\n"
                               "  left: {run: ./node, args: \"${port}\", listens: tcp}\n"
                               "  right: {like: left}\n"
                               "  other: {run: ./other, args: \"${port}\", listens: tcp}\n"
                               "peers: {alice: {connects: left}}\n"
                               "tests: [{id: one, steps: [alice connects: ]}]\n";
    struct fixture *f = *state;

    spec_free(f->spec);
    f->spec = spec_load_bytes("ring.yaml", bytes_of(text), &f->diags);
    assert_non_null(f->spec);
    f->manner = manner_new(f->spec, &f->arena);
    assert_true(load(f, "programs: {right: {run: java Node}}\n"));
    assert_words(f->manner.run[0], WORDS("java", "Node"));
    assert_words(f->manner.run[1], WORDS("java", "Node"));
    assert_int_equal(f->manner.run[2].n, 0);
    f->manner = manner_new(f->spec, &f->arena);
    assert_true(manner_run(f->spec, "right=a", &f->arena, &f->diags, &f->manner));
    assert_true(manner_run(f->spec, "left=b", &f->arena, &f->diags, &f->manner));
    assert_words(f->manner.run[0], WORDS("b"));
    assert_words(f->manner.run[1], WORDS("a"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(languages, set_up, tear_down),
        cmocka_unit_test_setup_teardown(own_file, set_up, tear_down),
        cmocka_unit_test_setup_teardown(own_file_wrong, set_up, tear_down),
        cmocka_unit_test_setup_teardown(command_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(alike, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
