/*
 * presence.c - who is there: a step of a peer that has left would silently be one of a new connection, and
 * one that waits for a program which nothing has started would wait for nobody. The program would be blamed
 * for what the script does.
 */
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/verbs.h"

enum presence { PRESENT, ENDED, LEFT };

struct seen {
    enum presence presence;
    bool heard_end; /* a message came that the end of the connection ends: no more can come */
};

static enum presence after(const struct step *s, enum presence before)
{
    if (s->verb == VERB_CLOSES || s->verb == VERB_RESETS)
        return LEFT;
    if (s->verb == VERB_HALF_CLOSES || s->verb == VERB_CUTS_OFF)
        return ENDED;
    return s->verb == VERB_CONNECTS || s->verb == VERB_IS_REFUSED ? PRESENT : before;
}

static bool gets_message(const struct step *s)
{
    return s->verb == VERB_GETS || s->verb == VERB_GETS_ANY_ORDER || s->verb == VERB_GETS_ONE_OF;
}

static bool is_framed(const struct value *v)
{
    if (v->kind == VALUE_LIST)
        return v->n && is_framed(&v->items[0]);
    return v->framed && v->kind != VALUE_CELL; /* a cell may be anything */
}

static bool hears_end(const struct loader *l, const struct test *t, const struct step *s, bool before)
{
    if (s->verb == VERB_CONNECTS)
        return false;
    return before ||
           (gets_message(s) && is_framed(&s->value) && step_framing(l->spec, t, s)->kind == FRAMING_EOF);
}

static void check_heard(struct loader *l, const struct test *t, const struct step *s, bool heard_end)
{
    if (heard_end && (gets_message(s) || s->verb == VERB_GETS_NOTHING))
        diag_note(
            l->diags,
            diag_error(l->diags, s->mark, "`%s` has got the end of its connection", t->peers[s->actor].name),
            "with `framing: eof` it ends the message that came before; connect anew for another");
}

static void check_step(struct loader *l, const struct test *t, const struct step *s, enum presence now)
{
    const char *name = t->peers[s->actor].name;

    if (now == LEFT && t->peers[s->actor].kind == PEER_LISTENS)
        diag_error(l->diags, s->mark, "`%s` listens no more: it was closed", name);
    else if (now == LEFT && t->peers[s->actor].kind == PEER_ACCEPTED)
        diag_note(l->diags, diag_error(l->diags, s->mark, "`%s` has left: its connection is closed", name),
                  "accept the next one first: `- %s accepts: %s`", t->peers[t->peers[s->actor].listener].name,
                  name);
    else if (now == LEFT && s->verb != VERB_CONNECTS && s->verb != VERB_IS_REFUSED)
        diag_note(l->diags, diag_error(l->diags, s->mark, "`%s` has left: its connection is closed", name),
                  "let it come back first: `- %s connects:`", name);
    else if (now == ENDED &&
             (s->verb == VERB_SENDS || s->verb == VERB_HALF_CLOSES || s->verb == VERB_CUTS_OFF))
        diag_note(l->diags,
                  diag_error(l->diags, s->mark, "`%s` has said that it sends no more (half-closes)", name),
                  "after that it can only get, close, or reset");
}

/* Does the peer connect to a port that only the program itself tells? */
static bool is_told(const struct spec *s, const struct peer *p)
{
    const struct program *to =
        p->kind == PEER_CONNECTS && p->program < s->n_programs ? &s->programs[p->program] : NULL;

    return to && p->endpoint < to->n_listens && !endpoint_is_awaited(&to->listens[p->endpoint]);
}

