/*
 * test_judge_random.c - odd records. Whatever a record that is within its spec's bounds says, the judge comes
 * to a verdict or wants a play, never both, and says the same when it is asked again.
 */
#include <netinet/in.h>

#include "records.h"

#include "base/rng.h"

#define ROUNDS 6000

/* %s: how it scores. */
static const char spec_format[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port.a} ${port.b}\", listens: {a: tcp, b: udp}}\n"
    "  bin: {run: ./bin, args: \"${port}\", listens: tcp}\n"
    "  tool: {run: ./tool}\n"
    "protocols:\n  line: {framing: line}\n  u16: {framing: {length: u16be}, max: 100}\n  udp: {framing: "
    "datagram}\n"
    "peers:\n"
    "  alice: {connects: server.a, protocol: line}\n  bob: {connects: server.a, protocol: line}\n"
    "  lena: {connects: bin, protocol: u16}\n  ulla: {connects: server.b, protocol: udp}\n"
    "tests:\n  - id: t\n    score: %s\n    under: [whole, bytes, every-cut, coalesced, {at: [2]}]\n"
    "    examples: [{x: \"ab\", y: [\"1\", \"2\"]}, {x: \"abcdef\", y: !regex 'x'}]\n    steps:\n"
    "      - alice sends: [\"${x}\", \"cd\"]\n      - alice sends: \"e\"\n"
    "      - alice gets: \"${y}\"\n"
    "      - bob sends: \"ab\"\n"
    "      - bob gets any order: [\"1\", !regex '^ERR']\n"
    "      - lena sends: [\"ab\", \"cdef\"]\n"
    "      - lena gets: [\"1\", \"2\"]\n"
    "      - ulla sends: \"ab\"\n"
    "      - ulla gets: \"1\"\n        from: server\n"
    "      - lena gets end:\n"
    "      - tool prints: !regex 'x'\n"
    "      - tool exits: 0\n"
    "      - pause: 1ms\n";

/* ---- random parts -------------------------------------------------------------------------------------- */

static bool one_in(struct rng *r, uint64_t n)
{
    return rng_below(r, n) == 0;
}

static struct excerpt any_excerpt(struct rng *r, struct record *rec)
{
    static const char *const texts[] = {
        "", "1", "1\0", "OK", "ab\ncd\n", "\xff\xff", "x.c:1:2: runtime error: y", "ERROR: AddressSanitizer"};
    struct excerpt e = excerpt_text(rec, texts[rng_below(r, array_len(texts))]);

    if (one_in(r, 6))
        e.head = (struct bytes){0}; /* dropped for want of room */
    if (one_in(r, 6))
        e.total += rng_below(r, 100000);
    return e;
}

static struct split any_split(struct rng *r, struct record *rec, const struct case_list *cases)
{
    struct split s = {0}, copy;

    if (!one_in(r, 3))
        return split_in(&rec->arena, &cases->keys[rng_below(r, cases->n)].split);
    s.kind = (enum split_kind)rng_below(r, SPLIT_CUTS);
    s.chunk = s.kind == SPLIT_CHUNKS ? (uint32_t)(1 + rng_below(r, 12)) : 0;
    for (uint64_t n = one_in(r, 2) ? 1 + rng_below(r, 3) : 0; n; n--)
        split_add(&s, (uint32_t)(one_in(r, 8) ? rng_next(r) : rng_below(r, 14)),
                  (uint32_t)(1 + rng_below(r, 12)));
    copy = split_in(&rec->arena, &s);
    split_deinit(&s);
    return copy;
}

static int32_t any_status(struct rng *r)
{
    static const int32_t all[] = {-1,      0,         SIGTERM, SIGSEGV, SIGSEGV | 0x80, SIGPIPE,
                                  SIGKILL, EXITED(1), 63,      0x7f,    0xffff};

    return all[rng_below(r, array_len(all))];
}

