/* test_diagnose_ending.c - ends that do not come, or come as a reset; and who is served before whom. */
#include "failure.h"

#include "kernel/sockdiag.h"

static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
    "  client: {run: ./client, args: \"${origin.port}\"}\n"
    "  piped: {run: ./client, args: \"${till.port}\", stdout: pipe}\n"
    "protocol: {framing: line}\n"
    "peers:\n  alice: {connects: server}\n  bob: {connects: server}\n"
    "  carol: {connects: server}\n  origin: {listens: tcp}\n  till: {listens: tcp}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - alice sends: \"a\"\n"
    "      - alice gets: \"A\"\n"
    "      - bob sends: \"b\"\n"
    "      - bob gets: \"B\"\n"
    "      - carol sends: \"c\"\n"
    "      - carol gets: \"C\"\n"
    "      - alice gets: \"D\"\n"
    "      - alice gets end:\n"
    "      - origin accepts: conn\n"
    "      - conn sends: \"y\"\n"
    "      - client prints: \"y\"\n"
    "      - client exits: 0\n"
    "      - till accepts: link\n"
    "      - link sends: \"y\"\n"
    "      - piped prints: \"y\"\n"
    "      - link closes:\n"
    "      - piped exits: 0\n";

enum { ALICE, BOB, CAROL };
enum { CAROL_GETS = 5, ALICE_GETS, ALICE_ENDS, PRINTS = 10, EXITS, PIPED_PRINTS = 14, PIPED_EXITS = 16 };

static void in_place_of_the_end(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, ALICE_ENDS, STEP_RESET);
    IS(&x, "close-with-unread-data"); /* whether or not it was seen unread before */
    x.f->unread = 12;
    IS(&x, "close-with-unread-data");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "12 bytes were unread"));
    x.c->steps[1].outcome = x.c->steps[6].outcome = STEP_OTHER_CAME; /* it has answered nothing */
    IS(&x, "none");
    x.c->steps[1].outcome = STEP_PASSED;
    x.p->exited = true; /* which ends its connections, too */
    x.p->exit_status = SIGSEGV;
    IS(&x, "crashed");
    failure_deinit(&x);
}

static void nothing_left_to_say(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, ALICE_ENDS, STEP_STILL_OPEN);
    x.f->accepted = true;
    x.f->tcp_state = TCP_STATE_ESTABLISHED;
    IS(&x, "never-closes");
    x.f->unread = 1;
    IS(&x, "none");
    x.f->unread = 0;
    x.f->decided = BY_DEADLINE;
    IS(&x, "none");
    failure_deinit(&x);
}

static void printed_at_the_end(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, PRINTS, STEP_NOT_PRINTED);
    failure_got(&x, BYTES("y"), BYTES(""), false);
    x.f->reading = 1;
    x.p->out = excerpt_text(x.r, "y\n");
    IS(&x, "read-until-eof");
    x.f->on_stdin = 1;
    IS(&x, "none");
    x.f->on_stdin = 0;
    x.p->out = excerpt_text(x.r, "z\n"); /* it was never printed */
    IS(&x, "none");
    failure_deinit(&x);

    failure_init(&x, spec_text, EXITS, STEP_STILL_RUNS);
    x.f->reading = 1;
    x.p->exit_status = 0;
    IS(&x, "read-until-eof");
    x.p->exit_status = SIGTERM; /* the end of the stream did not help */
    IS(&x, "none");
    failure_deinit(&x);

    failure_init(&x, spec_text, PIPED_EXITS, STEP_STILL_RUNS);
    x.f->reading = 1;
    x.p->exit_status = 0;
    IS(&x, "none"); /* its stream has ended */
    failure_deinit(&x);
}

static void printed_at_the_end_of_a_pipe(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, PIPED_PRINTS, STEP_NOT_PRINTED);
    failure_got(&x, BYTES("y"), BYTES(""), false);
    x.f->reading = 1;
    x.p->out = excerpt_text(x.r, "y\n");
    IS(&x, "unflushed-stdout");
    x.e.on_terminal = ANSWER_FAILED; /* so it is not the pipe */
    IS(&x, "read-until-eof");
    failure_deinit(&x);
}

/* Carol waits until somebody leaves. */
static void waits_for_others(void **state)
{
    struct release_record release = {.tried = true, .answered = true, .closed = BOB};
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, CAROL_GETS, STEP_TOO_LITTLE);
    failure_got(&x, BYTES("C"), BYTES(""), false);
    x.e.release = &release;
    IS(&x, "none"); /* alice and bob were served beside each other: there is no room for a third */
    x.c->steps[1].outcome = STEP_OTHER_CAME;
    IS(&x, "sequential-server");
    x.c->steps[1].outcome = STEP_PASSED;
    x.c->steps[3].outcome = STEP_OTHER_CAME; /* bob is silent, and everybody waits for him */
    IS(&x, "sequential-server");
    failure_deinit(&x);

    failure_init(&x, spec_text, ALICE_GETS, STEP_TOO_LITTLE);
    failure_got(&x, BYTES("D"), BYTES(""), false);
    x.e.release = &release;
    IS(&x, "none"); /* alice herself was served while bob was there */
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_place_of_the_end), cmocka_unit_test(nothing_left_to_say),
        cmocka_unit_test(printed_at_the_end),  cmocka_unit_test(printed_at_the_end_of_a_pipe),
        cmocka_unit_test(waits_for_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
