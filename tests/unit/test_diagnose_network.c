/* test_diagnose_network.c - mistakes that only a bad network shows, and what must not be blamed on it. */
#include "records.h"

static const char spec_text[] =
    "spec: 1\nname: t\nprograms:\n"
    "  rrecv: {run: ./rrecv, args: \"${port} out.bin\", listens: udp}\n"
    "  rsend: {run: ./rsend, args: \"${link.host} ${link.port} in.bin\"}\n"
    "peers:\n  link: {relays: rrecv}\n"
    "impairments:\n  rough: [{drop: {share: 20%}}, {duplicate: {share: 20%}}]\n"
    "files: {in.bin: \"abcdef\"}\n"
    "tests:\n  - id: t\n    under: [whole, {rough: 2}]\n    steps:\n"
    "      - rsend exits: 0\n      - rrecv exits: 0\n      - file out.bin equals: !file in.bin\n"
    "      - rsend printed: !regex '^1 part$'\n";

enum { SENDER_EXITS, RECEIVER_EXITS, FILE_EQUALS, PRINTED };

struct bench {
    struct docket d;
    struct record *r;
    struct case_record *c;
    struct step_record *f;
    struct impaired_record notes[4];
    struct evidence e;
};

/* The step fails on a bad network, and passes on a good one. */
static void bench_init(struct bench *b, uint32_t step, enum outcome outcome)
{
    const struct case_key key = {.fresh = true, .impairment = 1, .impaired_by = 1};

    *b = (struct bench){0};
    docket_init(&b->d, spec_text);
    b->r = docket_record(&b->d);
    b->c = add_case(b->r, &key);
    b->c->impaired = b->notes;
    for (uint32_t i = 0; i < step; i++)
        add_step(b->r, b->c, i, STEP_PASSED);
    b->f = add_step(b->r, b->c, step, outcome);
    b->f->decided = BY_IDLE;
    b->f->reading = 2;
    b->f->expected = excerpt_text(b->r, "abcdef");
    b->f->came = excerpt_text(b->r, "abcabcdef");
    b->e = (struct evidence){.spec = b->d.spec,
                             .test = &b->d.spec->tests[0],
                             .arena = &b->d.arena,
                             .record = b->r,
                             .shown = b->c,
                             .failed = b->f,
                             .step = &b->d.spec->tests[0].steps[step],
                             .program = record_program(b->r, 1),
                             .sound = ANSWER_PASSED};
}

static void note(struct bench *b, enum impair_kind kind, bool back)
{
    b->notes[b->c->n_impaired] = (struct impaired_record){
        .kind = (uint8_t)kind, .back = back, .nth = (uint32_t)b->c->n_impaired + 2, .len = 3};
    b->c->n_impaired++;
}

static const char *name_of(struct bench *b)
{
    mem_free(b->d.out.findings);
    b->d.out = (struct test_result){0};
    diagnose(&b->e, &b->d.out);
    return docket_finding(&b->d);
}

#define IS(b, id) assert_string_equal(name_of(b), id)
#define SAYS(b, text) assert_non_null(strstr((b)->d.out.findings[0].evidence, text))

static void nobody_sends_again(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, SENDER_EXITS, STEP_STILL_RUNS);
    IS(&b, "none"); /* nothing was lost */
    note(&b, IMPAIR_DROP, false);
    note(&b, IMPAIR_DROP, true);
    IS(&b, "no-receive-timeout");
    SAYS(&b, "datagram 3 from rrecv was dropped");
    b.f->timers = 1;
    IS(&b, "none");
    b.f->timers = 0;
    b.f->decided = BY_DEADLINE;
    IS(&b, "none");
    b.f->decided = BY_IDLE;
    b.e.sound = ANSWER_FAILED; /* it never passes */
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void the_same_is_taken_twice(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, FILE_EQUALS, STEP_OTHER_FILE);
    note(&b, IMPAIR_DROP, true);
    IS(&b, "no-deduplication");
    SAYS(&b, "datagram 2 from rrecv was dropped, so that something was sent again");
    SAYS(&b, "3 bytes too many");
    note(&b, IMPAIR_DUPLICATE, false);
    IS(&b, "no-deduplication");
    SAYS(&b, "datagram 3 to rrecv was sent twice");
    b.f->described = true; /* words about it, which have a length of their own */
    IS(&b, "none");
    b.f->described = false;
    b.f->came = excerpt_text(b.r, "abcxyz");
    IS(&b, "none");
    b.f->came = excerpt_text(b.r, "abcabcdef");
    b.e.sound = ANSWER_UNKNOWN;
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* How much is too much, a pattern does not tell. */
static void only_doubles_are_to_blame(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, PRINTED, STEP_NOT_PRINTED);
    b.f->expected = (struct excerpt){0};
    b.f->came = excerpt_text(b.r, "2 parts");
    IS(&b, "none"); /* nothing was done to any */
    note(&b, IMPAIR_DUPLICATE, false);
    note(&b, IMPAIR_DUPLICATE, false);
    IS(&b, "no-deduplication");
    SAYS(&b, "datagram 3 to rrecv was sent twice; when each comes once it passes");
    b.e.sound = ANSWER_FAILED;
    IS(&b, "none");
    b.e.sound = ANSWER_PASSED;
    note(&b, IMPAIR_DROP, false); /* that explains it as well */
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void whoever_comes_first_is_taken_first(void **state)
{
    struct bench b;

    (void)state;
    bench_init(&b, FILE_EQUALS, STEP_OTHER_FILE);
    b.f->came = excerpt_text(b.r, "defabc");
    note(&b, IMPAIR_DELAY, true);
    IS(&b, "none");
    note(&b, IMPAIR_REORDER, false);
    IS(&b, "assumes-order");
    SAYS(&b, "datagram 3 to rrecv was overtaken");
    note(&b, IMPAIR_CORRUPT, false); /* that explains it as well */
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* ---- the experiment ------------------------------------------------------------------------------------ */

static struct impaired_record dropped = {.kind = IMPAIR_DROP, .nth = 2, .len = 3};

/* The second seed drops what nobody sends again. */
static bool fails_by_seed(struct docket *d, struct record *r, struct case_record *c)
{
    struct step_record *s;

    (void)d;
    if (c->key.impaired_by != 2)
        return true;
    c->impaired = &dropped;
    c->n_impaired = 1;
    s = add_step(r, c, SENDER_EXITS, STEP_STILL_RUNS);
    s->decided = BY_IDLE;
    s->reading = 1;
    return false;
}

static void a_good_network_is_tried(void **state)
{
    struct docket d = judged(spec_text, fails_by_seed, NULL);

    (void)state;
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_int_equal(d.out.shown->key.impaired_by, 2);
    assert_string_equal(docket_finding(&d), "no-receive-timeout");
    docket_deinit(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_sends_again),        cmocka_unit_test(the_same_is_taken_twice),
        cmocka_unit_test(only_doubles_are_to_blame), cmocka_unit_test(whoever_comes_first_is_taken_first),
        cmocka_unit_test(a_good_network_is_tried),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