static void any_step(struct rng *r, const struct docket *d, struct record *rec, struct case_record *c)
{
    struct step_record *s = add_step(rec, c, STEP_AFTER, STEP_PASSED);
    size_t n = d->spec->tests[0].n_steps;

    if (!one_in(r, 6))
        s->step = (uint32_t)rng_below(r, n);
    if (!one_in(r, 3))
        s->outcome = (enum outcome)rng_below(r, STEP_LIMIT);
    s->decided = (enum decided)rng_below(r, BY_SETTLING + 1);
    s->took = (int64_t)rng_next(r);
    s->item = (uint32_t)(one_in(r, 4) ? rng_next(r) : rng_below(r, 3));
    s->items = (uint32_t)rng_below(r, 4);
    s->expected = any_excerpt(r, rec);
    s->came = any_excerpt(r, rec);
    s->at = rng_below(r, 5);
    s->frame = bytes_slice(bytes_of("\0\1\2"), 0, rng_below(r, 4));
    s->accepted = one_in(r, 2);
    s->unread = (uint32_t)rng_below(r, 2);
    s->tcp_state = (uint8_t)rng_below(r, 14);
    s->from_port = (uint16_t)rng_below(r, 2);
    s->unended = (uint32_t)rng_below(r, d->spec->tests[0].n_peers + 1);
    s->due = (uint32_t)rng_below(r, n);
    s->cpu = (int64_t)rng_next(r);
    s->timers = (uint32_t)rng_below(r, 2);
    s->exit_status = any_status(r);
    s->program = one_in(r, 2) ? UINT32_MAX : (uint32_t)rng_below(r, d->spec->n_programs);
}

static void any_case(struct rng *r, const struct docket *d, struct record *rec)
{
    struct case_record *c = record_add_case(rec);

    c->key.row = (uint32_t)rng_below(r, 2);
    c->key.plan = (uint32_t)rng_below(r, d->spec->tests[0].n_under);
    c->key.split = any_split(r, rec, &d->cases);
    c->key.fresh = one_in(r, 2);
    c->key.experiment = (enum experiment)(one_in(r, 6) ? rng_below(r, EVERYWHERE + 1) : AS_PLANNED);
    c->key.seed = rng_next(r);
    c->complete = !one_in(r, 30);
    c->spun_after = one_in(r, 10);
    c->release = (struct release_record){one_in(r, 2), one_in(r, 2),
                                         (uint32_t)rng_below(r, d->spec->tests[0].n_peers)};
    c->detour.peer = (uint32_t)rng_below(r, d->spec->tests[0].n_peers + 1);
    c->detour.asked = one_in(r, 2) ? INADDR_LOOPBACK : (uint32_t)rng_next(r);
    c->stall.peer = (uint32_t)rng_below(r, d->spec->tests[0].n_peers + 1);
    c->stall.times = (uint32_t)rng_below(r, 3);
    for (uint64_t n = one_in(r, 2) ? 0 : rng_below(r, 5); n; n--)
        any_step(r, d, rec, c);
}

static void any_program(struct rng *r, struct record *rec, uint32_t index)
{
    struct program_record *p = record_program(rec, index);

    p->n_ports = rng_below(r, 4);
    p->n_listeners = rng_below(r, 3);
    p->ports = arena_new(&rec->arena, 4 * sizeof *p->ports);
    p->listeners = arena_new(&rec->arena, 4 * sizeof *p->listeners);
    for (size_t i = 0; i < 4; i++) {
        p->ports[i] = (uint16_t)(20000 + i);
        p->listeners[i] = (struct listener_record){
            .transport = (uint8_t)rng_below(r, 2),
            .ipv6 = one_in(r, 2),
            .loopback = one_in(r, 2),
            .no_ipv4 = one_in(r, 3),
            .ipv4 = one_in(r, 2) ? INADDR_LOOPBACK : 0,
            .port = one_in(r, 2) ? 20000 : 50000,
            .address = one_in(r, 3) ? NULL : arena_text(&rec->arena, "127.0.0.1 \x1b"),
        };
    }
    p->readiness = (enum readiness)rng_below(r, READY_NOT_FOUND + 1);
    p->exited = one_in(r, 2);
    p->terminated = one_in(r, 2);
    p->exit_status = any_status(r);
    p->limit = one_in(r, 4) ? arena_text(&rec->arena, "cpu \x1b") : NULL;
    p->ready_after = (int64_t)rng_below(r, 2);
    p->err = any_excerpt(r, rec);
}

static struct record *any_record(struct rng *r, const struct docket *d)
{
    const struct test *t = &d->spec->tests[0];
    const struct record_bounds bounds = {1,          d->spec->n_programs, t->n_peers,
                                         t->n_steps, t->n_rows,           t->n_under};
    struct record *rec = record_new();

    rec->version = RECORD_VERSION;
    rec->complete = !one_in(r, 200);
    rec->fault = one_in(r, 200) ? arena_text(&rec->arena, "fault") : NULL;
    for (uint32_t i = 0; i < d->spec->n_programs; i++)
        if (!one_in(r, 4))
            any_program(r, rec, i);
    for (uint64_t n = one_in(r, 100) ? 0 : 1 + rng_below(r, 6); n; n--)
        any_case(r, d, rec);
    assert_null(record_within(rec, &bounds));
    return rec;
}

/* ---- what must hold ------------------------------------------------------------------------------------ */

