/* test_diagnose_transfer.c - what our peers send twice, and numbers that begin anew. */
#include "records.h"

/* Steps: 0 ann sends, 1 ann sends again, 2 the file. */
static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: udp}\n"
    "protocol: {framing: datagram}\n"
    "peers:\n  ann: {connects: server}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - ann sends: \"ab\"\n      - ann sends: \"ab\"\n      - file out.bin equals: \"x\"\n";

#define EQUALS 2u

struct bench {
    struct docket d;
    struct record *r;
    struct case_record *c;
};

static void bench_init(struct bench *b)
{
    const struct case_key key = {.fresh = true};

    docket_init(&b->d, spec_text);
    b->r = docket_record(&b->d);
    b->c = add_case(b->r, &key);
    for (uint32_t i = 0; i < EQUALS; i++)
        add_step(b->r, b->c, i, STEP_PASSED);
}

/* What it is called that the file holds this; "none". */
static const char *name_of(struct bench *b, const char *expected, const char *came)
{
    const char *id = "none";
    struct test_result out = {0};
    struct step_record *f = add_step(b->r, b->c, EQUALS, STEP_OTHER_FILE);
    struct evidence e = {.spec = b->d.spec,
                         .test = &b->d.spec->tests[0],
                         .arena = &b->d.arena,
                         .record = b->r,
                         .shown = b->c,
                         .failed = f,
                         .step = &b->d.spec->tests[0].steps[EQUALS]};

    f->expected = excerpt_text(b->r, expected);
    f->came = excerpt_text(b->r, came);
    e.program = evidence_program(e.test, b->r, e.step, f);
    diagnose(&e, &out);
    if (out.n_findings) {
        id = out.findings[0].diagnosis->id;
        assert_true(strlen(out.findings[0].evidence) > 20);
    }
    mem_free(out.findings);
    return id;
}

static void sent_again(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b);
    b.c->steps[0].sent = excerpt_text(b.r, "ab");
    b.c->steps[1].sent = excerpt_text(b.r, "ac");
    assert_string_equal(name_of(&b, "one two three", "one one two three"), "none"); /* nothing came twice */
    b.c->steps[1].sent = excerpt_text(b.r, "ab");
    assert_string_equal(name_of(&b, "one two three", "one one two three"), "no-deduplication");
    assert_string_equal(name_of(&b, "one two three", "one two threetwo one "), "no-deduplication");
    assert_string_equal(name_of(&b, "one two three", "one two one "), "none"); /* and something is missing */
    assert_string_equal(name_of(&b, "one two three", "one four two three"), "none");
    assert_string_equal(name_of(&b, "one two three", "one two three!"), "none");
    docket_deinit(&b.d);
}

/* ---- numbers that end ---------------------------------------------------------------------------------- */

/* Steps: 0 … 19 ann sends, 20 ann gets. */
static const char counting_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: udp}\n"
    "protocol:\n  framing: datagram\n  messages:\n"
    "    DATA: {fields: [{type: u8 = 1}, {number: u16be}, {sum: u16be = internet_checksum(packet)}]}\n"
    "    SIGNED: {fields: [{type: u8 = 2}, {number: i16be}]}\n"
    "peers:\n  ann: {connects: server}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - repeat: 20\n        steps:\n          - ann sends: {DATA: {number: 1}}\n"
    "      - ann gets: {DATA: {number: 2}}\n";

#define GETS 20u

/* What it is called that the answer is wrong after these numbers were sent; "none". */
static const char *name_when(const uint16_t *numbers, size_t n, uint8_t type, struct bytes expected)
{
    const struct case_key key = {.fresh = true};
    const char *id = "none";
    struct test_result out = {0};
    struct docket d;
    struct record *r;
    struct case_record *c;
    struct step_record *f;
    struct evidence e;

    docket_init(&d, counting_text);
    r = docket_record(&d);
    c = add_case(r, &key);
    for (uint32_t i = 0; i < n; i++) {
        /* a checksum that is none: only what rises is looked at */
        uint8_t packet[] = {type, (uint8_t)(numbers[i] >> 8), (uint8_t)numbers[i], (uint8_t)(7 * i), 9};
        size_t len = type == 1 ? sizeof packet : 3;

        add_step(r, c, i, STEP_PASSED)->sent = excerpt_of(&r->arena, (struct bytes){packet, len});
    }
    e = (struct evidence){
        .spec = d.spec, .test = &d.spec->tests[0], .arena = &d.arena, .record = r, .shown = c};
    f = add_step(r, c, GETS, STEP_OTHER_CAME);
    f->expected = excerpt_of(&r->arena, expected);
    f->came = excerpt_text(r, "b");
    e.failed = f;
    e.step = &e.test->steps[GETS];
    e.program = evidence_program(e.test, r, e.step, f);
    diagnose(&e, &out);
    if (out.n_findings)
        id = out.findings[0].diagnosis->id;
    mem_free(out.findings);
    docket_deinit(&d);
    return id;
}

static const char *name_after(const uint16_t *numbers, size_t n, uint8_t type)
{
    return name_when(numbers, n, type, bytes_of("a"));
}

static void wrap(void **state)
{
    static const uint8_t anew[] = {1, 464 >> 8, 464 & 255, 0, 0}, on[] = {1, 64000 >> 8, 64000 & 255, 0, 0};
    static const uint16_t rising[] = {10000, 20000, 30000, 40000, 50000, 60000,
                                      61000, 62000, 63000, 464,   1464},
                          not_yet[] = {10000, 20000, 30000, 40000, 50000, 60000, 61000, 62000, 63000},
                          jumping[] = {10000, 20000, 3000,  40000, 50000, 60000,
                                       61000, 62000, 63000, 464,   1464},
                          twice[] = {10000, 20000, 30000, 40000, 50000, 60000,
                                     61000, 62000, 63000, 464,   65000, 1},
                          back[] = {10000, 20000, 30000, 40000, 41000, 42000, 43000, 44000, 45000, 464, 1464},
                          few[] = {50000, 60000, 61000, 464, 1464};

    (void)state;
    assert_string_equal(name_after(rising, array_len(rising), 1), "sequence-wrap");
    assert_string_equal(name_after(not_yet, array_len(not_yet), 1), "none");
    /* it is the answer that begins anew */
    assert_string_equal(name_when(not_yet, array_len(not_yet), 1, (struct bytes){anew, sizeof anew}),
                        "sequence-wrap");
    assert_string_equal(name_when(not_yet, array_len(not_yet), 1, (struct bytes){on, sizeof on}), "none");
    assert_string_equal(name_after(jumping, array_len(jumping), 1), "none");
    assert_string_equal(name_after(twice, array_len(twice), 1), "none");
    assert_string_equal(name_after(back, array_len(back), 1), "none"); /* that is no end of 16 bits */
    assert_string_equal(name_after(few, array_len(few), 1), "none");
    assert_string_equal(name_after(rising, array_len(rising), 2), "none"); /* signed: it goes below zero */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(sent_again), cmocka_unit_test(wrap)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
