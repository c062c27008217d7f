/* test_diagnose_completion.c - "done" on one connection while the data of another is still under way. */
#include "failure.h"

static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  ftd: {run: ./ftd, args: \"${port.control} ${port.data}\", listens: {control: tcp, data: tcp}}\n"
    "protocols: {control: {framing: line}, data: {framing: none}}\n"
    "peers:\n  alice: {connects: ftd.control, protocol: control}\n"
    "  bulk: {connects: ftd.data, protocol: data}\n  other: {connects: ftd.data, protocol: data}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - alice gets nothing:\n"
    "      - bulk gets: \"data\"\n"
    "      - bulk gets end:\n"
    "      - alice gets: \"done\"\n"
    "      - alice gets nothing:\n"
    "      - bulk sends: \"data\"\n"
    "      - bulk closes:\n"
    "      - alice gets: \"done\"\n";

enum { DOWN = 0, DOWN_DONE = 3, UP, UP_DONE = 7 };
enum { FILE_PEER = 2, OTHER_PEER }; /* index + 1 */

static void init(struct failure *x, uint32_t step, uint32_t due)
{
    failure_init(x, spec_text, step, STEP_CAME_UNASKED);
    failure_got(x, BYTES(""), BYTES("done\n"), false);
    x->f->unended = FILE_PEER;
    x->f->due = due;
    x->f->unended_got = 1;
}

static void before_the_rest_came(void **state)
{
    struct failure x;

    (void)state;
    init(&x, DOWN, DOWN_DONE);
    IS(&x, "early-completion");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "1 byte"));
    x.f->unended = 0; /* the file has ended, or it is no message that comes later */
    IS(&x, "none");
    failure_deinit(&x);
}

static void before_all_was_sent(void **state)
{
    struct failure x;

    (void)state;
    init(&x, UP, UP_DONE);
    IS(&x, "early-completion");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "had not ended"));
    failure_deinit(&x);
}

/* A record may say anything. */
static void no_end_in_between(void **state)
{
    struct failure x;

    (void)state;
    init(&x, DOWN, DOWN_DONE);
    x.f->unended = OTHER_PEER;
    IS(&x, "none");
    x.f->unended = FILE_PEER;
    x.f->due = DOWN + 1;
    IS(&x, "none");
    x.f->due = DOWN;
    IS(&x, "none");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_rest_came),
        cmocka_unit_test(before_all_was_sent),
        cmocka_unit_test(no_end_in_between),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
