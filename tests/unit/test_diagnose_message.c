/* test_diagnose_message.c - what a message looks like: each mistake, and what only looks like it. */
#include "failure.h"
#include "wire/message.h"

/* Steps: 0 alice sends, 1 alice gets, 2 alice sends, 3 alice gets (lines); 4 dora sends, 5 dora gets, 6 dora
 * sends, 7 dora gets, 8 dora gets end (frames); 9 carl sends, 10 carl gets (CR LF); 11 alice gets a pattern;
 * 12 tool prints; 13 carl gets a pattern; 14 nora gets, 15 nora gets (bytes). */
static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  line: {run: ./line, args: \"${port}\", listens: tcp}\n"
    "  bin: {run: ./bin, args: \"${port}\", listens: tcp}\n"
    "  tool: {run: ./tool}\n"
    "protocols:\n  line: {framing: line}\n  bin: {framing: {length: u16be, max: 4096}}\n"
    "  crlf: {framing: crlf}\n"
    "peers:\n  alice: {connects: line, protocol: line}\n  dora: {connects: bin, protocol: bin}\n"
    "  carl: {connects: line, protocol: crlf}\n  nora: {connects: line}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - alice sends: \"hello\"\n      - alice gets: \"HELLO\"\n"
    "      - alice sends: \"abc\"\n      - alice gets: \"ABC\"\n"
    "      - dora sends: \"hello\"\n      - dora gets: \"olleh\"\n"
    "      - dora sends: \"abc\"\n      - dora gets: \"cba\"\n      - dora gets end:\n"
    "      - carl sends: \"abc\"\n      - carl gets: \"ABC\"\n"
    "      - alice gets: !regex '^ABC'\n"
    "      - tool prints: \"ABC\"\n      - carl gets: !regex '^ABC'\n"
    "      - nora gets: \"HELLO\"\n      - nora gets: \"ABC\"\n";

enum {
    FIRST_LINE = 1,
    SECOND_LINE = 3,
    FIRST_FRAME = 5,
    SECOND_FRAME = 7,
    FRAMES_END = 8,
    CRLF = 10,
    PATTERN,
    PRINTS,
    CRLF_PATTERN,
    FIRST_BYTES,
    SECOND_BYTES
};

static void init(struct failure *x, uint32_t step, enum outcome outcome)
{
    failure_init(x, spec_text, step, outcome);
}

/* What a step before the failed one sent, as it went out, or got. */
static void sent(struct failure *x, size_t step, struct bytes wire)
{
    x->c->steps[step].sent = excerpt_of(&x->r->arena, wire);
}

static void got_before(struct failure *x, size_t step, struct bytes content)
{
    x->c->steps[step].expected = excerpt_of(&x->r->arena, content);
    x->c->steps[step].items = 1;
}

static const char *name_of(uint32_t step, enum outcome outcome, struct bytes expected, struct bytes came,
                           bool is_message)
{
    static char name[64];
    struct failure x;

    init(&x, step, outcome);
    failure_got(&x, expected, came, is_message);
    snprintf(name, sizeof name, "%s", failure_name(&x));
    failure_deinit(&x);
    return name;
}

/* ---- strlen-on-binary ---------------------------------------------------------------------------------- */

static void ends_at_a_zero_byte(void **state)
{
    (void)state;
    assert_string_equal(name_of(FIRST_LINE, STEP_OTHER_CAME, BYTES("ab\0cd"), BYTES("ab"), true),
                        "strlen-on-binary");
    assert_string_equal(name_of(PRINTS, STEP_NOT_PRINTED, BYTES("ab\0cd"), BYTES("ab"), false),
                        "strlen-on-binary");
    /* the length is right, and what follows is not */
    assert_string_equal(name_of(FIRST_FRAME, STEP_TOO_LITTLE, BYTES("ab\0cd"), BYTES("\0\5ab"), false),
                        "strlen-on-binary");
    /* short, but not there */
    assert_string_equal(name_of(FIRST_LINE, STEP_OTHER_CAME, BYTES("ab\0cd"), BYTES("a"), true), "none");
    assert_string_equal(name_of(FIRST_LINE, STEP_OTHER_CAME, BYTES("ab\0cd"), BYTES("xy"), true), "none");
    assert_string_equal(name_of(FIRST_LINE, STEP_OTHER_CAME, BYTES("abcd"), BYTES("ab"), true), "none");
    assert_string_equal(name_of(FIRST_LINE, STEP_TOO_LITTLE, BYTES("\0abc"), BYTES(""), false), "none");
}

/* In a protocol that answers with other bytes, the request tells where the string ended. */
static void ends_where_the_request_has_a_zero(void **state)
{
    struct failure x;

    (void)state;
    init(&x, FIRST_FRAME, STEP_OTHER_CAME);
    sent(&x, FIRST_FRAME - 1, BYTES("\0\4ab\0c"));
    failure_got(&x, BYTES("c\0ba"), BYTES("ba"), true);
    IS(&x, "strlen-on-binary");
    failure_got(&x, BYTES("c\0ba"), BYTES("bax"), true);
    IS(&x, "none");
    failure_got(&x, BYTES("answer"), BYTES("ba"), true); /* another length: it tells nothing */
    IS(&x, "none");
    failure_got(&x, BYTES("c\0ba"), BYTES("ba"), true);
    x.e.whole = ANSWER_PASSED; /* only where it is cut apart */
    IS(&x, "one-read-one-message");
    failure_deinit(&x);
}

/* ---- sends-whole-buffer -------------------------------------------------------------------------------- */

static void padded(void **state)
{
    static const uint8_t zeros[64];
    struct bytes line = {zeros, 58};
    uint8_t both[61] = {0};

    (void)state;
    memcpy(both + 58, "ABC", 3);
    /* the zeros behind one line are before the next */
    assert_string_equal(
        name_of(SECOND_LINE, STEP_OTHER_CAME, BYTES("ABC"), (struct bytes){both, sizeof both}, true),
        "sends-whole-buffer");
    assert_string_equal(name_of(STEP_AFTER, STEP_CAME_UNASKED, BYTES(""), line, false), "sends-whole-buffer");
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), BYTES("olleh\0\0\0\0"), true),
                        "sends-whole-buffer");
}