static void check_text(const char *text)
{
    for (size_t i = 0; text && text[i]; i++)
        assert_true((uint8_t)text[i] >= 0x20 && text[i] != 0x7f);
}

static void check_want(const struct docket *d)
{
    const struct test *t = &d->spec->tests[0];

    assert_true(d->want.n > 0);
    for (size_t i = 0; i < d->want.n; i++)
        assert_true(d->want.keys[i].row < t->n_rows && d->want.keys[i].plan < t->n_under);
}

static void check_verdict(const struct docket *d)
{
    const struct test_result *t = &d->out;

    assert_null(d->want.keys);
    assert_true(t->score >= 0 && t->score <= t->max && t->passed <= t->cases);
    switch (t->verdict) {
    case VERDICT_PASS: assert_true(t->score == t->max && t->passed == t->cases && !t->headline); break;
    case VERDICT_FAIL:
        assert_true(t->score < t->max);
        assert_true(t->headline && *t->headline && t->shown && t->record);
        check_text(t->headline);
        check_text(t->how);
        for (size_t i = 0; i < t->n_findings; i++)
            check_text(t->findings[i].evidence);
        break;
    case VERDICT_ERROR: assert_true(t->reason && t->score == 0); break;
    case VERDICT_NOT_RUN:
    case VERDICT_EXCUSED: fail(); /* not the judge's to say */
    }
}

static void check_again(struct docket *d)
{
    struct test_result before = d->out;
    char *finding = mem_text(docket_finding(d));

    assert_int_equal(docket_judge(d), JUDGED);
    assert_int_equal(d->out.verdict, before.verdict);
    assert_true(d->out.score == before.score && d->out.shown == before.shown);
    assert_string_equal(docket_finding(d), finding);
    if (before.headline)
        assert_string_equal(d->out.headline, before.headline);
    mem_free(finding);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void load(struct docket *d, bool share)
{
    struct buf text = BUF_INIT;

    buf_printf(&text, spec_format, share ? "share" : "all");
    buf_byte(&text, 0);
    docket_init(d, (const char *)text.data);
    buf_deinit(&text);
}

static void drop_records(struct docket *d)
{
    while (d->n)
        record_free(d->records[--d->n]);
    arena_deinit(&d->arena);
}

/* All records at once, and one after another as if they had been played. */
static void odd_records(bool share)
{
    struct docket d;
    size_t judged[VERDICT_ERROR + 1] = {0}, wanted = 0;

    load(&d, share);
    for (uint64_t round = 0; round < ROUNDS; round++) {
        struct rng r = rng_seed(7, round);

        for (uint64_t n = rng_below(&r, 30); n; n--) {
            d.records[d.n++] = any_record(&r, &d);
            if (docket_judge(&d) == JUDGE_WANTS) {
                check_want(&d);
                wanted++;
                continue;
            }
            check_verdict(&d);
            check_again(&d);
            judged[d.out.verdict]++;
            break;
        }
        drop_records(&d);
    }
    /* None of them is a rarity, or the records are not as odd as they are meant to be. */
    assert_true(wanted > ROUNDS / 10 && judged[VERDICT_FAIL] > ROUNDS / 20 &&
                judged[VERDICT_ERROR] > ROUNDS / 20);
    docket_deinit(&d);
}

static void odd_records_of_one_failure(void **state)
{
    (void)state;
    odd_records(false);
}

static void odd_records_of_shares(void **state)
{
    (void)state;
    odd_records(true);
}

/* A runner that does as it is told, with a program that does as it likes. */
static bool does_as_it_likes(struct docket *d, struct record *rec, struct case_record *c)
{
    struct rng *r = (struct rng *)d->model.arg;
    bool released = c->key.experiment == RELEASED;

    if (!one_in(r, 3))
        return true;
    any_step(r, d, rec, c);
    c->steps[0].outcome = (enum outcome)(1 + rng_below(r, STEP_LIMIT - 1));
    c->release = (struct release_record){released, released && one_in(r, 2), 0};
    return false;
}

static void plays_come_to_an_end(void **state)
{
    size_t most = 0;

    (void)state;
    for (uint64_t round = 0; round < 300; round++) {
        struct rng r = rng_seed(8, round);
        struct docket d;

        load(&d, round % 2);
        d.model = (struct model){does_as_it_likes, &r};
        docket_run(&d);
        check_verdict(&d);
        check_again(&d);
        most = d.n > most ? d.n : most;
        docket_deinit(&d);
    }
    assert_true(most > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(odd_records_of_one_failure),
        cmocka_unit_test(odd_records_of_shares),
        cmocka_unit_test(plays_come_to_an_end),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
