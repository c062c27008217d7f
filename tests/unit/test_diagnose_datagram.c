/* test_diagnose_datagram.c - mistakes with datagrams: evidence that must give each, and near misses that must
 * not. */
#include "records.h"

#include "kernel/calls.h"

/* Steps: 0 alice sends, 1 alice gets, 2 bob sends, 3 bob gets, 4 zoe sends, 5 zoe gets (over TCP), 6 alice
 * sends an empty datagram, 7 alice gets, 8 alice sends two, 9 alice gets both; then of a client: 10 origin
 * accepts src, 11 src gets, 12 elsewhere gets, 13 origin gets, 14 src gets, 15 src sends, 16 src gets. */
static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: udp}\n"
    "  other: {run: ./other, args: \"${port}\", listens: tcp}\n"
    "  client: {run: ./client, args: \"${origin.port}\"}\n"
    "protocols:\n  udp: {framing: datagram}\n  tcp: {framing: line}\n"
    "peers:\n"
    "  alice: {connects: server, protocol: udp}\n  bob: {connects: server, protocol: udp}\n"
    "  zoe: {connects: other, protocol: tcp}\n"
    "  origin: {listens: udp, protocol: udp}\n  elsewhere: {listens: udp, protocol: udp}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - alice sends: \"ab\"\n      - alice gets: \"AB\"\n"
    "      - bob sends: \"cd\"\n      - bob gets: \"CD\"\n"
    "      - zoe sends: \"ef\"\n      - zoe gets: \"EF\"\n"
    "      - alice sends: \"\"\n      - alice gets: \"\"\n"
    "      - alice sends: [\"x\", \"\"]\n      - alice gets: [\"X\", \"\"]\n"
    "      - origin accepts: src\n      - src gets: \"ab\"\n      - elsewhere gets: \"ab\"\n"
    "      - origin gets: \"ab\"\n      - src gets: \"ab\"\n      - src sends: \"AB\"\n      - src gets: "
    "\"ab\"\n";

enum { ALICE_GETS = 1, BOB_GETS = 3, ZOE_GETS = 5, ALICE_GETS_EMPTY = 7, ALICE_GETS_TWO = 9 };
enum { SRC_GETS = 11, ELSEWHERE_GETS, ORIGIN_GETS, SRC_GETS_AGAIN, SRC_GETS_MORE = 16 };

struct bench {
    struct docket d;
    struct record *r;
    struct case_record *c;
    struct step_record *f;
    struct program_record *p; /* of the failed step */
    struct release_record asked_again;
    struct evidence e;
};

/* The step got nothing, and all programs sleep; the steps before it passed. */
static void bench_init(struct bench *b, uint32_t step)
{
    const struct case_key key = {.fresh = true};

    *b = (struct bench){0};
    docket_init(&b->d, spec_text);
    b->r = docket_record(&b->d);
    b->c = add_case(b->r, &key);
    for (uint32_t i = 0; i < step; i++)
        add_step(b->r, b->c, i, STEP_PASSED)->expected = excerpt_text(b->r, "AB");
    b->f = add_step(b->r, b->c, step, STEP_TOO_LITTLE);
    b->f->decided = BY_IDLE;
    b->f->items = 1;
    b->f->expected = excerpt_text(b->r, "AB");
    b->e = (struct evidence){.spec = b->d.spec,
                             .test = &b->d.spec->tests[0],
                             .arena = &b->d.arena,
                             .record = b->r,
                             .shown = b->c,
                             .failed = b->f};
    b->e.step = &b->e.test->steps[step];
    b->e.program = evidence_program(b->e.test, b->r, b->e.step, b->f);
    b->p = record_program(b->r, b->e.program->program);
}

/* What it is called; "none". */
static const char *name_of(struct bench *b)
{
    mem_free(b->d.out.findings);
    b->d.out = (struct test_result){0};
    diagnose(&b->e, &b->d.out);
    return docket_finding(&b->d);
}

#define IS(b, id) assert_string_equal(name_of(b), id)
#define SAYS(b, words) assert_non_null(strstr((b)->d.out.findings[0].evidence, words))

