/* test_diagnose_arrival.c - datagrams that came in another order than their numbers', twice, or empty, or
 * that somebody waits for without end. */
#include "failure.h"

static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  play: {run: ./play, args: \"${port}\", listens: udp}\n"
    "  seek: {run: ./seek, args: \"${ann.port}\"}\n"
    "protocol:\n  framing: datagram\n  messages:\n"
    "    DATA: {fields: [{number: u16be}, {body: bytes(rest)}]}\n"
    "peers:\n  eve: {connects: play}\n  ann: {listens: udp}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - eve sends: [{DATA: {number: 1, body: \"one \"}}, {DATA: {number: 3, body: \"three \"}}]\n"
    "      - eve sends: [{DATA: {number: 2, body: \"two \"}}, {DATA: {number: 2, body: \"two \"}}, \"\"]\n"
    "      - play printed: \"one two three \"\n"
    "      - eve sends: {DATA: {number: 4, body: \"four\"}}\n"
    "      - eve gets: {DATA: {number: 4}}\n"
    "      - ann gets: {DATA: {number: 1}}\n"
    "      - seek exits: 2\n";

enum { PRINTED = 2, EVE_GETS = 4, SEEK_EXITS = 6 };

static const char *printed(const char *came)
{
    static char id[40];
    struct failure x;

    failure_init(&x, spec_text, PRINTED, STEP_NOT_PRINTED);
    failure_got(&x, BYTES("one two three "), bytes_of(came), true);
    snprintf(id, sizeof id, "%s", failure_name(&x));
    failure_deinit(&x);
    return id;
}

static void in_the_order_of_arrival(void **state)
{
    (void)state;
    assert_string_equal(printed("one three two "), "assumes-order");
    assert_string_equal(printed("one three two two "), "assumes-order");
    assert_string_equal(printed("two one three "), "none"); /* that is how nothing came */
    assert_string_equal(printed("one three "), "none");
    assert_string_equal(printed("one "), "none");
}

static void what_came_twice(void **state)
{
    (void)state;
    assert_string_equal(printed("one two two three "), "no-deduplication");
    assert_string_equal(printed("one two four three "), "none");
    assert_string_equal(printed("one two three!"), "none");
}

static void nothing_behind_an_empty_one(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, PRINTED, STEP_NOT_PRINTED);
    failure_got(&x, BYTES("one two three "), BYTES(""), true);
    IS(&x, "none");
    x.p->exited = true;
    x.p->exit_status = EXITED(0);
    IS(&x, "empty-datagram-is-eof");
    failure_got(&x, BYTES("one two three "), BYTES("four"), true); /* it went on */
    IS(&x, "exited-early");
    failure_deinit(&x);
    failure_init(&x, spec_text, EVE_GETS, STEP_TOO_LITTLE);
    x.p->exited = true;
    x.p->exit_status = EXITED(0);
    IS(&x, "empty-datagram-is-eof");
    x.p->err = excerpt_text(x.r, "Traceback (most recent call last):\nValueError: x\n");
    IS(&x, "exited-early"); /* it says itself what it was */
    failure_deinit(&x);
}

static void waits_without_end(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, SEEK_EXITS, STEP_STILL_RUNS);
    x.f->reading = 1;
    IS(&x, "no-receive-timeout");
    x.f->timers = 1; /* it does have a time-out */
    IS(&x, "none");
    x.f->timers = 0;
    x.f->on_stdin = 1; /* it waits for its user */
    IS(&x, "none");
    x.f->on_stdin = 0;
    x.f->decided = BY_DEADLINE;
    IS(&x, "none");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_the_order_of_arrival),
        cmocka_unit_test(what_came_twice),
        cmocka_unit_test(nothing_behind_an_empty_one),
        cmocka_unit_test(waits_without_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
