/* test_diagnose_body.c - bodies that hold what ends a head: evidence that must give the
 * diagnosis, and near misses that must not. */
#include "failure.h"

#define SPEC(framing)                                                                                        \
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"                                                   \
    "  client: {run: ./client, args: \"${origin.port}\"}\n"                                                  \
    "protocol: {framing: " framing "}\npeers:\n  origin: {listens: tcp}\n"                                   \
    "tests:\n  - id: t\n    steps:\n"                                                                        \
    "      - origin accepts: conn\n      - conn gets end:\n      - client printed: \"X\"\n"

#define BODY "\r\n\r\nhead\r\n\r\nmore\r\n\r\nlast"

static void check(const char *body, const char *came, const char *id)
{
    struct failure x;

    failure_init(&x, SPEC("http"), 2, STEP_NOT_PRINTED);
    failure_got(&x, bytes_of(body), bytes_of(came), false);
    print_message("%s\n", came);
    IS(&x, id);
    x.e.whole = ANSWER_PASSED; /* it has to do with how it was cut */
    assert_string_not_equal(failure_name(&x), "body-transparency");
    failure_deinit(&x);
}

static void cut_at_a_terminator(void **state)
{
    (void)state;
    check("one" BODY, "one", "body-transparency");
    check("one" BODY, "one\r\n", "body-transparency");
    check("one" BODY, "one\r\n\r\n", "body-transparency");
    check("one" BODY, "last", "body-transparency");
    check("one" BODY, "one\r\n\r\nh", "none");
    check("one" BODY, "on", "none");
    check("one" BODY, "ast", "none");
    check("one" BODY, "two", "none");
    check("one" BODY, "", "none");
    check("one\r\n\r\n", "one", "none"); /* it ends the body: no more than that is missing */
    check("one\r\nlast", "one", "none");
    check(BODY, "last", "body-transparency");
}

static void the_evidence(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, SPEC("http"), 2, STEP_OTHER_FILE);
    failure_got(&x, BYTES("one" BODY), BYTES("one"), false);
    IS(&x, "body-transparency");
    assert_string_equal(x.d.out.findings[0].evidence, "the body holds empty lines, as one ends the head, and "
                                                      "what came of it ends at the first of these");
    x.f->outcome = STEP_TOO_LITTLE;
    IS(&x, "none");
    failure_deinit(&x);

    failure_init(&x, SPEC("line"), 2, STEP_NOT_PRINTED); /* several messages, of which one came */
    failure_got(&x, BYTES("one" BODY), BYTES("one"), false);
    IS(&x, "none");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_a_terminator),
        cmocka_unit_test(the_evidence),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