static void padded_with_anything(void **state)
{
    char buffer[65] = "olleh";
    struct bytes text = {(const uint8_t *)buffer, 62};

    (void)state;
    memset(buffer + 5, 'x', sizeof buffer - 6);
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), text, true),
                        "sends-whole-buffer");
    text.len = 60; /* no buffer's size */
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), text, true), "none");
    memset(buffer + 5, 0, 4); /* the string's end, and what was in memory behind it */
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), text, true),
                        "sends-whole-buffer");
    buffer[8] = 'x';
    for (size_t i = 20; i < 29; i++)
        buffer[i] = 0;
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), text, true), "none");
    buffer[29] = 0; /* a quarter, together with those at its front */
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), text, true),
                        "sends-whole-buffer");
    buffer[5] = 'x'; /* wherever they are */
    buffer[30] = 0;
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), text, true),
                        "sends-whole-buffer");
    memset(buffer + 20, 'x', 11);
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), text, true), "none");
    text.len = 62;
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("other"), text, true), "none");
}

/* Left over behind an answer that was right: both together are the buffer. */
static void left_over(void **state)
{
    char buffer[64];
    struct failure x;

    (void)state;
    memset(buffer, 'x', sizeof buffer);
    init(&x, STEP_AFTER, STEP_CAME_UNASKED);
    got_before(&x, PATTERN, BYTES("ABC")); /* alice's last, of which a pattern tells no length */
    failure_got(&x, BYTES(""), (struct bytes){(const uint8_t *)buffer, 60}, false);
    IS(&x, "none");
    x.c->n_steps = PATTERN;
    x.e.failed = x.f = add_step(x.r, x.c, STEP_AFTER, STEP_CAME_UNASKED);
    got_before(&x, SECOND_LINE, BYTES("ABC"));
    failure_got(&x, BYTES(""), (struct bytes){(const uint8_t *)buffer, 60}, false);
    IS(&x, "sends-whole-buffer");
    failure_got(&x, BYTES(""), (struct bytes){(const uint8_t *)buffer, 50}, false);
    IS(&x, "none");
    failure_got(&x, BYTES(""), BYTES("\0"), false);
    IS(&x, "nul-on-the-wire");
    failure_deinit(&x);
}

