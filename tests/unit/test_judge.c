/* test_judge.c - verdicts: which plays are wanted, in which order, and what they come to. */
#include "records.h"

#include "record/stream.h"

/* ---- models -------------------------------------------------------------------------------------------- */

static bool passes_always(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d, (void)r, (void)c;
    return true;
}

static bool fails_always(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    return got_nothing(r, c);
}

static bool is_cut_at(const struct split *s, uint32_t step, uint32_t at)
{
    const struct cuts *c = split_at(s, step);

    for (uint32_t i = 0; c && i < c->n; i++)
        if (c->at[i] == at)
            return true;
    return s->kind == SPLIT_BYTES;
}

static bool fails_at_5(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    return is_cut_at(&c->key.split, 0, 5) ? got_nothing(r, c) : true;
}

static bool fails_when_cut(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    return c->key.split.kind == SPLIT_WHOLE ? true : got_nothing(r, c);
}

/* arg: a number of plays, the only one of which fails. */
static bool fails_once(struct docket *d, struct record *r, struct case_record *c)
{
    return d->plays == *(const size_t *)d->model.arg ? got_nothing(r, c) : true;
}

/* ---- the walk ------------------------------------------------------------------------------------------ */

static void all_pass(void **state)
{
    struct docket d = judged(SPLIT_TEST("whole, every-cut", "ab"), passes_always, NULL);

    (void)state;
    assert_log(&d, "whole 1:at:1 1:at:2\n");
    assert_int_equal(d.out.verdict, VERDICT_PASS);
    assert_true(d.out.score == 4 && d.out.max == 4);
    assert_int_equal(d.out.cases, 3);
    assert_int_equal(d.out.passed, 3);
    assert_int_equal(d.out.experiments, 0);
    assert_int_equal(d.out.took, 30);
    assert_int_equal(d.out.n_findings, 0);
    assert_null(d.out.headline);
    assert_ptr_equal(d.out.test, &d.spec->tests[0]);
    docket_deinit(&d);
}

static void extra_credit_has_no_maximum(void **state)
{
    struct docket d =
        judged(LINE_SPEC "  - {id: t, points: 4, extra-credit: true, steps: [{alice sends: \"a\"}]}\n",
               passes_always, NULL);

    (void)state;
    assert_true(d.out.score == 4 && d.out.max == 0);
    docket_deinit(&d);
}

static void suspicion_is_cleared(void **state)
{
    struct docket d = judged(SPLIT_TEST("whole, every-cut", "ab"), fails_unfresh, "1:at:1");

    (void)state;
    assert_log(&d, "whole 1:at:1 1:at:2\n"
                   "1:at:1!\n"
                   "1:at:2!\n");
    assert_int_equal(d.out.verdict, VERDICT_PASS);
    assert_true(d.out.score == 4);
    assert_int_equal(d.out.passed, 3);
    assert_int_equal(d.out.experiments, 1);
    docket_deinit(&d);
}

/* What fails on the shared start and on the first fresh one is replayed once more. */
static void suspicion_is_confirmed(void **state)
{
    struct docket d = judged(SPLIT_TEST("whole, every-cut", "ab"), fails_when_cut, NULL);

    (void)state;
    assert_log(&d, "whole 1:at:1 1:at:2\n"
                   "1:at:1!\n"
                   "1:at:1!\n"
                   "whole!\n");
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_true(d.out.score == 0);
    assert_int_equal(d.out.passed, 1);
    assert_int_equal(d.out.experiments, 3);
    assert_string_equal(docket_finding(&d), "one-read-one-message");
    assert_ptr_equal(d.out.shown->steps + 1, d.out.failed);
    assert_true(d.out.shown->key.fresh);
    docket_deinit(&d);
}

static void sometimes_is_a_failure(void **state)
{
    static const size_t first = 1, third = 3;
    struct docket d = judged(SPLIT_TEST("bytes, whole", "ab"), fails_once, &first);

    (void)state;
    assert_log(&d, "bytes whole\nbytes!\n");
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_true(d.out.sometimes);
    assert_true(d.out.score == 0);
    assert_int_equal(d.out.shown->key.split.kind, SPLIT_BYTES);
    assert_ptr_equal(d.out.record, d.records[0]);
    assert_string_equal(docket_finding(&d), "none");
    docket_deinit(&d);

    /* the third of a shared start: cleared at once */
    d = judged(SPLIT_TEST("whole, every-cut", "ab"), fails_once, &third);
    assert_int_equal(d.out.verdict, VERDICT_PASS);
    assert_false(d.out.sometimes);
    docket_deinit(&d);
}

