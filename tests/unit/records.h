/*
 * records.h - records made by hand for the tests of the judge: a docket holds one test of a spec, and all
 * that was played of it. Its player does as the runner would, with a model in the place of the student's
 * program.
 */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "judge/evidence.h"
#include "judge/judge.h"
#include "spec/load.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define EXITED(code) ((code) << 8)
#define DOCKET_RECORDS 256

/* ---- specs --------------------------------------------------------------------------------------------- */

/* The beginning of a spec with a server for lines, its `tests:` still to come. */
#define LINE_SPEC                                                                                            \
    "spec: 1\nname: lines\ntitle: Lines\nbuild: make\n"                                                      \
    "programs:\n  server: {run: ./server, args: \"${port}\", listens: tcp}\n"                                \
    "protocol: {framing: line, max: 100}\n"                                                                  \
    "peers:\n  alice: {connects: server}\n  bob: {connects: server}\n"                                       \
    "tests:\n"

static inline struct spec *spec_of(const char *text)
{
    struct diags diags = {0};
    struct spec *s = spec_load_bytes("t.yaml", bytes_of(text), &diags);
    struct buf shown = BUF_INIT;

    if (!s) {
        diags_render(&diags, false, &shown);
        print_error("%.*s\n", (int)shown.len, (const char *)shown.data);
    }
    buf_deinit(&shown);
    diags_deinit(&diags);
    assert_non_null(s);
    return s;
}

/* ---- records ------------------------------------------------------------------------------------------- */

static inline struct excerpt excerpt_text(struct record *r, const char *text)
{
    return excerpt_of(&r->arena, bytes_of(text));
}

/* Complete, and all programs of the spec ran as they should: ended by the SIGTERM that they were sent. */
static inline struct record *record_of(const struct spec *s, size_t test)
{
    struct record *r = record_new();
    uint16_t port = 20000;

    r->version = RECORD_VERSION;
    r->test = (uint32_t)test;
    r->complete = true;
    for (size_t i = 0; i < s->n_programs; i++) {
        struct program_record *p = record_program(r, (uint32_t)i);
        size_t n = s->programs[i].n_listens;

        p->ports = arena_new(&r->arena, (n + 1) * sizeof *p->ports);
        p->listeners = arena_new(&r->arena, (n + 1) * sizeof *p->listeners);
        p->n_ports = p->n_listeners = n;
        for (size_t k = 0; k < n; k++) {
            p->listeners[k] =
                (struct listener_record){.transport = (uint8_t)s->programs[i].listens[k].transport};
            p->listeners[k].port = p->ports[k] = port++;
        }
        p->readiness = READY;
        p->ready_after = 1000;
        p->exit_status = SIGTERM;
        p->terminated = true;
    }
    return r;
}

static inline struct split split_in(struct arena *a, const struct split *from)
{
    struct split s = {.kind = from->kind, .n = from->n, .chunk = from->chunk};

    s.cuts = arena_new(a, (s.n + 1) * sizeof *s.cuts);
    for (size_t i = 0; i < s.n; i++) {
        s.cuts[i] = from->cuts[i];
        s.cuts[i].at = arena_copy(a, from->cuts[i].at, from->cuts[i].n * sizeof *from->cuts[i].at);
    }
    return s;
}

/* A case that passed, as long as no step is added to it. */
static inline struct case_record *add_case(struct record *r, const struct case_key *key)
{
    struct case_record *c = record_add_case(r);

    c->key = *key;
    c->key.split = split_in(&r->arena, &key->split);
    c->complete = true;
    c->took = 10;
    return c;
}

static inline struct step_record *add_step(struct record *r, struct case_record *c, uint32_t step,
                                           enum outcome outcome)
{
    struct step_record *s = record_add_step(r, c);

    s->step = step;
    s->outcome = outcome;
    return s;
}

/* ---- a test being judged ------------------------------------------------------------------------------- */

struct docket;

/* Does the case pass? If not, what it says is in *s: a failed step without a number yet. */
struct model {
    bool (*passes)(struct docket *d, struct record *r, struct case_record *c);
    const void *arg;
};

struct docket {
    struct spec *spec;
    size_t test;
    struct case_list cases;
    struct record *records[DOCKET_RECORDS];
    size_t n;
    struct arena arena;
    struct test_result out;
    struct judge_want want;
    struct model model;
    size_t plays; /* cases that the model was asked for */
    struct buf
        log; /* what was wanted, a line each: "whole 1:at:3! bytes!", where ! is a fresh start, ? a release */
};