/* What may stand in a field is free, so no bytes are expected: but its syntax tells. */
static void typed_and_a_zero(void **state)
{
    struct failure x;

    (void)state;
    init(&x, PATTERN, STEP_OTHER_CAME);
    failure_got(&x, BYTES(""), BYTES("PING 1 5\n\0"), true);
    IS(&x, "none");
    x.f->syntax.mistake = MISTAKE_EXTRA_NUL;
    IS(&x, "nul-on-the-wire");
    failure_got(&x, BYTES(""), BYTES("PING 1 5\n\0\0\0"), true);
    IS(&x, "none");
    failure_got(&x, BYTES(""), BYTES("PING\0 1 5\n"), true);
    IS(&x, "none");
    failure_deinit(&x);
}

/* ---- stale-bytes --------------------------------------------------------------------------------------- */

static const char *after_a_longer(uint32_t step, uint32_t before, struct bytes old, struct bytes expected,
                                  struct bytes came)
{
    static char name[64];
    struct failure x;

    init(&x, step, STEP_OTHER_CAME);
    got_before(&x, before, old);
    failure_got(&x, expected, came, true);
    snprintf(name, sizeof name, "%s", failure_name(&x));
    failure_deinit(&x);
    return name;
}

static void old_end(void **state)
{
    (void)state;
    assert_string_equal(after_a_longer(SECOND_LINE, FIRST_LINE, BYTES("HELLO"), BYTES("ABC"), BYTES("ABCLO")),
                        "stale-bytes");
    assert_string_equal(
        after_a_longer(SECOND_FRAME, FIRST_FRAME, BYTES("olleh"), BYTES("cba"), BYTES("olcba")),
        "stale-bytes");
    /* wrong in another way */
    assert_string_equal(after_a_longer(SECOND_LINE, FIRST_LINE, BYTES("HELLO"), BYTES("ABC"), BYTES("ABCXY")),
                        "none");
    assert_string_equal(after_a_longer(SECOND_LINE, FIRST_LINE, BYTES("HI"), BYTES("ABC"), BYTES("ABCI")),
                        "none");
    /* the old answer once more is a repetition */
    assert_string_equal(
        after_a_longer(SECOND_LINE, FIRST_LINE, BYTES("OK 42"), BYTES("OK 4"), BYTES("OK 42")), "none");
    assert_string_equal(after_a_longer(SECOND_LINE, FIRST_LINE, BYTES("HELLO"), BYTES("ABC"), BYTES("HELLO")),
                        "none");
}

/* The short line ended with its line feed, and then the old one went on. */
static void old_end_as_a_line(void **state)
{
    struct failure x;

    (void)state;
    init(&x, STEP_AFTER, STEP_CAME_UNASKED);
    got_before(&x, FIRST_LINE, BYTES("HELLO"));
    got_before(&x, SECOND_LINE, BYTES("ABC"));
    failure_got(&x, BYTES(""), BYTES("O\n"), false);
    IS(&x, "stale-bytes");
    failure_got(&x, BYTES(""), BYTES("X\n"), false);
    IS(&x, "none");
    failure_deinit(&x);
}

/* ---- wrong-line-ending --------------------------------------------------------------------------------- */

