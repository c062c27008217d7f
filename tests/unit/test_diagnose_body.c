/* test_diagnose_body.c - bodies that hold what ends a head, or stands behind them: evidence that must give
 * the diagnosis, and near misses that must not. */
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

/* ---- lines behind the body ------------------------------------------------------------------------------
 */

#define TEXT "one\r\n)\r\nx2 OK\r\ntwo"

static const char lines_spec[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  client: {run: ./client, args: \"${origin.port}\"}\n"
    "  other: {run: ./other, args: \"${home.port}\"}\n"
    "protocol: {framing: crlf}\npeers:\n  origin: {listens: tcp}\n  home: {listens: tcp}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - origin accepts: conn\n      - conn sends: \"X\"\n"
    "      - home accepts: guest\n      - guest sends: \"X\"\n      - client printed: \"X\"\n";

enum { FOR_CLIENT = 1, FOR_OTHER = 3 };

static void check_line(uint32_t step, const char *sent, const char *came, const char *id)
{
    struct failure x;

    failure_init(&x, lines_spec, 4, STEP_NOT_PRINTED);
    failure_got(&x, bytes_of(TEXT), bytes_of(came), false);
    x.c->steps[step].sent = excerpt_of(&x.r->arena, bytes_of(sent));
    print_message("%s\n", came);
    IS(&x, id);
    x.e.whole = ANSWER_PASSED; /* it has to do with how it was cut */
    assert_string_not_equal(failure_name(&x), "body-transparency");
    failure_deinit(&x);
}

static void cut_at_a_line(void **state)
{
    static const char sent[] = "* {18}\r\n" TEXT ")\r\nx2 OK\r\n";

    (void)state;
    check_line(FOR_CLIENT, sent, "one\r\n", "body-transparency");
    check_line(FOR_CLIENT, sent, "one\r\n)", "body-transparency");
    check_line(FOR_CLIENT, sent, "one\r\n)\r\n", "body-transparency");
    check_line(FOR_CLIENT, sent, "one\r\nand what is no body", "body-transparency");
    check_line(FOR_CLIENT, sent, "one\r\n)\r\n)", "body-transparency"); /* at the tag */
    check_line(FOR_CLIENT, sent, "", "none");
    check_line(FOR_CLIENT, sent, "one", "none");
    check_line(FOR_CLIENT, sent, "one\r\n)\r\nx2 OK\r\ntw", "none");
    check_line(FOR_CLIENT, "* {18}\r\n" TEXT "\r\n]\r\n", "one\r\n", "none"); /* nothing ends it so */
    check_line(FOR_CLIENT, "* {18}\r\n" TEXT ")", "one\r\n", "none");         /* that is no line */
    check_line(FOR_CLIENT, "* {3}\r\none\r\n)\r\n", "one\r\n", "none");       /* another body */
    check_line(FOR_OTHER, sent, "one\r\n", "none");                           /* the client got nothing */
}

static void the_line(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, lines_spec, 4, STEP_NOT_PRINTED);
    failure_got(&x, BYTES(TEXT), BYTES("one\r\n)\r\n)"), false);
    x.c->steps[FOR_CLIENT].sent = excerpt_of(&x.r->arena, BYTES(TEXT ")\r\nx2 OK\r\n"));
    IS(&x, "body-transparency");
    assert_string_equal(
        x.d.out.findings[0].evidence,
        "a line of the body is `x2 OK`, as one behind it is, and there what came of it goes wrong");
    assert_false(x.d.out.findings[0].one_of);
    x.p->terminated = false;
    x.p->exited = true;
    x.p->exit_status = EXITED(3);
    IS(&x, "body-transparency");
    assert_false(x.d.out.findings[0].one_of);
    x.p->exit_status = SIGSEGV;
    IS(&x, "crashed");
    failure_deinit(&x);
}

/* It printed nothing, and ended so. */
static void gives_up(struct failure *x, const char *sent, int status)
{
    failure_init(x, lines_spec, 4, STEP_NOT_PRINTED);
    failure_got(x, BYTES(TEXT), BYTES(""), false);
    x->c->steps[FOR_CLIENT].sent = excerpt_text(x->r, sent);
    x->p->terminated = false;
    x->p->exited = true;
    x->p->exit_status = status;
}

static void nothing_came_of_it(void **state)
{
    static const char sent[] = "* {18}\r\n" TEXT ")\r\nx2 OK\r\n";
    struct failure x;

    (void)state;
    gives_up(&x, sent, EXITED(3));
    IS(&x, "body-transparency");
    assert_string_equal(x.d.out.findings[0].evidence,
                        "a line of the body is `x2 OK`, as one behind it is, and nothing came of it");
    assert_true(x.d.out.findings[0].one_of);
    assert_int_equal(x.d.out.n_findings, 2);
    assert_string_equal(x.d.out.findings[1].diagnosis->id, "exited-early");
    x.e.whole = ANSWER_PASSED; /* it has to do with how it was cut */
    assert_string_not_equal(failure_name(&x), "body-transparency");
    failure_deinit(&x);

    gives_up(&x, "* {18}\r\n" TEXT "]\r\nx2 NO\r\n", EXITED(3)); /* no line is in both */
    IS(&x, "exited-early");
    failure_deinit(&x);
}

static void nothing_came_for_another_reason(void **state)
{
    static const char sent[] = "* {18}\r\n" TEXT ")\r\nx2 OK\r\n";
    static const int ends[] = {EXITED(0), SIGSEGV, SIGTERM, -1};
    struct failure x;

    (void)state;
    for (size_t i = 0; i < array_len(ends); i++) {
        gives_up(&x, sent, ends[i]);
        assert_string_not_equal(failure_name(&x), "body-transparency");
        failure_deinit(&x);
    }
    gives_up(&x, sent, EXITED(3));
    x.p->exited = false; /* only when it was told to */
    assert_string_not_equal(failure_name(&x), "body-transparency");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cut_at_a_terminator), cmocka_unit_test(the_evidence),
        cmocka_unit_test(cut_at_a_line),       cmocka_unit_test(the_line),
        cmocka_unit_test(nothing_came_of_it),  cmocka_unit_test(nothing_came_for_another_reason),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
