/* test_diagnose_output.c - what is printed, and what a program waits for meanwhile. */
#include "failure.h"

/* Steps: 0 piped prints, 1 shown prints, 2 piped prints a pattern, 3 alice sends, 4 alice gets, 5 typed
 * prints, 6 shown prints another line, 7 shown printed. */
static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  piped: {run: ./tool, stdout: pipe}\n"
                                "  shown: {run: ./tool}\n"
                                "  typed: {run: ./tool, stdin: open}\n"
                                "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                                "protocol: {framing: line}\n"
                                "peers:\n  alice: {connects: server}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - piped prints: \"OK 42\"\n"
                                "      - shown prints: \"OK 42\"\n"
                                "      - piped prints: !regex '^OK'\n"
                                "      - alice sends: \"OK 7\"\n"
                                "      - alice gets: \"OK\"\n"
                                "      - typed prints: !raw \"OK 42\"\n"
                                "      - shown prints: \"bye\"\n"
                                "      - shown printed: \"OK 42\"\n";

enum { PIPED, SHOWN, PATTERN, ALICE_SENDS, ALICE_GETS, TYPED, OTHER_LINE, ALL };

static void init(struct failure *x, uint32_t step, enum outcome outcome, struct bytes came)
{
    failure_init(x, spec_text, step, outcome);
    failure_got(x, BYTES("OK 42"), came, false);
}

static void out(struct failure *x, const char *text)
{
    x->p->out = excerpt_text(x->r, text);
}

/* ---- unflushed-stdout ---------------------------------------------------------------------------------- */

static void held_back_by_a_pipe(void **state)
{
    struct failure x;

    (void)state;
    init(&x, PIPED, STEP_NOT_PRINTED, BYTES(""));
    IS(&x, "none");
    x.e.on_terminal = ANSWER_FAILED;
    IS(&x, "none");
    x.e.on_terminal = ANSWER_PASSED;
    IS(&x, "unflushed-stdout");
    failure_got(&x, BYTES("OK 42"), BYTES("OK 4"), false); /* up to where its buffer was full */
    IS(&x, "unflushed-stdout");
    failure_got(&x, BYTES("OK 42"), BYTES("OK 7"), false); /* something else was printed */
    IS(&x, "none");
    failure_deinit(&x);
}

static void printed_by_both(void **state)
{
    struct program_record terminal = {0};
    struct failure x;

    (void)state;
    init(&x, PIPED, STEP_NOT_PRINTED, BYTES("OK 3"));
    out(&x, "OK 3\nOK 3\nOK 42\n");
    terminal.out = excerpt_text(x.r, "OK 3\nOK 42\nOK 42\n");
    x.e.terminal = &terminal;
    IS(&x, "debug-output-on-stdout"); /* the right line comes later */
    x.e.on_terminal = ANSWER_PASSED;
    IS(&x, "stdio-copied-by-fork");
    assert_string_equal(x.d.out.findings[0].evidence,
                        "`OK 3\\n` is printed 2 times where stdout is a pipe, and 1 where it is a terminal");
    out(&x, "OK 3\nOK 4\nOK 3\n"); /* another line too */
    IS(&x, "none");
    out(&x, "OK 3\n");
    IS(&x, "none");
    out(&x, "OK 3\nOK 3"); /* cut off: it may have become another */
    IS(&x, "none");
    out(&x, "");
    IS(&x, "none");
    failure_deinit(&x);
}

static void printed_at_exit(void **state)
{
    struct failure x;

    (void)state;
    init(&x, PIPED, STEP_NOT_PRINTED, BYTES(""));
    out(&x, "OK 42\n");
    IS(&x, "unflushed-stdout");
    x.f->came_is_message = true; /* an empty line came first */
    IS(&x, "none");
    x.f->came_is_message = false;
    out(&x, "OK 4\n");
    IS(&x, "none");
    failure_deinit(&x);

    init(&x, SHOWN, STEP_NOT_PRINTED, BYTES("")); /* a terminal holds nothing back, but another buffer may */
    out(&x, "OK 42\n");
    x.f->decided = BY_IDLE;
    IS(&x, "unflushed-stdout");
    x.f->decided = BY_TIMER; /* it was late */
    IS(&x, "none");
    failure_deinit(&x);

    init(&x, TYPED, STEP_NOT_PRINTED, BYTES("")); /* but for a prompt, where stdin is none */
    out(&x, "OK 42");
    x.f->reading = 1;
    IS(&x, "none");
    x.f->on_stdin = 1;
    IS(&x, "unflushed-stdout");
    failure_deinit(&x);

    init(&x, PATTERN, STEP_NOT_PRINTED, BYTES(""));
    out(&x, "OK 42\n");
    IS(&x, "none");
    x.e.on_terminal = ANSWER_PASSED;
    IS(&x, "unflushed-stdout");
    failure_deinit(&x);
}