static void line_endings(void **state)
{
    (void)state;
    assert_string_equal(name_of(FIRST_LINE, STEP_OTHER_CAME, BYTES("HELLO"), BYTES("HELLO\r"), true),
                        "wrong-line-ending");
    assert_string_equal(name_of(SECOND_LINE, STEP_OTHER_CAME, BYTES("ABC"), BYTES("\rABC"), true),
                        "wrong-line-ending");
    assert_string_equal(name_of(PRINTS, STEP_NOT_PRINTED, BYTES("ABC"), BYTES("ABC\r"), false),
                        "wrong-line-ending");
    assert_string_equal(name_of(CRLF, STEP_TOO_LITTLE, BYTES("ABC"), BYTES("ABC\n"), false),
                        "wrong-line-ending");
    assert_string_equal(name_of(CRLF, STEP_TOO_LITTLE, BYTES("ABC"), BYTES("ABC\r"), false),
                        "wrong-line-ending");
    assert_string_equal(name_of(CRLF, STEP_TOO_LITTLE, BYTES("ABC"), BYTES("ABC"), false), "none");
    assert_string_equal(name_of(CRLF, STEP_TOO_LITTLE, BYTES("ABC"), BYTES("ABD\n"), false), "none");
    assert_string_equal(name_of(FIRST_LINE, STEP_OTHER_CAME, BYTES("HELLO"), BYTES("HELLO "), true), "none");
    assert_string_equal(name_of(FIRST_FRAME, STEP_OTHER_CAME, BYTES("olleh"), BYTES("olleh\r"), true),
                        "none");
    /* bytes, of which as many came as were awaited */
    assert_string_equal(
        name_of(FIRST_BYTES, STEP_OTHER_CAME, BYTES("H 1\nP 0\n"), BYTES("H 1\r\nP 0"), false),
        "wrong-line-ending");
    assert_string_equal(name_of(FIRST_BYTES, STEP_OTHER_CAME, BYTES("H 1\n"), BYTES("H 1\r"), false),
                        "wrong-line-ending");
    assert_string_equal(name_of(FIRST_BYTES, STEP_OTHER_CAME, BYTES("H 1\nP"), BYTES("H 1\rP"), false),
                        "none");
    /* a pattern tells no bytes */
    assert_string_equal(name_of(PATTERN, STEP_OTHER_CAME, BYTES("'^ABC'"), BYTES("'^ABC'\r"), true), "none");
    assert_string_equal(name_of(CRLF_PATTERN, STEP_TOO_LITTLE, BYTES("'^ABC'"), BYTES("ABC"), false), "none");
    /* but that its line has no end is plain to see */
    assert_string_equal(name_of(CRLF_PATTERN, STEP_TOO_LITTLE, BYTES("'^ABC'"), BYTES("ABC\n"), false),
                        "wrong-line-ending");
}

/* ---- integers ------------------------------------------------------------------------------------------ */

static void host_order(void **state)
{
    struct failure x;

    (void)state;
    init(&x, FIRST_FRAME, STEP_TOO_LITTLE);
    failure_got(&x, BYTES("olleh"), BYTES("\5\0olleh"), false);
    x.f->frame = BYTES("\5\0");
    IS(&x, "host-order-integer");
    x.f->frame = BYTES("\5\1"); /* just wrong */
    IS(&x, "none");
    x.f->frame = BYTES("\0\5"); /* right: the rest is missing */
    IS(&x, "none");
    x.f->frame = BYTES("\5");
    IS(&x, "none");
    x.e.swapped = ANSWER_FAILED;
    IS(&x, "none");
    x.e.swapped = ANSWER_PASSED; /* it reads them so, too */
    IS(&x, "host-order-integer");
    x.e.swapped = ANSWER_UNKNOWN;
    x.f->outcome = STEP_BAD_FRAME;
    x.f->frame = BYTES("\54\1"); /* 300 bytes, read as 11265 */
    x.f->expected.total = x.f->expected.head.len = 0;
    IS(&x, "none");
    failure_deinit(&x);
}

