/*
 * script.c - see script.h.
 *
 * `unordered`: what one actor does stays in its order, and whoever has something to do goes on. When nobody
 * has, and the programs sleep, the first that still waits is asked, and its step says what is missing.
 * `at the same time` is the same, and nobody waits until what another sent was read.
 */
#include "run/script.h"
#include "base/mem.h"
#include "run/steps.h"

static bool play_step(struct stage *st, struct case_record *c, size_t index)
{
    return step_play(st, index, array_push(c->steps, c->n_steps, c->cap_steps)) == STEP_PASSED &&
           !st->err.code;
}

/* ---- unordered ----------------------------------------------------------------------------------------- */

struct group {
    struct stage *st;
    size_t from, to;
    bool *played;
};

static size_t after(const struct stage *st, size_t index)
{
    return index + 1 + st->test->steps[index].inner;
}

static bool same_actor(const struct step *a, const struct step *b)
{
    return a->actor_kind == b->actor_kind && a->actor == b->actor;
}

/* Nobody does what stands later before what stands earlier. */
static bool is_next(const struct group *g, size_t index)
{
    const struct step *steps = g->st->test->steps;

    for (size_t i = g->from; i < index; i = after(g->st, i))
        if (!g->played[i - g->from] && same_actor(&steps[i], &steps[index]))
            return false;
    return true;
}

/* The first step that could be played now; else the first that is left where `any`; else g->to. */
static size_t find(const struct group *g, bool any)
{
    for (size_t i = g->from; i < g->to; i = after(g->st, i))
        if (!g->played[i - g->from] && is_next(g, i) && (any || step_is_ready(g->st, i)))
            return i;
    return g->to;
}

static bool somebody_can(struct stage *st, void *arg)
{
    (void)st;
    return find(arg, false) < ((struct group *)arg)->to;
}

static bool play_group(struct stage *st, struct case_record *c, size_t from, size_t to)
{
    struct group g = {st, from, to, arena_new(&st->case_arena, (to - from + 1) * sizeof *g.played)};
    struct wait w = {.done = somebody_can, .arg = &g, .within = SPEC_WITHIN};

    for (;;) {
        size_t next = find(&g, false);

        if (next == to && find(&g, true) < to && await(st, &w) == BY_FACT)
            next = find(&g, false);
        if (next == to)
            next = find(&g, true);
        if (next == to || st->err.code)
            return !st->err.code;
        g.played[next - from] = true;
        if (!script_play(st, c, next, after(st, next)))
            return false;
    }
}

/* ---- all ----------------------------------------------------------------------------------------------- */

bool script_play(struct stage *st, struct case_record *c, size_t from, size_t to)
{
    bool passed = true;

    for (size_t i = from; i < to && passed && !st->err.code; i = after(st, i)) {
        enum verb verb = st->test->steps[i].verb;

        if (verb != VERB_UNORDERED && verb != VERB_TOGETHER) {
            passed = play_step(st, c, i);
            continue;
        }
        st->together = verb == VERB_TOGETHER;
        passed = play_group(st, c, i + 1, after(st, i));
        st->together = false;
    }
    return passed && !st->err.code;
}