static inline void docket_init(struct docket *d, const char *text)
{
    *d = (struct docket){.spec = spec_of(text)};
    assert_int_equal(plan_cases(d->spec, 0, 0, &d->cases, NULL), 0);
}

static inline void docket_forget(struct docket *d)
{
    mem_free(d->out.findings);
    judge_want_deinit(&d->want);
    d->out = (struct test_result){0};
}

static inline void docket_deinit(struct docket *d)
{
    docket_forget(d);
    for (size_t i = 0; i < d->n; i++)
        record_free(d->records[i]);
    case_list_deinit(&d->cases);
    arena_deinit(&d->arena);
    buf_deinit(&d->log);
    spec_free(d->spec);
}

static inline struct record *docket_record(struct docket *d)
{
    assert_true(d->n < DOCKET_RECORDS);
    return d->records[d->n++] = record_of(d->spec, d->test);
}

static inline enum judged docket_judge(struct docket *d)
{
    struct judge_input in = {d->spec, d->test, &d->cases, (const struct record *const *)d->records, d->n};

    docket_forget(d);
    return judge_test(&in, &d->arena, &d->out, &d->want);
}

static inline void log_want(struct docket *d)
{
    for (size_t i = 0; i < d->want.n; i++) {
        const struct case_key *k = &d->want.keys[i];

        buf_text(&d->log, i ? " " : "");
        split_text(&k->split, &d->log);
        buf_text(&d->log, k->fresh ? "!" : "");
        buf_text(&d->log, k->experiment == RELEASED ? "?" : "");
    }
    buf_byte(&d->log, '\n');
}

/* Plays what is wanted. The first case of a play has a fresh start, and so has one after a failure. */
static inline struct record *docket_play(struct docket *d)
{
    struct record *r = docket_record(d);
    bool passed = false;

    for (size_t i = 0; i < d->want.n; i++) {
        struct case_key key = d->want.keys[i];
        struct case_record *c;

        key.fresh |= !passed;
        c = add_case(r, &key);
        d->plays++;
        passed = d->model.passes(d, r, c);
        if (!passed && !d->spec->tests[d->test].score_share)
            break;
    }
    return r;
}

/* Plays until there is a verdict. */
static inline void docket_run(struct docket *d)
{
    while (docket_judge(d) == JUDGE_WANTS) {
        assert_true(d->want.n > 0);
        log_want(d);
        docket_play(d);
    }
}

static inline void assert_log(const struct docket *d, const char *expected)
{
    char *log = mem_new(d->log.len + 1);

    if (d->log.len)
        memcpy(log, d->log.data, d->log.len);
    assert_string_equal(log, expected);
    mem_free(log);
}

/* The name of the first finding, or "none". */
static inline const char *docket_finding(const struct docket *d)
{
    return d->out.n_findings ? d->out.findings[0].diagnosis->id : "none";
}

/* ---- models, and tests for them ------------------------------------------------------------------------ */

/* The second step got nothing. Returns false: the case failed. */
static inline bool got_nothing(struct record *r, struct case_record *c)
{
    struct step_record *s;

    add_step(r, c, 0, STEP_PASSED);
    s = add_step(r, c, 1, STEP_TOO_LITTLE);
    s->decided = BY_IDLE;
    s->expected = excerpt_text(r, "OK");
    s->items = 1;
    return false;
}

/* arg: the split that fails on a start that others used. */
static inline bool fails_unfresh(struct docket *d, struct record *r, struct case_record *c)
{
    struct split bad;
    size_t wrong;
    bool hit;

    assert_int_equal(split_parse(d->model.arg, &bad, &wrong), 0);
    hit = !c->key.fresh && split_equal(&c->key.split, &bad);
    split_deinit(&bad);
    return hit ? got_nothing(r, c) : true;
}

#define SPLIT_TEST(under, text)                                                                              \
    LINE_SPEC "  - id: t\n    points: 4\n    under: [" under "]\n    steps:\n      - alice sends: \"" text   \
              "\"\n"                                                                                         \
              "      - alice gets: \"OK\"\n"

#define SHARE_TEST                                                                                           \
    LINE_SPEC                                                                                                \
    "  - id: t\n    points: 6\n    score: share\n    examples: [{x: a}, {x: b}, {x: c}]\n    steps:\n"       \
    "      - alice sends: \"${x}\"\n      - alice gets: \"OK\"\n"

static inline struct docket judged(const char *spec,
                                   bool (*passes)(struct docket *, struct record *, struct case_record *),
                                   const void *arg)
{
    struct docket d;

    docket_init(&d, spec);
    d.model = (struct model){passes, arg};
    docket_run(&d);
    return d;
}