/* What the fields of a message would have meant was found out when it came. */
static void meant(void **state)
{
    static const struct {
        enum mistake mistake;
        const char *id;
    } cases[] = {{MISTAKE_BYTE_ORDER, "host-order-integer"},
                 {MISTAKE_STRUCT_PADDING, "struct-padding"},
                 {MISTAKE_STRUCT, "struct-padding"},
                 {MISTAKE_NONE, "none"}};

    (void)state;
    for (size_t i = 0; i < array_len(cases); i++) {
        struct failure x;

        init(&x, FIRST_LINE, STEP_OTHER_CAME);
        failure_got(&x, BYTES("HELLO"), BYTES("HALLO"), true);
        x.f->syntax.mistake = cases[i].mistake;
        IS(&x, cases[i].id);
        failure_deinit(&x);
    }
}

static void killed_by_a_length(void **state)
{
    struct failure x;

    (void)state;
    init(&x, FRAMES_END, STEP_RESET);
    x.p->terminated = false;
    x.p->exited = true;
    x.p->exit_status = SIGSEGV;
    sent(&x, SECOND_FRAME - 1, BYTES("\xff\xff"));
    IS(&x, "trusts-length");
    sent(&x, SECOND_FRAME - 1, BYTES("\0\3abc\xff\xff")); /* behind a good one */
    IS(&x, "trusts-length");
    sent(&x, SECOND_FRAME - 1, BYTES("\0\3abc"));
    IS(&x, "crashed");
    sent(&x, SECOND_FRAME - 1, BYTES("\xff"));
    IS(&x, "crashed");
    sent(&x, SECOND_FRAME - 1, BYTES("\xff\xff"));
    x.p->exit_status = SIGABRT; /* its own assert() */
    IS(&x, "crashed");
    x.p->err = excerpt_text(x.r, "*** stack smashing detected ***: terminated");
    IS(&x, "trusts-length");
    x.p->exit_status = SIGKILL;
    x.p->limit = arena_text(&x.r->arena, "memory");
    IS(&x, "trusts-length");
    x.p->limit = arena_text(&x.r->arena, "cpu");
    IS(&x, "killed-by-limit");
    failure_deinit(&x);
}

#define AT_SERVE "\n    at serve (/box/up.js:12:7)\n"

/* A runtime checked the size in the program's place, and ended it. */
static void ends_by_error(struct failure *x, uint32_t step, const char *err)
{
    init(x, step, STEP_RESET);
    x->p->terminated = false;
    x->p->exited = true;
    x->p->exit_status = EXITED(1);
    x->p->err = excerpt_text(x->r, err);
}

static void ended_by_a_size(void **state)
{
    static const struct {
        const char *err, *id;
    } cases[] = {
        {"RangeError: Invalid typed array length: -1" AT_SERVE, "trusts-length"},
        {"RangeError: Array buffer allocation failed" AT_SERVE, "trusts-length"},
        {"RangeError [ERR_OUT_OF_RANGE]: The value of \"size\" is out of range." AT_SERVE, "trusts-length"},
        {"Exception in thread \"main\" java.lang.NegativeArraySizeException: -1\n\tat Up.main(Up.java:9)\n",
         "trusts-length"},
        {"Traceback (most recent call last):\n  File \"/box/up\", line 20, in serve\nMemoryError\n",
         "trusts-length"},
        {"Exception in thread \"x\" java.lang.OutOfMemoryError: Java heap space\n\tat Up.main(Up.java:9)\n",
         "trusts-length"},
        {"panic: runtime error: makeslice: len out of range\n\ngoroutine 1 [running]:\n", "trusts-length"},
        {"TypeError: x is not a function" AT_SERVE, "exited-early"},
        {"RangeError: Maximum call stack size exceeded" AT_SERVE, "exited-early"},
        {"RangeError: Invalid typed array length: -1\n", "exited-early"}, /* it was caught */
    };
    struct failure x;

    (void)state;
    for (size_t i = 0; i < array_len(cases); i++) {
        print_message("%s\n", cases[i].err);
        ends_by_error(&x, SECOND_FRAME, cases[i].err);
        IS(&x, cases[i].id);
        failure_deinit(&x);
    }
}