/* Nobody can tell whether lines are held back by a buffer, or never come before the end of the stream; but
 * who has answered does not wait for that. */
static void held_back_or_not_begun(void **state)
{
    static const char spec[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                               "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                               "protocol: {framing: line}\n"
                               "peers:\n  alice: {connects: server}\n  bob: {connects: server}\n"
                               "tests:\n  - id: t\n    steps:\n"
                               "      - alice gets: \"hello\"\n      - bob sends: \"x\"\n"
                               "      - bob gets nothing:\n"
                               "      - alice gets: \"hello\"\n      - server prints: \"OK 42\"\n"
                               "      - bob gets: \"OK\"\n      - server prints: \"OK 42\"\n";
    enum { BEFORE_BOB = 4, AFTER_BOB = 6 };
    struct failure x;

    (void)state;
    failure_init(&x, spec, BEFORE_BOB, STEP_NOT_PRINTED); /* alice got what she had not asked for */
    failure_got(&x, BYTES("OK 42"), BYTES(""), false);
    out(&x, "OK 42\n");
    IS(&x, "unflushed-stdout");
    assert_true(x.d.out.findings[0].one_of);
    assert_int_equal(x.d.out.n_findings, 2);
    assert_string_equal(x.d.out.findings[1].diagnosis->id, "read-until-eof");
    x.f->reading = 1; /* a terminal's buffer would be empty by then */
    assert_string_not_equal(failure_name(&x), "unflushed-stdout");
    failure_deinit(&x);

    failure_init(&x, spec, AFTER_BOB, STEP_NOT_PRINTED);
    failure_got(&x, BYTES("OK 42"), BYTES(""), false);
    out(&x, "OK 42\n");
    IS(&x, "unflushed-stdout");
    assert_false(x.d.out.findings[0].one_of);
    assert_int_equal(x.d.out.n_findings, 1);
    x.e.apart = ANSWER_PASSED; /* what comes apart is printed */
    assert_string_not_equal(failure_name(&x), "unflushed-stdout");
    failure_deinit(&x);
}

/* arg: on a terminal it goes on to this step, and fails there. */
static bool needs_a_terminal(struct docket *d, struct record *r, struct case_record *c)
{
    uint32_t step = c->key.experiment == ON_TERMINAL ? *(const uint32_t *)d->model.arg : PIPED;
    struct step_record *f;

    if (step > PATTERN)
        return true;
    f = add_step(r, c, step, STEP_NOT_PRINTED);
    f->decided = BY_IDLE;
    f->items = 1;
    f->program = 0;
    f->expected = excerpt_text(r, "OK 42");
    return false;
}

/* The judge asks for the same case with a terminal, and believes what it shows. */
static void a_terminal_is_tried(void **state)
{
    static const uint32_t reached[] = {ALICE_SENDS, PATTERN, PIPED};
    static const char *const names[] = {"unflushed-stdout", "unflushed-stdout", "none"};

    (void)state;
    for (size_t i = 0; i < array_len(reached); i++) {
        struct docket d = judged(spec_text, needs_a_terminal, &reached[i]);

        assert_int_equal(d.out.verdict, VERDICT_FAIL);
        assert_string_equal(docket_finding(&d), names[i]);
        assert_int_equal(d.plays, 3); /* twice for the verdict, once on a terminal */
        docket_deinit(&d);
    }
}

/* ---- blocks-on-stdin ----------------------------------------------------------------------------------- */

static void sleeps_on_stdin(void **state)
{
    struct failure x;

    (void)state;
    init(&x, SHOWN, STEP_NOT_PRINTED, BYTES(""));
    x.f->on_stdin = 1;
    IS(&x, "none"); /* nothing to read elsewhere */
    x.f->unread = 6;
    IS(&x, "blocks-on-stdin");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "6 bytes"));
    x.f->unread = 1;
    x.f->tcp_state = 8;
    IS(&x, "blocks-on-stdin");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "the end of the connection"));
    x.f->on_stdin = 0; /* it sleeps elsewhere */
    IS(&x, "none");
    x.f->on_stdin = 1;
    x.f->decided = BY_DEADLINE; /* it is at work */
    IS(&x, "none");
    failure_deinit(&x);
}

