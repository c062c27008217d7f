/* diagnose_rig.h - one failed step of a spec with all sorts of programs and peers, and what it is called. */
#pragma once
#include "records.h"

#include "base/clock.h"
#include "judge/story.h"
#include "kernel/sockdiag.h"

/* Steps: 0 alice sends, 1 alice gets, 2 bob sends, 3 bob gets, 4 dora sends, 5 dora gets (another program),
 * 6 ulla sends, 7 ulla gets from the service (UDP), 8 ulla gets, 9 tool prints, 10 alice closes, 11 bob gets,
 * 12 carol stops reading, 13 bob gets, 14 carol resumes, 15 bob gets.
 */
static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  line: {run: ./line, args: \"${port}\", listens: tcp}\n"
    "  bin: {run: ./bin, args: \"${port.control} ${port.data}\", listens: {control: tcp, data: tcp}}\n"
    "  echo: {run: ./echo, args: \"${port}\", listens: udp}\n"
    "  tool: {run: ./tool}\n"
    "protocols:\n  line: {framing: line}\n  bin: {framing: {length: u16be}}\n  udp: {framing: datagram}\n"
    "peers:\n"
    "  alice: {connects: line, protocol: line}\n  bob: {connects: line, protocol: line}\n"
    "  dora: {connects: bin.control, protocol: bin}\n  ulla: {connects: echo, protocol: udp}\n"
    "  carol: {connects: line, protocol: line}\n"
    "  dina: {connects: bin.data, protocol: bin}\n"
    "tests:\n  - id: t\n    under: every-cut\n    steps:\n"
    "      - alice sends: [\"ab\", \"cd\"]\n      - alice gets: \"OK\"\n"
    "      - bob sends: \"ab\"\n      - bob gets: \"OK\"\n"
    "      - dora sends: \"ab\"\n      - dora gets: \"OK\"\n"
    "      - ulla sends: \"ab\"\n      - ulla gets: \"OK\"\n        from: echo\n"
    "      - ulla gets: \"\"\n"
    "      - tool prints: \"OK\"\n"
    "      - alice closes:\n      - bob gets: \"OK\"\n"
    "      - carol stops reading:\n      - bob gets: \"OK\"\n"
    "      - carol resumes:\n      - bob gets: \"OK\"\n";

enum { LINE, BIN, ECHO_, TOOL };

struct bench {
    struct docket d;
    struct record *r;
    struct case_record *c;
    struct step_record *f;
    struct program_record *p; /* of the failed step */
    struct evidence e;
};

/* One case that failed in this step; the steps before it passed. */
static inline void bench_init(struct bench *b, uint32_t step, enum outcome outcome)
{
    const struct case_key key = {.fresh = true};
    const struct step *s;

    *b = (struct bench){0};
    docket_init(&b->d, spec_text);
    b->r = docket_record(&b->d);
    b->c = add_case(b->r, &key);
    for (uint32_t i = 0; i < step && step != STEP_AFTER; i++)
        add_step(b->r, b->c, i, STEP_PASSED);
    b->f = add_step(b->r, b->c, step, outcome);
    b->e = (struct evidence){.spec = b->d.spec,
                             .test = &b->d.spec->tests[0],
                             .arena = &b->d.arena,
                             .record = b->r,
                             .shown = b->c,
                             .failed = b->f};
    if (step != STEP_AFTER)
        b->e.step = &b->e.test->steps[step];
    s = b->e.step;
    b->e.program = evidence_program(b->e.test, b->r, s, b->f);
    b->p = record_program(b->r, b->e.program->program);
}

/* What it is called; "none". Evidence and hint are whole sentences' worth. */
static inline const char *name_of(struct bench *b)
{
    const char *id = "none";

    mem_free(b->d.out.findings);
    b->d.out = (struct test_result){0};
    diagnose(&b->e, &b->d.out);
    assert_in_range(b->d.out.n_findings, 0, 2);
    assert_int_equal(b->d.out.n_findings == 2, b->d.out.n_findings && b->d.out.findings[0].one_of);
    if (b->d.out.n_findings) {
        assert_true(strlen(b->d.out.findings[0].evidence) > 20);
        id = b->d.out.findings[0].diagnosis->id;
    }
    return id;
}

static inline void cut(struct bench *b, uint32_t step, uint32_t at)
{
    struct split s = {0};

    split_add(&s, step, at);
    b->c->key.split = split_in(&b->r->arena, &s);
    split_deinit(&s);
}

#define IS(b, id) assert_string_equal(name_of(b), id)
