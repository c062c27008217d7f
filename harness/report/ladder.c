/*
 * ladder.c - see ladder.h.
 *
 *     1  alice → server   "ADD 12" ┊ "34 -34\n"
 *                                  ^ cut here
 *     2  alice ← server   expected  "OK 1200"
 *                         came      nothing
 *
 * A rung has a number (as in --split), who speaks to whom, and what was said (rung.c).
 */
#include "report/ladder.h"
#include "report/network.h"
#include "report/rung.h"
#include "report/verbs.h"
#include "report/wording.h"

#include <stdio.h>

#define FOLD_OVER 12u /* steps; then the first FOLD_FIRST and the last FOLD_LAST are shown */
#define FOLD_FIRST 2u
#define FOLD_LAST 6u

static struct rung rung_of(const struct ladder *l, const struct step_record *s)
{
    struct rung rung = {.record = s, .failed = s->outcome != STEP_PASSED};

    if (s->step < l->test->n_steps) {
        rung.step = &l->test->steps[s->step];
        rung.value = wording_value(l->test, l->shown, rung.step);
    }
    return rung;
}

/* ---- who ----------------------------------------------------------------------------------------------- */

struct who {
    const char *first, *second; /* second NULL: alone */
    enum glyph arrow;
};

static struct who who_of(const struct ladder *l, const struct rung *rung)
{
    const struct step *s = rung->step;
    const struct peer *peer;

    /* The check after the last step tells by `item` which peer got more than was asked for. */
    if (!s && rung->record->outcome == STEP_CAME_UNASKED && rung->record->item < l->test->n_peers) {
        peer = &l->test->peers[rung->record->item];
        return (struct who){peer->name, rung_program(l, peer->program), GLYPH_FROM};
    }
    if (!s)
        return (struct who){"afterwards"};
    if (s->actor_kind == ACTOR_PEER && s->actor < l->test->n_peers) {
        peer = &l->test->peers[s->actor];
        if (peer->kind == PEER_RELAYS)
            return (struct who){peer->name};
        return (struct who){
            peer->name,
            rung_program(l, s->to < l->test->n_peers ? l->test->peers[s->to].program : peer->program),
            verb_way(s->verb) == WAY_FROM ? GLYPH_FROM : GLYPH_TO};
    }
    if (s->actor_kind == ACTOR_FILE)
        return (struct who){s->path};
    if (s->actor_kind != ACTOR_PROGRAM)
        return (struct who){s->verb == VERB_SAME_ORDER ? "everybody" : ""};
    if (verb_way(s->verb) == WAY_STDIN)
        return (struct who){"stdin", rung_program(l, s->actor), GLYPH_TO};
    if (verb_way(s->verb) == WAY_STDOUT)
        return (struct who){rung_program(l, s->actor), "stdout", GLYPH_TO};
    return (struct who){rung_program(l, s->actor)};
}

static unsigned who_width(const struct ladder *l, const struct rung *rung)
{
    struct who who = who_of(l, rung);
    unsigned width = pen_width(l->pen, bytes_of(who.first));

    if (who.second)
        width += 2 + pen_glyph_width(l->pen, who.arrow) + pen_width(l->pen, bytes_of(who.second));
    return width;
}

/* The number and the names; the pen is then where what was said begins. */
static void put_who(const struct ladder *l, const struct rung *rung)
{
    struct who who = who_of(l, rung);
    char number[16];

    pen_to(l->pen, RUNG_LEFT);
    if (rung->step) {
        snprintf(number, sizeof number, "%2u", rung->record->step + 1);
        pen_text(l->pen, rung->failed ? INK_STRONG_BAD : INK_FAINT, number);
    }
    pen_to(l->pen, l->who);
    pen_text(l->pen, INK_NAME, who.first);
    if (who.second) {
        pen_to(l->pen, l->pen->column + 1);
        pen_glyph(l->pen, INK_FAINT, who.arrow);
        pen_to(l->pen, l->pen->column + 1);
        pen_text(l->pen, INK_NAME, who.second);
    }
    if (l->pen->column + 2 > l->what)
        pen_end(l->pen);
    pen_to(l->pen, l->what);
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static bool is_folded(const struct case_record *c, size_t i)
{
    return c->n_steps > FOLD_OVER && i >= FOLD_FIRST && i < c->n_steps - FOLD_LAST;
}

static void put_fold(const struct ladder *l)
{
    char text[64];

    snprintf(text, sizeof text, "%zu more steps", l->shown->n_steps - FOLD_FIRST - FOLD_LAST);
    pen_to(l->pen, l->who);
    pen_glyph(l->pen, INK_FAINT, GLYPH_MORE);
    pen_to(l->pen, l->pen->column + 1);
    pen_text(l->pen, INK_FAINT, text);
    pen_end(l->pen);
}

/* All that is said begins in one column: after the longest names, unless these are very long. */
static void measure(struct ladder *l)
{
    unsigned longest = 0, most = l->pen->width / 3;

    for (size_t i = 0; i < l->shown->n_steps; i++) {
        struct rung rung = rung_of(l, &l->shown->steps[i]);
        unsigned width = is_folded(l->shown, i) ? 0 : who_width(l, &rung);

        if (width > longest && width <= most)
            longest = width;
    }
    l->who = RUNG_LEFT + 4;
    l->what = l->who + longest + 3;
}

void ladder_put(struct pen *p, const struct result *r, const struct test_result *t)
{
    struct ladder l = {.pen = p, .result = r, .test = t->test, .shown = t->shown, .record = t->record};

    if (!t->shown || t->shown->n_steps == 0)
        return;
    measure(&l);
    network_put_cuts(&l);
    for (size_t i = 0; i < t->shown->n_steps; i++) {
        struct rung rung = rung_of(&l, &t->shown->steps[i]);

        if (is_folded(t->shown, i)) {
            if (i == FOLD_FIRST)
                put_fold(&l);
            continue;
        }
        /* The check after the last step is told only when it found something. */
        if (!rung.step && !rung.failed)
            continue;
        put_who(&l, &rung);
        rung_put(&l, &rung);
        network_put(&l, rung.record->step);
    }
}
