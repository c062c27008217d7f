#include "run/plan.h"
#include "base/err.h"
#include "base/mem.h"

#include <errno.h>

/* Ports that are handed out have five digits: so do their stand-ins. */
#define STAND_IN_PORT 20000

struct planner {
    const struct spec *spec;
    size_t test;
    uint64_t seed;
    uint32_t row, plan;
    uint32_t *lengths;
    struct case_list *out;
    bool too_many;
};

void case_list_deinit(struct case_list *l)
{
    for (size_t i = 0; i < l->n; i++)
        split_deinit(&l->keys[i].split);
    mem_free(l->keys);
    *l = (struct case_list){0};
}

struct case_key case_key_copy(const struct case_key *k)
{
    struct case_key copy = *k;

    copy.split = split_copy(&k->split);
    return copy;
}

struct outgoing plan_outgoing(const struct spec *s, size_t test, size_t step, uint32_t row, uint64_t seed,
                              struct arena *a)
{
    uint16_t *ports = arena_new(a, (port_count(s) + 1) * sizeof *ports);
    struct bindings b = {.spec = s, .test = &s->tests[test], .row = row, .seed = seed, .ports = ports};
    const struct step *st = &s->tests[test].steps[step];
    struct messages messages;
    struct outgoing out = {0};

    for (size_t i = 0; i < port_count(s); i++)
        ports[i] = STAND_IN_PORT;
    messages = messages_resolve(&st->value, &b, a);
    outgoing_make(&messages, step_framing(s, &s->tests[test], st), a, &out);
    return out;
}

void plan_lengths(const struct spec *s, size_t test, uint32_t row, uint64_t seed, uint32_t *lengths)
{
    struct arena a = {0};

    for (size_t i = 0; i < s->tests[test].n_steps; i++) {
        bool sends = step_sends_stream(&s->tests[test], &s->tests[test].steps[i]);
        lengths[i] = sends ? (uint32_t)plan_outgoing(s, test, i, row, seed, &a).bytes.len : 0;
    }
    arena_deinit(&a);
}

/* Takes over the split. */
static void add_case(struct planner *p, struct split split)
{
    if (p->out->n >= PLAN_MAX_CASES) {
        p->too_many = true;
        split_deinit(&split);
        return;
    }
    *array_push(p->out->keys, p->out->n, p->out->cap) =
        (struct case_key){.row = p->row, .plan = p->plan, .split = split, .seed = p->seed};
}

static void add_cut(struct planner *p, uint32_t step, uint32_t at)
{
    struct split s = {0};

    if (at == 0 || at >= p->lengths[step])
        return;
    split_add(&s, step, at);
    add_case(p, s);
}

static void every_cut(struct planner *p, uint32_t step)
{
    for (uint32_t at = 1; at < p->lengths[step]; at++)
        add_cut(p, step, at);
}

static void every_2_cuts(struct planner *p, uint32_t step)
{
    for (uint32_t a = 1; a + 1 < p->lengths[step] && !p->too_many; a++)
        for (uint32_t b = a + 1; b < p->lengths[step] && !p->too_many; b++) {
            struct split s = {0};
            split_add(&s, step, a);
            split_add(&s, step, b);
            add_case(p, s);
        }
}

/* Where the fields of one message of a stream end, its framing's and its own; the last is its end. */
static size_t field_ends(const struct framing *f, struct bytes wire, struct arena *a, size_t **ends)
{
    struct message_reading how = {.set = f->messages, .arena = a};
    size_t around[2], n_around = framing_edges(f, wire, around), *inside = NULL, n_inside = 0, n = 0;
    struct frame frame = {0};
    struct message_read read;

    if (f->messages && framing_last(f, wire, &frame) == FRAMED_MESSAGE &&
        message_decode_any(&how, FROM_EITHER, NULL, frame.body, &read) == DECODED)
        n_inside = message_edges(&how, read.def, frame.body, &inside);
    *ends = arena_new(a, (n_around + n_inside + 1) * sizeof **ends);
    for (size_t i = 0; i < n_around && around[i] <= frame.header; i++)
        (*ends)[n++] = around[i];
    for (size_t i = 0; i < n_inside; i++)
        (*ends)[n++] = frame.header + inside[i];
    for (size_t i = 0; i < n_around; i++)
        if (around[i] > frame.header)
            (*ends)[n++] = around[i];
    (*ends)[n++] = wire.len;
    return n;
}