/* Each repetition has a start of its own: what fails once has failed. */
static void repeated_cases(void **state)
{
    static const size_t fifth = 5;
    static const char spec[] = LINE_SPEC "  - {id: t, repeat: 3, under: [whole, bytes], steps: [{alice "
                                         "sends: \"ab\"}, {alice gets: \"x\"}]}\n";
    struct docket d = judged(spec, passes_always, NULL);

    (void)state;
    assert_log(&d, "whole! bytes! whole! bytes! whole! bytes!\n");
    assert_int_equal(d.out.verdict, VERDICT_PASS);
    assert_int_equal(d.out.cases, 6);
    assert_int_equal(d.out.passed, 6);
    docket_deinit(&d);

    d = judged(spec, fails_once, &fifth);
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_true(d.out.sometimes);
    assert_int_equal(d.out.passed, 4);
    docket_deinit(&d);
}

/* A lost case is no failure and no pass: it is played again, and so are those behind it. */
static void incomplete_cases_are_played_again(void **state)
{
    struct docket d;

    (void)state;
    docket_init(&d, SPLIT_TEST("whole, every-cut", "ab"));
    d.model.passes = passes_always;
    assert_int_equal(docket_judge(&d), JUDGE_WANTS);
    docket_play(&d)->cases[1].complete = false;
    d.records[0]->n_cases = 2;
    d.records[0]->truncated = true;
    assert_int_equal(docket_judge(&d), JUDGE_WANTS);
    log_want(&d);
    assert_log(&d, "1:at:1 1:at:2\n");
    docket_run(&d);
    assert_int_equal(d.out.verdict, VERDICT_PASS);
    docket_deinit(&d);
}

/* ---- what fails: experiments --------------------------------------------------------------------------- */

static void shrinks_to_one_cut(void **state)
{
    struct docket d = judged(SPLIT_TEST("bytes", "ADD 1 2"), fails_at_5, NULL);
    struct split one = {0};

    (void)state;
    split_add(&one, 0, 5);
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_true(split_equal(&d.out.shown->key.split, &one));
    assert_false(d.out.sometimes);
    assert_true(d.out.experiments <= JUDGE_MAX_EXPERIMENTS);
    /* whole first, then a cut in the middle */
    assert_memory_equal(d.log.data, "bytes\nbytes!\nwhole!\n1:at:4!\n", 28);
    split_deinit(&one);
    docket_deinit(&d);
}

static void whole_fails_too(void **state)
{
    struct docket d = judged(SPLIT_TEST("bytes", "ab"), fails_always, NULL);

    (void)state;
    assert_log(&d, "bytes\nbytes!\nwhole!\n");
    assert_int_equal(d.out.shown->key.split.kind, SPLIT_WHOLE);
    assert_string_equal(docket_finding(&d), "none");
    docket_deinit(&d);
}

static bool passes_apart(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    return c->key.split.kind == SPLIT_APART ? true : got_nothing(r, c);
}

static void lists_are_sent_apart(void **state)
{
    struct docket d = judged(LINE_SPEC "  - id: t\n    steps:\n      - alice sends: [\"a\", \"b\"]\n"
                                       "      - alice gets: \"OK\"\n",
                             passes_apart, NULL);

    (void)state;
    assert_log(&d, "whole\nwhole!\napart!\n");
    assert_string_equal(docket_finding(&d), "drops-rest-of-read");
    docket_deinit(&d);
}

