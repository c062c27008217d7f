/* test_diagnose_path.c - paths that are too long for a socket. */
#include "records.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(too_long)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
