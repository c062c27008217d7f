/* test_diagnose_path.c - paths that are too long for a socket. */
#include "records.h"

#include "kernel/calls.h"

#include <errno.h>

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN
#define MOST HUNDRED "abcdefg" /* 107 bytes */

/* Steps: 0 and 1, is there a file. */
static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  over: {run: ./server, args: \"-p " MOST "h\"}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - file " MOST " is absent:\n      - file " HUNDRED " is absent:\n";

enum { MOST_ABSENT, HUNDRED_ABSENT };

/* What the failure of this step is called; "none". */
static const char *name_of(uint32_t step, enum outcome outcome)
{
    const struct case_key key = {.fresh = true};
    const char *id = "none";
    struct test_result out = {0};
    struct docket d;
    struct record *r;
    struct case_record *c;
    struct evidence e;

    docket_init(&d, spec_text);
    r = docket_record(&d);
    c = add_case(r, &key);
    for (uint32_t i = 0; i < step; i++)
        add_step(r, c, i, STEP_PASSED);
    e = (struct evidence){
        .spec = d.spec, .test = &d.spec->tests[0], .arena = &d.arena, .record = r, .shown = c};
    e.failed = add_step(r, c, step, outcome);
    e.step = &e.test->steps[step];
    e.program = evidence_program(e.test, r, e.step, e.failed);
    diagnose(&e, &out);
    if (out.n_findings) {
        id = out.findings[0].diagnosis->id;
        assert_true(strlen(out.findings[0].evidence) > 20);
    }
    mem_free(out.findings);
    docket_deinit(&d);
    return id;
}

static void too_long(void **state)
{
    (void)state;
    assert_string_equal(name_of(MOST_ABSENT, STEP_FILE_THERE), "unix-path");
    /* a file at a shorter beginning is none that the kernel's limit has made */
    assert_string_equal(name_of(HUNDRED_ABSENT, STEP_FILE_THERE), "none");
}

/* ---- a path that was used, and not refused ------------------------------------------------------------- */

static const char refusing[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                               "  far: {run: ./client, args: \"-p " MOST "h\"}\n"
                               "tests:\n  - id: t\n    steps:\n      - far exits: 1\n";

struct use {
    const char *path;    /* in the command line */
    const char *address; /* of the call; NULL: it makes none */
    enum call_kind kind;
    enum outcome outcome;
    const char *finding;
    size_t plays;
};

static bool uses(struct docket *d, struct record *r, struct case_record *c)
{
    const struct use *u = d->model.arg;
    struct step_record *f = add_step(r, c, 0, u->outcome);
    struct call_record *call = arena_new(&r->arena, sizeof *call);

    r->programs[0].command = arena_printf(&r->arena, "./client -p %s", u->path);
    r->programs[0].readiness = READY_NOT_ASKED;
    r->programs[0].exited = true;
    r->programs[0].exit_status = f->exit_status = EXITED(2);
    f->program = 0;
    *call = (struct call_record){.kind = u->kind, .result = -ENOENT};
    call->address = u->address ? arena_text(&r->arena, u->address) : NULL;
    if (c->key.experiment == TRACED)
        c->xray = (struct xray_record){.calls = call, .n_calls = 1, .closed = 100};
    return false;
}

static void used_all_the_same(void **state)
{
    static const struct use uses_of[] = {
        {MOST "h", TEN TEN TEN, CALL_CONNECT, STEP_OTHER_EXIT, "unix-path", 3},
        {MOST "h", TEN TEN TEN, CALL_BIND, STEP_STILL_RUNS, "unix-path", 3},
        {MOST "h", NULL, CALL_CONNECT, STEP_OTHER_EXIT, "wrong-exit-status", 3},
        {MOST "h", "/tmp/other", CALL_CONNECT, STEP_OTHER_EXIT, "wrong-exit-status", 3},
        {MOST "h", TEN TEN TEN, CALL_SENDTO, STEP_OTHER_EXIT, "wrong-exit-status", 3},
        {MOST, TEN TEN TEN, CALL_CONNECT, STEP_OTHER_EXIT, "wrong-exit-status", 2}, /* it fits */
    };

    (void)state;
    for (size_t i = 0; i < array_len(uses_of); i++) {
        struct docket d = judged(refusing, uses, &uses_of[i]);

        assert_string_equal(docket_finding(&d), uses_of[i].finding);
        assert_int_equal(d.plays, uses_of[i].plays);
        if (i == 0)
            assert_string_equal(
                d.out.findings[0].evidence,
                "played again while its calls were traced, far, which was given a path of 108 bytes, "
                "called connect() all the same; a socket's address has room for 107");
        docket_deinit(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(too_long),
        cmocka_unit_test(used_all_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