static void nothing_known_is_nothing_said(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, BOB_GETS);
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void replies_to_wrong_address(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, BOB_GETS);
    b.f->astray = 1;
    IS(&b, "replies-to-wrong-address");
    SAYS(&b, "bob asked, and the answer went to alice");
    b.f->astray = 0;
    b.f->elsewhere = 1; /* to nobody that is known */
    IS(&b, "replies-to-wrong-address");
    SAYS(&b, "a datagram was sent, but to an address or port where none of the clients is");
    b.f->astray = 1;
    b.f->came = excerpt_text(b.r, "x"); /* bob got something after all */
    IS(&b, "none");
    docket_deinit(&b.d);

    bench_init(&b, ZOE_GETS);
    b.f->astray = 1;
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void connected_udp_server(void **state)
{
    static const enum outcome deaf[] = {STEP_TOO_LITTLE, STEP_REFUSED};
    struct bench b;

    (void)state;
    bench_init(&b, BOB_GETS);
    b.f->connected_to = 40001;
    for (size_t i = 0; i < array_len(deaf); i++) {
        b.f->outcome = deaf[i];
        IS(&b, "connected-udp-server");
        SAYS(&b, "40001");
    }
    b.f->outcome = STEP_OTHER_CAME; /* it answers bob, and wrongly */
    IS(&b, "none");
    docket_deinit(&b.d);

    bench_init(&b, ZOE_GETS);
    b.f->connected_to = 40001;
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void addrlen_unset(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, ALICE_GETS);
    b.asked_again = (struct release_record){.tried = true};
    b.e.release = &b.asked_again;
    IS(&b, "none");
    b.asked_again.answered = true;
    IS(&b, "addrlen-unset");
    b.f->outcome = STEP_OTHER_CAME;
    b.f->came = excerpt_text(b.r, "x");
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void came(struct bench *b, const char *expected, const char *text)
{
    b->f->outcome = STEP_OTHER_CAME;
    b->f->came_is_message = true;
    b->f->expected = excerpt_text(b->r, expected);
    b->f->came = excerpt_text(b->r, text);
    b->f->at = match_prefix(b->f->came.head, b->f->expected.head);
}

static void datagram_truncated(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, ALICE_GETS);
    came(&b, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNOPQRST");
    IS(&b, "datagram-truncated");
    SAYS(&b, "of a datagram of 26 bytes the first 20 came back");
    came(&b, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNOPQRSt"); /* not the beginning */
    IS(&b, "none");
    came(&b, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCD"); /* so small is no buffer */
    IS(&b, "none");
    came(&b, "ABCDEFGHIJKLMNOPQRST UVWXYZ", "ABCDEFGHIJKLMNOPQRST"); /* a word was read */
    IS(&b, "none");
    came(&b, "ABCDEFGHIJKLMNOPQRST\nUVWXYZ", "ABCDEFGHIJKLMNOPQRST"); /* a line was */
    IS(&b, "none");
    came(&b, "ABCDEFGHIJKLMNOPQRST", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"); /* too much */
    IS(&b, "none");
    docket_deinit(&b.d);

    bench_init(&b, ZOE_GETS); /* bytes of a stream are cut for other reasons */
    came(&b, "ABCDEFGHIJKLMNOPQRSTUVWXYZ", "ABCDEFGHIJKLMNOPQRST");
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void zero_ends_text(void **state)
{
    static const uint8_t with_zero[] = "ABCDEFGHIJKLMNOPQRST\0UVWXYZ";
    struct bench b;

    (void)state;
    bench_init(&b, ALICE_GETS);
    came(&b, "", "ABCDEFGHIJKLMNOPQRST");
    b.f->expected = excerpt_of(&b.r->arena, (struct bytes){with_zero, sizeof with_zero - 1});
    b.f->at = b.f->came.total;
    assert_string_not_equal(name_of(&b), "datagram-truncated");
    docket_deinit(&b.d);
}

static void ended(struct bench *b, int status)
{
    b->p->exited = true;
    b->p->exit_status = status;
}

static void empty_datagram_is_eof(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, ALICE_GETS_EMPTY);
    IS(&b, "empty-datagram-is-eof");
    SAYS(&b, "waits for the next one");
    b.f->unread = 768; /* it has not even received it */
    IS(&b, "none");
    b.f->unread = 0;
    b.f->decided = BY_DEADLINE; /* still at work on it */
    IS(&b, "none");
    ended(&b, EXITED(0));
    IS(&b, "empty-datagram-is-eof");
    SAYS(&b, "ended with status 0");
    ended(&b, SIGSEGV);
    IS(&b, "crashed");
    docket_deinit(&b.d);
}

static void no_descriptor_left(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, BOB_GETS);
    b.f->fds_before = 4;
    b.f->fds_now = b.d.spec->limits.open_files;
    b.f->visits = 1000;
    IS(&b, "fd-leak");
    SAYS(&b, "after 1000 datagrams");
    b.f->fds_now--; /* it could have opened one more */
    IS(&b, "none");
    b.f->fds_now++;
    b.f->fds_before = b.f->fds_now - 1; /* it had nearly all of them from the beginning */
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void the_empty_one_among_several(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, ALICE_GETS_TWO);
    b.f->items = 2;
    b.f->item = 1;
    ended(&b, EXITED(0));
    IS(&b, "empty-datagram-is-eof");
    b.f->item = 0; /* the other one */
    IS(&b, "exited-early");
    b.f->item = b.f->items = 1; /* who knows which of them should have been answered */
    IS(&b, "exited-early");
    docket_deinit(&b.d);
}

static void not_an_empty_one(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, BOB_GETS);
    ended(&b, EXITED(0));
    assert_string_not_equal(name_of(&b), "empty-datagram-is-eof");
    docket_deinit(&b.d);
}

static void no_receive_timeout(void **state)
{
    static const uint32_t waiting[] = {ORIGIN_GETS, SRC_GETS_AGAIN};
    static const uint32_t other[] = {SRC_GETS,        /* it came, and asked nothing */
                                     ELSEWHERE_GETS,  /* it never asked there */
                                     SRC_GETS_MORE,   /* it was answered */
                                     ALICE_GETS_TWO}; /* a server may well wait for ever */
    struct bench b;

    (void)state;
    for (size_t i = 0; i < array_len(waiting); i++) {
        bench_init(&b, waiting[i]);
        b.f->reading = 1;
        IS(&b, "no-receive-timeout");
        docket_deinit(&b.d);
    }
    for (size_t i = 0; i < array_len(other); i++) {
        bench_init(&b, other[i]);
        b.f->reading = 1;
        IS(&b, "none");
        docket_deinit(&b.d);
    }
}

static void another_question_is_not_asked_again(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, SRC_GETS_AGAIN);
    b.f->reading = 1;
    b.f->expected = excerpt_text(b.r, "the next one");
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void there_may_be_a_timeout(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, SRC_GETS_AGAIN);
    b.f->reading = 1;
    b.f->timers = 1;
    IS(&b, "none");
    b.f->timers = 0;
    b.f->decided = BY_DEADLINE; /* still at work */
    IS(&b, "none");
    b.f->decided = BY_IDLE;
    b.f->reading = 0; /* it waits for something else */
    IS(&b, "none");
    b.f->reading = 1;
    b.f->outcome = STEP_OTHER_CAME; /* it did ask again */
    b.f->came = excerpt_text(b.r, "x");
    IS(&b, "none");
    b.f->outcome = STEP_TOO_LITTLE;
    b.f->came = excerpt_text(b.r, "");
    ended(&b, EXITED(2));
    IS(&b, "exited-early");
    b.f->outcome = STEP_TOO_SOON; /* that it ended then is not what was wrong */
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void servers_mistakes_are_no_clients(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, SRC_GETS);
    b.f->connected_to = 40001; /* a client may connect its socket */
    IS(&b, "none");
    b.f->connected_to = 0;
    b.f->astray = 1;
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* ---- the experiment ------------------------------------------------------------------------------------ */

/* Nobody gets an answer to the first datagram after a start; arg: a sign that there is one to the second. */
static bool first_is_lost(struct docket *d, struct record *r, struct case_record *c)
{
    struct step_record *s;

    add_step(r, c, 0, STEP_PASSED);
    s = add_step(r, c, 1, STEP_TOO_LITTLE);
    s->decided = BY_IDLE;
    c->release = (struct release_record){.tried = c->key.experiment == RELEASED,
                                         .answered = c->key.experiment == RELEASED && d->model.arg};
    return false;
}

static void who_hears_nothing_asks_again(void **state)
{
    struct docket d = judged(spec_text, first_is_lost, "yes");

    (void)state;
    assert_string_equal(docket_finding(&d), "addrlen-unset");
    assert_log(&d, "whole\nwhole!\nwhole!?\n");
    docket_deinit(&d);
    d = judged(spec_text, first_is_lost, NULL);
    assert_string_equal(docket_finding(&d), "none");
    docket_deinit(&d);
}

/* Once anybody was answered, it is not the first datagram that makes the trouble. */
static bool bob_is_lost(struct docket *d, struct record *r, struct case_record *c)
{
    (void)d;
    for (uint32_t i = 0; i < BOB_GETS; i++)
        add_step(r, c, i, STEP_PASSED);
    add_step(r, c, BOB_GETS, STEP_TOO_LITTLE)->decided = BY_IDLE;
    c->release = (struct release_record){.tried = c->key.experiment == RELEASED,
                                         .answered = c->key.experiment == RELEASED};
    return false;
}

static void later_ones_are_not_asked_again(void **state)
{
    struct docket d = judged(spec_text, bob_is_lost, NULL);

    (void)state;
    assert_string_equal(docket_finding(&d), "none");
    assert_log(&d, "whole\nwhole!\n");
    docket_deinit(&d);
}

/* What was sent with the empty datagram left out. */
static void right_without_an_empty_one(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, BOB_GETS);
    b.e.none_empty = ANSWER_PASSED;
    IS(&b, "empty-datagram-is-eof");
    b.e.none_empty = ANSWER_FAILED;
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* A traced receive, and the datagram that it took the beginning of. */
static void room_for_a_part(void **state)
{
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    struct call_record calls[] = {{.kind = CALL_RECVFROM, .began = 1, .ended = 2, .asked = 20, .result = 20}};
    struct step_record sent = {.parts = 1, .sent = {.total = 36, .head = bytes_of(text)}};
    struct case_record traced = {.steps = &sent, .n_steps = 1, .xray = {.calls = calls, .n_calls = 1}};
    struct bench b;

    (void)state;
    calls[0].head = bytes_slice(bytes_of(text), 0, 20);
    bench_init(&b, BOB_GETS);
    b.e.traced = &traced;
    IS(&b, "datagram-truncated");
    assert_non_null(
        strstr(b.d.out.findings[0].evidence, "recvfrom() had room for 20 bytes, and a datagram of 36"));
    calls[0].asked = 21; /* it had more room than came */
    IS(&b, "none");
    calls[0].asked = 20;
    sent.sent.total = 20; /* it is whole */
    IS(&b, "none");
    sent.sent.total = 36;
    sent.parts = 2;
    IS(&b, "none");
    docket_deinit(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_known_is_nothing_said),
        cmocka_unit_test(replies_to_wrong_address),
        cmocka_unit_test(connected_udp_server),
        cmocka_unit_test(addrlen_unset),
        cmocka_unit_test(datagram_truncated),
        cmocka_unit_test(zero_ends_text),
        cmocka_unit_test(empty_datagram_is_eof),
        cmocka_unit_test(no_descriptor_left),
        cmocka_unit_test(the_empty_one_among_several),
        cmocka_unit_test(not_an_empty_one),
        cmocka_unit_test(no_receive_timeout),
        cmocka_unit_test(another_question_is_not_asked_again),
        cmocka_unit_test(there_may_be_a_timeout),
        cmocka_unit_test(servers_mistakes_are_no_clients),
        cmocka_unit_test(who_hears_nothing_asks_again),
        cmocka_unit_test(later_ones_are_not_asked_again),
        cmocka_unit_test(right_without_an_empty_one),
        cmocka_unit_test(room_for_a_part),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