/* Such a port is known once a step says which. */
static void check_told(struct loader *l, const struct test *t)
{
    bool *known = mem_new((t->n_peers + 1) * sizeof *known);

    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];
        bool connects = s->verb == VERB_CONNECTS || s->verb == VERB_IS_REFUSED;
        const char *name;

        if (s->actor_kind != ACTOR_PEER || known[s->actor] || !is_told(l->spec, &t->peers[s->actor]))
            continue;
        known[s->actor] = true;
        name = t->peers[s->actor].name;
        if (!connects || s->value.kind == VALUE_NONE)
            diag_note(l->diags, diag_error(l->diags, s->mark, "which port does `%s` connect to?", name),
                      "the program tells it: `- %s connects: {port: \"${NAME}\"}`, where NAME is captured",
                      name);
    }
    mem_free(known);
}

/* ---- who could come --------------------------------------------------------------------------------------
 */

static bool starts_program(const struct test *t, const struct step *s)
{
    return s->actor_kind == ACTOR_PROGRAM ||
           (s->actor_kind == ACTOR_PEER &&
            (t->peers[s->actor].kind == PEER_CONNECTS || t->peers[s->actor].kind == PEER_RELAYS));
}

/* The listening peer that the step waits at, from the outside; SIZE_MAX: none. */
static size_t waits_at(const struct test *t, const struct step *s)
{
    bool listens = s->actor_kind == ACTOR_PEER && t->peers[s->actor].kind == PEER_LISTENS;

    return listens && verb_waits(s->verb) ? s->actor : SIZE_MAX;
}

static bool has_visitor(const struct spec *s, const struct test *t, size_t peer)
{
    for (size_t i = 0; i < s->n_programs; i++)
        if (program_visits(s, t, i, peer))
            return true;
    return false;
}

/* Who waits for programs of which none runs would blame each student for what the script lacks. */
static void check_visited(struct loader *l, const struct test *t)
{
    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];
        size_t at = waits_at(t, s);

        for (size_t k = 1; k <= s->inner; k++) /* of a structure: perhaps in another order */
            if (starts_program(t, s + k))
                return;
        if (starts_program(t, s) || (at != SIZE_MAX && has_visitor(l->spec, t, at)))
            return;
        if (at == SIZE_MAX)
            continue;
        diag_note(l->diags,
                  diag_error(l->diags, s->mark, "nobody can come to `%s`: no program has started",
                             t->peers[at].name),
                  "start one first: `- %s starts:`", l->spec->programs[0].name);
        return;
    }
}

void visitors_check(struct loader *l)
{
    if (l->diags->errors) /* it may be of what tells a program where to go */
        return;
    for (size_t i = 0; i < l->spec->n_tests; i++)
        check_visited(l, &l->spec->tests[i]);
}

/* ---- who is still there ----------------------------------------------------------------------------------
 */

void presence_check(struct loader *l, const struct test *t)
{
    struct seen *peers = mem_new((t->n_peers + 1) * sizeof *peers);

    check_told(l, t);
    for (size_t i = 0; i < t->n_peers; i++)
        peers[i].presence = t->peers[i].kind == PEER_ACCEPTED ? LEFT : PRESENT;
    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];
        struct seen *seen;

        /* Datagrams have no connection that one could leave, and a relay has none of its own. */
        if (s->actor_kind != ACTOR_PEER || !transport_is_stream(t->peers[s->actor].transport) ||
            t->peers[s->actor].kind == PEER_RELAYS)
            continue;
        seen = &peers[s->actor];
        check_step(l, t, s, seen->presence);
        check_heard(l, t, s, seen->heard_end);
        seen->presence = after(s, seen->presence);
        seen->heard_end = hears_end(l, t, s, seen->heard_end);
        if (s->verb != VERB_ACCEPTS || s->accepted == SIZE_MAX)
            continue;
        if (peers[s->accepted].presence != LEFT)
            diag_note(l->diags,
                      diag_error(l->diags, s->mark, "`%s` is still connected", t->peers[s->accepted].name),
                      "accept the next one by another name, or close this one first");
        peers[s->accepted] = (struct seen){PRESENT, false};
    }
    mem_free(peers);
}