/* ---- debug-output-on-stdout ---------------------------------------------------------------------------- */

static void among_other_lines(void **state)
{
    struct failure x;

    (void)state;
    init(&x, SHOWN, STEP_NOT_PRINTED, BYTES("connected"));
    out(&x, "connected\nOK 42\n");
    IS(&x, "debug-output-on-stdout");
    out(&x, "connected\nOK 421\nNOK 42\n"); /* no line of its own */
    IS(&x, "none");
    out(&x, "connected\n");
    IS(&x, "none");
    out(&x, "connected\nOK 42"); /* the last line may lack its end */
    IS(&x, "debug-output-on-stdout");
    failure_deinit(&x);
}

static void answers_in_the_wrong_order(void **state)
{
    struct failure x;

    (void)state;
    init(&x, SHOWN, STEP_NOT_PRINTED, BYTES("OK 7"));
    out(&x, "OK 7\nOK 42\n");
    IS(&x, "debug-output-on-stdout");                 /* as far as can be known */
    x.c->steps[0].sent = excerpt_text(x.r, "OK 7\n"); /* it was typed, and is shown again … */
    IS(&x, "debug-output-on-stdout");
    x.c->steps[0].step = ALICE_SENDS; /* … but a peer had sent it */
    IS(&x, "none");
    failure_deinit(&x);
}

static void lines_in_another_order(void **state)
{
    struct failure x;

    (void)state;
    init(&x, SHOWN, STEP_NOT_PRINTED, BYTES("bye")); /* a later step asks for it */
    out(&x, "bye\nOK 42\n");
    IS(&x, "none");
    failure_got(&x, BYTES("OK 42"), BYTES("by"), false);
    IS(&x, "debug-output-on-stdout");
    failure_deinit(&x);
    init(&x, PIPED, STEP_NOT_PRINTED, BYTES("bye")); /* of another program */
    x.e.on_terminal = ANSWER_FAILED;
    out(&x, "bye\nOK 42\n");
    IS(&x, "debug-output-on-stdout");
    failure_deinit(&x);
}

static void behind_a_prompt(void **state)
{
    struct failure x;

    (void)state;
    init(&x, SHOWN, STEP_NOT_PRINTED, BYTES("> OK 42"));
    IS(&x, "debug-output-on-stdout");
    failure_got(&x, BYTES("OK 42"), BYTES("answer:OK 42"), false);
    IS(&x, "debug-output-on-stdout");
    failure_got(&x, BYTES("OK 42"), BYTES("xOK 42"), false);
    IS(&x, "none");
    failure_got(&x, BYTES("2"), BYTES("OK 42"), false); /* the end of another answer is no prompt */
    IS(&x, "none");
    failure_deinit(&x);
}

/* What is expected is all that it prints. */
static void before_and_behind(void **state)
{
    struct failure x;

    (void)state;
    init(&x, ALL, STEP_NOT_PRINTED, BYTES(""));
    failure_got(&x, BYTES("OK 42\n"), BYTES("connected to ::1\nOK 42\n"), false);
    IS(&x, "debug-output-on-stdout");
    failure_got(&x, BYTES("OK 42\n"), BYTES("OK 42\ndone.\n"), false);
    IS(&x, "debug-output-on-stdout");
    failure_got(&x, BYTES("OK 42\n"), BYTES("OK 42\nOK 42\n"), false);
    x.c->steps[ALICE_SENDS].sent = excerpt_text(x.r, "OK 42\n"); /* printed twice, which is no remark */
    IS(&x, "none");
    failure_got(&x, BYTES("OK 42\n"), BYTES("OK 42\n\0junk"), false);
    IS(&x, "none");
    failure_got(&x, BYTES("OK 42\n"), BYTES("connected\nOK 4\n"), false);
    IS(&x, "none");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(held_back_by_a_pipe),    cmocka_unit_test(printed_by_both),
        cmocka_unit_test(printed_at_exit),        cmocka_unit_test(held_back_or_not_begun),
        cmocka_unit_test(a_terminal_is_tried),    cmocka_unit_test(sleeps_on_stdin),
        cmocka_unit_test(among_other_lines),      cmocka_unit_test(answers_in_the_wrong_order),
        cmocka_unit_test(lines_in_another_order), cmocka_unit_test(behind_a_prompt),
        cmocka_unit_test(before_and_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