#define LENGTH_TEST                                                                                          \
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n  server: {run: ./server, args: \"${port}\", "      \
    "listens: tcp}\n"                                                                                        \
    "protocol: {framing: {length: u32be}, max: 100}\npeers:\n  alice: {connects: server}\ntests:\n"          \
    "  - id: t\n    under: [every-cut]\n    steps:\n      - alice sends: [\"abc\", \"defg\"]\n"              \
    "      - alice gets: \"OK\"\n"

/* Of the second message, which is 8 bytes long and begins at 7, the header is cut. */
static bool fails_in_header(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    for (uint32_t at = 8; at <= 10; at++)
        if (is_cut_at(&c->key.split, 0, at) && split_count(&c->key.split) == 1)
            return got_nothing(r, c);
    return true;
}

static void headers_are_asked_about(void **state)
{
    struct docket d = judged(LENGTH_TEST, fails_in_header, NULL);

    (void)state;
    assert_log(
        &d, "1:at:1 1:at:2 1:at:3 1:at:4 1:at:5 1:at:6 1:at:7 1:at:8 1:at:9 1:at:10 1:at:11 1:at:12 1:at:13 "
            "1:at:14\n"
            "1:at:8!\n"
            "1:at:8!\n"
            "whole!\n"
            "1:at:8!\n"
            "1:at:12!\n"
            "1:at:14!\n"
            "1:at:7,8!\n");
    assert_string_equal(docket_finding(&d), "short-header-read");
    docket_deinit(&d);
}

#define CRLF_TEST(under)                                                                                     \
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n  server: {run: ./server, args: \"${port}\", "      \
    "listens: tcp}\n"                                                                                        \
    "protocol: {framing: crlf, max: 100}\npeers:\n  alice: {connects: server}\ntests:\n"                     \
    "  - id: t\n    under: [" under "]\n    steps:\n      - alice sends: [\"abc\", \"defg\"]\n"              \
    "      - alice gets: \"OK\"\n"

/* The request is 27 bytes long. */
#define HTTP_TEST                                                                                            \
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n  server: {run: ./server, args: \"${port}\", "      \
    "listens: tcp}\nprotocol: {framing: http}\npeers:\n  alice: {connects: server}\ntests:\n  - id: t\n"     \
    "    under: [{at: [26]}]\n    steps:\n"                                                                  \
    "      - alice sends: {request: {target: /, headers: {Host: x}}}\n      - alice gets: !regex '^HTTP'\n"

/* arg: where a cut fails. The second message begins at 5, and its CR LF at 9. */
static bool fails_at(struct docket *d, struct record *r, struct case_record *c)
{
    for (const uint32_t *at = d->model.arg; *at; at++)
        if (is_cut_at(&c->key.split, 0, *at))
            return got_nothing(r, c);
    return true;
}

static void delimiters_are_asked_about(void **state)
{
    static const uint32_t inside[] = {10, 0}, second[] = {6, 7, 8, 10, 0}, before[] = {9, 0},
                          both[] = {9, 10, 0}, empty_line[] = {24, 25, 26, 0}, from_line[] = {23, 26, 0};
    static const struct {
        const char *spec;
        const uint32_t *fails;
        const char *name;
    } models[] = {
        {CRLF_TEST("bytes"), inside, "split-delimiter"},
        {CRLF_TEST("bytes"), second, "one-read-one-message"},
        {CRLF_TEST("bytes"), before, "one-read-one-message"},
        {CRLF_TEST("{at: [10]}"), both, "one-read-one-message"}, /* a cut behind the first byte passes */
        {HTTP_TEST, empty_line, "split-delimiter"},
        {HTTP_TEST, from_line, "one-read-one-message"},
    };

    (void)state;
    for (size_t i = 0; i < array_len(models); i++) {
        struct docket d = judged(models[i].spec, fails_at, models[i].fails);

        assert_string_equal(docket_finding(&d), models[i].name);
        docket_deinit(&d);
    }
}

/* A part is lost when a whole message comes before it in the same read. */
static bool fails_behind_a_message(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    if (split_count(&c->key.split) == 1 && c->key.split.cuts[0].at[0] > 2)
        return got_nothing(r, c);
    return true;
}

static void parts_are_asked_about(void **state)
{
    struct docket d = judged(LINE_SPEC "  - id: t\n    under: [{at: [3]}]\n    steps:\n"
                                       "      - alice sends: [\"a\", \"bc\"]\n      - alice gets: \"OK\"\n",
                             fails_behind_a_message, NULL);

    (void)state;
    assert_log(&d, "1:at:3\n1:at:3!\nwhole!\n1:at:2,3!\n");
    assert_string_equal(docket_finding(&d), "drops-rest-of-read");
    docket_deinit(&d);
}

#define TWO_CLIENTS "  - id: t\n    steps:\n      - alice sends: !raw \"a\"\n      - bob gets: \"OK\"\n"

static bool is_sequential(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    c->release = (struct release_record){
        .tried = c->key.experiment == RELEASED, .answered = c->key.experiment == RELEASED, .closed = 0};
    return got_nothing(r, c);
}

static void others_are_released(void **state)
{
    struct docket d = judged(LINE_SPEC TWO_CLIENTS, is_sequential, NULL);

    (void)state;
    assert_log(&d, "whole\nwhole!\nwhole!?\n");
    assert_string_equal(docket_finding(&d), "sequential-server");
    docket_deinit(&d);

    /* the same split without a release is no answer to that */
    d = judged(LINE_SPEC "  - id: t\n    under: bytes\n    steps:\n      - alice sends: \"ab\"\n"
                         "      - bob gets: \"OK\"\n",
               is_sequential, NULL);
    assert_log(&d, "bytes\nbytes!\nwhole!\nwhole!?\n");
    docket_deinit(&d);

    /* a single client can wait for nobody */
    d = judged(SPLIT_TEST("whole", "ab"), is_sequential, NULL);
    assert_log(&d, "whole\nwhole!\n");
    docket_deinit(&d);
}

/* Not even a handshake of TLS came about. */
static bool shakes_hands_with_one(struct docket *d, struct record *r, struct case_record *c)
{
    bool passes = is_sequential(d, r, c);

    c->steps[c->n_steps - 1].outcome = STEP_NO_TLS;
    return passes;
}

static void others_are_released_from_handshakes(void **state)
{
    struct docket d = judged(LINE_SPEC TWO_CLIENTS, shakes_hands_with_one, NULL);

    (void)state;
    assert_log(&d, "whole\nwhole!\nwhole!?\n");
    assert_string_equal(docket_finding(&d), "sequential-server");
    docket_deinit(&d);
}

/* Neither can a client of another program. */
static void other_programs_hold_nobody_up(void **state)
{
    struct docket d =
        judged("spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
               "  a: {run: ./a, args: \"${port}\", listens: tcp}\n"
               "  b: {run: ./b, args: \"${port}\", listens: tcp}\n"
               "protocol: {framing: line}\npeers:\n  alice: {connects: a}\n  bob: {connects: b}\n"
               "tests:\n" TWO_CLIENTS,
               is_sequential, NULL);

    (void)state;
    assert_log(&d, "whole\nwhole!\n");
    docket_deinit(&d);
}

static uint64_t chance(const void *arg, const struct split *s)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    split_text(s, &text);
    return bytes_hash(buf_view(&text)) ^ *(const uint64_t *)arg * 0x9e3779b97f4a7c15u;
}

/* Whether a split fails obeys no rule. */
static bool fails_oddly(struct docket *d, struct record *r, struct case_record *c)
{
    if (c->key.split.kind == SPLIT_WHOLE)
        return true;
    if (c->key.split.kind == SPLIT_BYTES || (chance(d->model.arg, &c->key.split) >> 20) % 16 == 0)
        return got_nothing(r, c);
    return true;
}

static bool fails_with_many(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    if (c->key.split.kind == SPLIT_BYTES ||
        (split_count(&c->key.split) >= 30 && is_cut_at(&c->key.split, 0, 7)))
        return got_nothing(r, c);
    return true;
}

#define LONG_LINE                                                                                            \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789"

static void experiments_are_bounded(void **state)
{
    size_t most = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 200; seed++) {
        struct docket d = judged(SPLIT_TEST("bytes", LONG_LINE), fails_oddly, &seed);

        assert_int_equal(d.out.verdict, VERDICT_FAIL);
        most = d.out.experiments > most ? d.out.experiments : most;
        docket_deinit(&d);
    }
    assert_int_equal(most, JUDGE_MAX_EXPERIMENTS + 1); /* and the replay */
}

/* Where they do not suffice, the smallest split that was found is shown. */
static void the_best_of_too_few_is_shown(void **state)
{
    struct docket d = judged(SPLIT_TEST("bytes", LONG_LINE), fails_with_many, NULL);

    (void)state;
    assert_int_equal(d.out.experiments, JUDGE_MAX_EXPERIMENTS + 1);
    assert_int_equal(d.out.shown->key.split.kind, SPLIT_CUTS);
    assert_in_range(split_count(&d.out.shown->key.split), 30, 60);
    docket_deinit(&d);
}

/* ---- score: share -------------------------------------------------------------------------------------- */

static bool fails_row_1(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    return c->key.row == 1 ? got_nothing(r, c) : true;
}

static void shares(void **state)
{
    struct docket d = judged(SHARE_TEST, fails_row_1, NULL);

    (void)state;
    assert_log(&d, "whole! whole! whole!\n");
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_int_equal(d.out.cases, 3);
    assert_int_equal(d.out.passed, 2);
    assert_true(d.out.score == 4 && d.out.max == 6);
    assert_int_equal(d.out.shown->key.row, 1);
    docket_deinit(&d);
}

/* ---- once more ----------------------------------------------------------------------------------------- */

static struct record *through_the_stream(const struct record *r)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct record_reader reader;
    struct record *copy;

    record_put_all(&b, r);
    record_reader_init(&reader);
    record_reader_feed(&reader, buf_view(&b));
    copy = record_reader_take(&reader);
    record_reader_deinit(&reader);
    return copy;
}

