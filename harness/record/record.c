/*
 * record.c - the record as a heap of plain data: how it grows, and whether its indices can be believed.
 */
#include "record/record.h"
#include "base/mem.h"

#include <string.h>

bool experiment_is_calm(enum experiment e)
{
    return e == CALM || e == SHORT_SENDS;
}

bool experiment_traces(enum experiment e)
{
    return e == TRACED || e == INTERRUPTED || e == SHORT_SENDS;
}

struct record *record_new(void)
{
    return mem_new(sizeof(struct record));
}

void record_free(struct record *r)
{
    if (!r)
        return;
    arena_deinit(&r->arena);
    mem_free(r);
}

/* A zeroed element at the end of a list in the arena. What the list outgrows stays there: at most as much
 * again. */
static void *list_add(struct arena *a, void *list, size_t *n, size_t *cap, size_t size)
{
    if (*n == *cap) {
        void *old = list;

        *cap = *cap ? 2 * *cap : 4;
        list = arena_new(a, *cap * size);
        if (*n)
            memcpy(list, old, *n * size);
    }
    ++*n;
    return list;
}

struct program_record *record_program(struct record *r, uint32_t program)
{
    for (size_t i = 0; i < r->n_programs; i++)
        if (r->programs[i].program == program)
            return &r->programs[i];
    r->programs = list_add(&r->arena, r->programs, &r->n_programs, &r->cap_programs, sizeof *r->programs);
    r->programs[r->n_programs - 1] = (struct program_record){.program = program, .exit_status = -1};
    return &r->programs[r->n_programs - 1];
}

struct case_record *record_add_case(struct record *r)
{
    r->cases = list_add(&r->arena, r->cases, &r->n_cases, &r->cap_cases, sizeof *r->cases);
    return &r->cases[r->n_cases - 1];
}

struct step_record *record_add_step(struct record *r, struct case_record *c)
{
    c->steps = list_add(&r->arena, c->steps, &c->n_steps, &c->cap_steps, sizeof *c->steps);
    c->steps[c->n_steps - 1] = (struct step_record){.exit_status = -1, .program = UINT32_MAX};
    return &c->steps[c->n_steps - 1];
}

static const char *case_within(const struct case_record *c, const struct record_bounds *bounds)
{
    if (c->key.row >= bounds->rows && c->key.row)
        return "a row that the test does not have";
    if (c->key.plan >= bounds->plans)
        return "a plan that the test does not have";
    if (c->key.impairment > bounds->impairments)
        return "an impairment that the spec does not have";
    if ((c->release.closed >= bounds->peers && c->release.tried) || c->detour.peer > bounds->peers ||
        c->stall.peer > bounds->peers)
        return "a peer that the spec does not have";
    for (size_t i = 0; i < c->n_impaired; i++)
        if (c->impaired[i].peer >= bounds->peers)
            return "a peer that the spec does not have";
    for (size_t i = 0; i < c->xray.n_wires; i++)
        if (c->xray.wires[i].peer >= bounds->peers)
            return "a peer that the spec does not have";
    for (size_t i = 0; i < c->xray.n_calls; i++) {
        const struct call_record *call = &c->xray.calls[i];

        if (call->peer > bounds->peers)
            return "a peer that the spec does not have";
        if (call->program >= bounds->programs && call->program != UINT32_MAX)
            return "a program that the spec does not have";
    }
    for (size_t i = 0; i < c->n_steps; i++) {
        const struct step_record *s = &c->steps[i];

        if (s->step >= bounds->steps && s->step != STEP_AFTER)
            return "a step that the test does not have";
        if (s->program >= bounds->programs && s->program != UINT32_MAX)
            return "a program that the spec does not have";
        if (s->unended && s->due >= bounds->steps)
            return "a step that the test does not have";
        if (s->astray > bounds->peers || s->shared > bounds->peers || s->unended > bounds->peers)
            return "a peer that the spec does not have";
    }
    return NULL;
}

const char *record_within(const struct record *r, const struct record_bounds *bounds)
{
    const char *wrong = r->test >= bounds->tests ? "a test that the spec does not have" : NULL;

    for (size_t i = 0; !wrong && i < r->n_programs; i++)
        if (r->programs[i].program >= bounds->programs)
            wrong = "a program that the spec does not have";
    for (size_t i = 0; !wrong && i < r->n_cases; i++)
        wrong = case_within(&r->cases[i], bounds);
    return wrong;
}

bool listener_takes(const struct listener_record *l, uint32_t ipv4)
{
    return !l->no_ipv4 && (l->ipv4 == 0 || l->ipv4 == ipv4);
}

struct excerpt excerpt_of(struct arena *a, struct bytes b)
{
    struct excerpt e = {.total = b.len, .hash = bytes_hash(b)};

    if (b.len <= 2 * EXCERPT_MAX) {
        e.head = arena_bytes(a, b);
        return e;
    }
    e.head = arena_bytes(a, bytes_slice(b, 0, EXCERPT_MAX));
    e.tail = arena_bytes(a, bytes_slice(b, b.len - EXCERPT_MAX, EXCERPT_MAX));
    return e;
}

bool excerpt_is_whole(const struct excerpt *e)
{
    return e->head.len == e->total;
}