/* At each edge between two fields, and in the middle of each field. */
static void fields(struct planner *p, uint32_t step)
{
    const struct framing *f =
        step_framing(p->spec, &p->spec->tests[p->test], &p->spec->tests[p->test].steps[step]);
    struct arena a = {0};
    struct outgoing out = plan_outgoing(p->spec, p->test, step, p->row, p->seed, &a);
    uint32_t from = 0;

    for (size_t m = 0; m < out.n; from = out.ends[m++]) {
        size_t *ends, n = field_ends(f, bytes_slice(out.bytes, from, out.ends[m] - from), &a, &ends);
        uint32_t begin = from;

        for (size_t i = 0; i < n; i++) {
            uint32_t end = from + (uint32_t)ends[i];
            if (end - begin > 1)
                add_cut(p, step, begin + (end - begin) / 2);
            add_cut(p, step, end);
            begin = end;
        }
    }
    arena_deinit(&a);
}

static void each_step(struct planner *p, void (*add)(struct planner *, uint32_t))
{
    for (uint32_t i = 0; i < p->spec->tests[p->test].n_steps && !p->too_many; i++)
        if (p->lengths[i] > 1)
            add(p, i);
}

/* The listed offsets in every step that is longer, all in one case. */
static void at_offsets(struct planner *p, const struct plan *plan)
{
    struct split s = {0};

    for (uint32_t i = 0; i < p->spec->tests[p->test].n_steps; i++)
        for (size_t k = 0; k < plan->n_at; k++)
            if (plan->at[k] < p->lengths[i])
                split_add(&s, i, plan->at[k]);
    for (size_t k = 0; k < plan->n_at && test_relays_stream(&p->spec->tests[p->test]); k++)
        split_add(&s, SPLIT_RELAYED, plan->at[k]);
    add_case(p, s);
}

static void at_random(struct planner *p, const struct plan *plan)
{
    for (uint32_t i = 0; i < plan->count && !p->too_many; i++) {
        struct rng r = rng_seed(p->seed, ((uint64_t)p->row << 40) ^ ((uint64_t)p->plan << 32) ^ (i + 1));
        struct split s = {0};
        split_random(&s, p->lengths, p->spec->tests[p->test].n_steps, &r);
        if (test_relays_stream(&p->spec->tests[p->test]))
            split_random_relayed(&s, &r);
        add_case(p, s);
    }
}

static void impaired(struct planner *p, const struct plan *plan)
{
    for (uint32_t seed = 1; seed <= plan->count && !p->too_many; seed++) {
        size_t before = p->out->n;

        add_case(p, (struct split){.kind = SPLIT_WHOLE});
        for (size_t i = before; i < p->out->n; i++) {
            p->out->keys[i].impairment = (uint32_t)plan->impairment + 1;
            p->out->keys[i].impaired_by = seed;
        }
    }
}

static void expand(struct planner *p, const struct plan *plan)
{
    switch (plan->kind) {
    case PLAN_WHOLE: add_case(p, (struct split){.kind = SPLIT_WHOLE}); break;
    case PLAN_BYTES: add_case(p, (struct split){.kind = SPLIT_BYTES}); break;
    case PLAN_CHUNKS: add_case(p, (struct split){.kind = SPLIT_CHUNKS, .chunk = plan->count}); break;
    case PLAN_COALESCED: add_case(p, (struct split){.kind = SPLIT_COALESCED}); break;
    case PLAN_EVERY_CUT: each_step(p, every_cut); break;
    case PLAN_EVERY_2_CUTS: each_step(p, every_2_cuts); break;
    case PLAN_FIELDS: each_step(p, fields); break;
    case PLAN_AT: at_offsets(p, plan); break;
    case PLAN_RANDOM: at_random(p, plan); break;
    case PLAN_IMPAIRED: impaired(p, plan); break;
    }
}

int plan_cases(const struct spec *s, size_t test, uint64_t seed, struct case_list *out, struct err *e)
{
    const struct test *t = &s->tests[test];
    struct planner p = {.spec = s, .test = test, .seed = seed, .out = out};
    uint32_t rows = t->n_rows ? (uint32_t)t->n_rows : 1;

    p.lengths = mem_new((t->n_steps + 1) * sizeof *p.lengths);
    for (uint32_t round = 0; round < t->repeat; round++)
        for (p.row = 0; p.row < rows && !p.too_many; p.row++) {
            plan_lengths(s, test, p.row, seed, p.lengths);
            for (p.plan = 0; p.plan < t->n_under && !p.too_many; p.plan++)
                expand(&p, &t->under[p.plan]);
        }
    mem_free(p.lengths);
    if (p.too_many)
        return err_say(e, -E2BIG, "%s:%d: test %s has more than %u cases: use shorter messages or fewer cuts",
                       t->mark.file, t->mark.line, t->id, PLAN_MAX_CASES);
    return 0;
}

void plan_thin(struct case_list *l, size_t most)
{
    size_t n = l->n, kept = 0;

    if (n <= most)
        return;
    for (size_t i = 0; i < n; i++)
        if (i == kept * (n - 1) / (most - 1))
            l->keys[kept++] = l->keys[i];
        else
            split_deinit(&l->keys[i].split);
    l->n = kept;
}