/* Saved records give the same verdict, from nothing but what travels. */
#define MILESTONES                                                                                           \
    LINE_SPEC "  - id: t\n    points: 5\n    steps:\n      - milestone: One\n        points: 2\n"            \
              "      - alice gets: \"OK\"\n      - milestone: Two\n        points: 1\n"                      \
              "      - alice gets: \"OK\"\n"

static bool fails_at_1(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    return got_nothing(r, c);
}

static bool fails_at_3(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    got_nothing(r, c);
    c->steps[c->n_steps - 1].step = 3;
    return false;
}

static void milestones_count(void **state)
{
    struct docket early = judged(MILESTONES, fails_at_1, NULL), late = judged(MILESTONES, fails_at_3, NULL);

    (void)state;
    assert_true(early.out.verdict == VERDICT_FAIL && early.out.score == 2);
    assert_true(late.out.verdict == VERDICT_FAIL && late.out.score == 3);
    docket_deinit(&early);
    docket_deinit(&late);
}

static void judging_again_gives_the_same(void **state)
{
    struct docket d = judged(SPLIT_TEST("whole, bytes", "ADD 1 2"), fails_at_5, NULL), again;

    (void)state;
    docket_init(&again, SPLIT_TEST("whole, bytes", "ADD 1 2"));
    for (size_t i = 0; i < d.n; i++)
        again.records[again.n++] = through_the_stream(d.records[i]);
    assert_int_equal(docket_judge(&again), JUDGED);
    assert_int_equal(docket_judge(&again), JUDGED);
    assert_int_equal(again.out.verdict, d.out.verdict);
    assert_string_equal(again.out.headline, d.out.headline);
    assert_string_equal(again.out.how, d.out.how);
    assert_string_equal(docket_finding(&again), docket_finding(&d));
    assert_string_equal(again.out.findings[0].evidence, d.out.findings[0].evidence);
    assert_true(split_equal(&again.out.shown->key.split, &d.out.shown->key.split));
    assert_int_equal(again.out.experiments, d.out.experiments);
    docket_deinit(&again);
    docket_deinit(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_pass),
        cmocka_unit_test(extra_credit_has_no_maximum),
        cmocka_unit_test(suspicion_is_cleared),
        cmocka_unit_test(suspicion_is_confirmed),
        cmocka_unit_test(sometimes_is_a_failure),
        cmocka_unit_test(repeated_cases),
        cmocka_unit_test(incomplete_cases_are_played_again),
        cmocka_unit_test(shrinks_to_one_cut),
        cmocka_unit_test(whole_fails_too),
        cmocka_unit_test(lists_are_sent_apart),
        cmocka_unit_test(headers_are_asked_about),
        cmocka_unit_test(delimiters_are_asked_about),
        cmocka_unit_test(parts_are_asked_about),
        cmocka_unit_test(others_are_released),
        cmocka_unit_test(others_are_released_from_handshakes),
        cmocka_unit_test(other_programs_hold_nobody_up),
        cmocka_unit_test(experiments_are_bounded),
        cmocka_unit_test(the_best_of_too_few_is_shown),
        cmocka_unit_test(shares),
        cmocka_unit_test(milestones_count),
        cmocka_unit_test(judging_again_gives_the_same),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