static void the_last_that_was_sent(void **state)
{
    static const char err[] = "RangeError: Invalid typed array length: -1" AT_SERVE;
    struct failure x;

    (void)state;
    ends_by_error(&x, SECOND_FRAME, err);
    sent(&x, FIRST_FRAME - 1, BYTES("\0\5hello"));
    sent(&x, SECOND_FRAME - 1, BYTES("\xff\xff"));
    IS(&x, "trusts-length");
    assert_string_equal(
        x.d.out.findings[0].evidence,
        "the last that was sent to it is `\\xff\\xff`, and nobody caught `RangeError: Invalid "
        "typed array length: -1`, of `up.js:12`");
    failure_deinit(&x);
    ends_by_error(&x, PRINTS, err); /* only others were sent something */
    x.f->outcome = STEP_NOT_PRINTED;
    IS(&x, "exited-early");
    failure_deinit(&x);
}

static void waits_for_a_length(void **state)
{
    struct failure x;

    (void)state;
    init(&x, FRAMES_END, STEP_STILL_OPEN);
    sent(&x, SECOND_FRAME - 1, BYTES("\xff\xff"));
    IS(&x, "trusts-length");
    x.f->unread = 2; /* it has not even read the length */
    IS(&x, "none");
    x.f->unread = 0;
    x.f->decided = BY_DEADLINE;
    IS(&x, "none");
    x.f->decided = BY_IDLE;
    sent(&x, SECOND_FRAME - 1, BYTES("\0\0"));
    IS(&x, "none");
    failure_deinit(&x);
}

/* No framing tells where a message ends: what was left over comes first. */
static void left_over_before_the_next(void **state)
{
    struct failure x;

    (void)state;
    init(&x, SECOND_BYTES, STEP_OTHER_CAME);
    failure_got(&x, BYTES("ABC"), BYTES("\0"), false);
    IS(&x, "nul-on-the-wire");
    failure_got(&x, BYTES("ABC"), BYTES("\0AB"), false);
    IS(&x, "nul-on-the-wire");
    failure_got(&x, BYTES("ABC"), BYTES("\0XY"), false); /* another answer, too */
    IS(&x, "none");
    failure_got(&x, BYTES("ABC"), BYTES("\0\0\0"), false);
    IS(&x, "none");
    failure_got(&x, BYTES("ABCDE"), BYTES("\0\0\0\0\0"), false);
    IS(&x, "sends-whole-buffer");
    failure_got(&x, BYTES("\0BCDE"), BYTES("\0\0\0\0\0"), false); /* a zero is due */
    IS(&x, "none");
    failure_deinit(&x);
    init(&x, FIRST_BYTES, STEP_OTHER_CAME); /* no message was before */
    failure_got(&x, BYTES("HELLO"), BYTES("\0\0\0\0\0"), false);
    IS(&x, "none");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ends_at_a_zero_byte),
        cmocka_unit_test(ends_where_the_request_has_a_zero),
        cmocka_unit_test(padded),
        cmocka_unit_test(padded_with_anything),
        cmocka_unit_test(left_over),
        cmocka_unit_test(left_over_before_the_next),
        cmocka_unit_test(typed_and_a_zero),
        cmocka_unit_test(old_end),
        cmocka_unit_test(old_end_as_a_line),
        cmocka_unit_test(line_endings),
        cmocka_unit_test(host_order),
        cmocka_unit_test(meant),
        cmocka_unit_test(killed_by_a_length),
        cmocka_unit_test(ended_by_a_size),
        cmocka_unit_test(the_last_that_was_sent),
        cmocka_unit_test(waits_for_a_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
