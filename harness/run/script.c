/*
 * script.c - see script.h.
 *
 * `unordered`: what one actor does stays in its order, and whoever has something to do goes on. When nobody
 * has, and the programs sleep, the first that still waits is asked, and its step says what is missing. What
 * nobody does (`check`, `let`, a milestone, another structure) speaks of all that stands before it, so it
 * stays where it stands. `at the same time` is the same, and nobody waits until what another did has had
 * its effect.
 */
#include "run/script.h"
#include "base/mem.h"
#include "run/steps.h"

#include <string.h>

static bool play_step(struct stage *st, struct case_record *c, size_t index)
{
    if (!step_is_played(st, index))
        return !st->err.code;
    return step_play(st, index, array_push(c->steps, c->n_steps, c->cap_steps)) == STEP_PASSED &&
           !st->err.code;
}

/* ---- unordered ----------------------------------------------------------------------------------------- */

struct group {
    struct stage *st;
    size_t from, to;
    size_t first;   /* all before it are played */
    size_t *before; /* of each: the last step before it that is its actor's, or nobody's; SIZE_MAX: none */
    bool *played;
};

static size_t after(const struct stage *st, size_t index)
{
    return index + 1 + st->test->steps[index].inner;
}

/* Nobody does what stands later before what stands earlier. */
static void find_before(struct group *g)
{
    const struct test *t = g->st->test;
    size_t most = t->n_peers > g->st->spec->n_programs ? t->n_peers : g->st->spec->n_programs;
    size_t *last[ACTOR_FILE + 1], nobodys = SIZE_MAX;

    for (size_t kind = 0; kind <= ACTOR_FILE; kind++) {
        last[kind] = arena_new(&g->st->case_arena, (most + 1) * sizeof **last);
        memset(last[kind], 0xff, (most + 1) * sizeof **last);
    }
    for (size_t i = g->from; i < g->to; i = after(g->st, i)) {
        size_t *before = &last[t->steps[i].actor_kind][t->steps[i].actor], own = *before;

        g->before[i - g->from] = own == SIZE_MAX || (nobodys != SIZE_MAX && nobodys > own) ? nobodys : own;
        *before = i - g->from;
        if (t->steps[i].actor_kind == ACTOR_NONE)
            nobodys = i - g->from;
    }
}

static struct group group_of(struct stage *st, size_t from, size_t to)
{
    struct group g = {.st = st, .from = from, .to = to, .first = from};

    g.played = arena_new(&st->case_arena, (to - from + 1) * sizeof *g.played);
    g.before = arena_new(&st->case_arena, (to - from + 1) * sizeof *g.before);
    find_before(&g);
    return g;
}

static bool is_next(const struct group *g, size_t index)
{
    size_t before = g->before[index - g->from];

    if (g->st->test->steps[index].actor_kind == ACTOR_NONE)
        return index == g->first;
    return before == SIZE_MAX || g->played[before];
}

/* The first step that could be played now; else the first that is left where `any`; else g->to. */
static size_t find(struct group *g, bool any)
{
    while (g->first < g->to && g->played[g->first - g->from])
        g->first = after(g->st, g->first);
    for (size_t i = g->first; i < g->to; i = after(g->st, i))
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
    struct group g = group_of(st, from, to);
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

        if (verb != VERB_UNORDERED && verb != VERB_TOGETHER && verb != VERB_CROWD) {
            passed = play_step(st, c, i);
            continue;
        }
        st->together = verb != VERB_UNORDERED;
        passed = play_group(st, c, i + 1, after(st, i));
        st->together = false;
    }
    return passed && !st->err.code;
}
