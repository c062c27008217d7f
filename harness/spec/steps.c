/*
 * steps.c - one step is one sentence, ACTOR VERB: VALUE, and what stands under it: modifiers.c reads that,
 * sentence.c knows actors and verbs, step_value.c the value, structures.c what holds other steps.
 *
 * Steps of a structure follow it in the test's one list, so that a step's index says all about its place.
 */
#include "base/mem.h"
#include "spec/modifiers.h"
#include "spec/reading.h"

#include <string.h>

#define STEPS_MAX 100000u
#define NESTED_MAX 8

/* ---- what fits whom ------------------------------------------------------------------------------ */

static void check_transport(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;

    if (!p || !s->rule->stream || p->program == SIZE_MAX || transport_is_stream(p->transport))
        return;
    diag_note(l->diags,
              diag_error(l->diags, s->node->key->mark, "`%s` speaks UDP, where nothing %s", p->name,
                         s->rule->verb == VERB_GETS_END || s->rule->verb == VERB_GETS_RESET ? "ends"
                         : s->rule->verb == VERB_RESETS                                     ? "is reset"
                         : s->rule->verb == VERB_HALF_CLOSES                                ? "is half-closed"
                         : s->rule->verb == VERB_CUTS                                       ? "is cut"
                                                                                            : "is held back"),
              "`%s` is for streams", s->rule->name);
}

/* The kernel stamps packets, and those of a stream begin and end anywhere. */
static void check_stamps(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;

    if (p && p->program != SIZE_MAX && s->rule->datagrams && transport_is_stream(p->transport))
        diag_note(l->diags,
                  diag_error(l->diags, s->node->key->mark,
                             "`%s` speaks over a stream, where nobody knows when a message came", p->name),
                  "`%s` is for datagrams: the kernel says when it got each", s->rule->name);
}

/* Only TLS says when a stream ends; elsewhere its end is all there is. */
static void check_cut(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;

    if (p && p->program != SIZE_MAX && s->rule->verb == VERB_CUTS_OFF && !p->tls.on)
        diag_note(l->diags,
                  diag_error(l->diags, s->node->key->mark,
                             "`%s` does not speak TLS, so it cannot leave out "
                             "its close_notify",
                             p->name),
                  "write `%s half-closes:` or `%s resets:`", p->name, p->name);
}

/* Only who speaks TLS reads it. */
static void check_sealed(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;

    if (p && p->program != SIZE_MAX && s->rule->verb == VERB_CARRIES && p->kind == PEER_RELAYS && p->tls.on)
        diag_note(l->diags,
                  diag_error(l->diags, s->node->key->mark,
                             "`%s` relays what TLS has sealed, and cannot read it", p->name),
                  "see what the programs make of it: what they print, and how they exit");
}

/* A relay says nothing of its own, and nobody else relays. */
static void check_relay(struct loader *l, const struct peer *p, const struct sentence *s)
{
    struct diag *d;

    if (p->kind == PEER_RELAYS) {
        d = diag_error(l->diags, s->node->key->mark, "`%s` is a relay: it has no part of its own", p->name);
        diag_note(l->diags, d, "programs talk through it; it `carries` messages and `cuts` connections");
    } else {
        d = diag_error(l->diags, s->node->key->mark, "`%s` is no relay", p->name);
        diag_note(l->diags, d, "`%s: {relays: PROGRAM}` would be one", p->name);
    }
}

/* A peer that listens accepts; those that it accepts, and those that connect, talk. */
static void check_side(struct loader *l, const struct test *t, const struct sentence *s)
{
    const struct peer *p = s->kind == ACTOR_PEER ? &t->peers[s->index] : NULL;
    bool connects = s->rule->verb == VERB_CONNECTS || s->rule->verb == VERB_IS_REFUSED;
    struct diag *d;

    if (!p || p->program == SIZE_MAX)
        return;
    if ((p->kind == PEER_RELAYS) != (s->rule->side == SIDE_RELAY)) {
        check_relay(l, p, s);
        return;
    }
    if (s->rule->side == SIDE_EITHER || s->rule->side == SIDE_RELAY)
        return;
    if (p->kind != PEER_LISTENS && s->rule->side == SIDE_LISTENER) {
        d = diag_error(l->diags, s->node->key->mark, "`%s` does not listen, so nobody comes to it", p->name);
        diag_note(l->diags, d, "`%s: {listens: tcp}` would", p->name);
    } else if (p->kind != PEER_CONNECTS && connects) {
        d = diag_error(l->diags, s->node->key->mark, "`%s` does not connect to a program", p->name);
        diag_note(l->diags, d,
                  p->kind == PEER_LISTENS ? "it listens: `%s accepts: conn`"
                                          : "it was accepted, so it is connected from then on",
                  p->name);
    } else if (p->kind == PEER_LISTENS && s->rule->side == SIDE_CONNECTION &&
               transport_is_stream(p->transport)) {
        d = diag_error(l->diags, s->node->key->mark, "`%s` listens: it has no connection of its own",
                       p->name);
        diag_note(l->diags, d, "write `%s accepts: conn` first, then `conn %s`", p->name, s->rule->name);
    }
}

static void check_step(const struct reading *r, const struct node *n, const struct sentence *s,
                       struct step *out)
{
    check_transport(r->l, r->t, s);
    check_stamps(r->l, r->t, s);
    check_cut(r->l, r->t, s);
    check_sealed(r->l, r->t, s);
    check_side(r->l, r->t, s);
    modifiers_check(r, n, s, out);
}

/* ---- steps --------------------------------------------------------------------------------------- */

struct step *steps_add(const struct reading *r, struct mark at)
{
    struct test *t = r->t;

    if (t->n_steps == STEPS_MAX) {
        diag_error(r->l->diags, at, "this test has more than %u steps", STEPS_MAX);
        return NULL;
    }
    if (t->n_steps == t->cap_steps) {
        struct step *all;

        t->cap_steps = t->cap_steps ? 2 * t->cap_steps : 16;
        all = arena_new(r->l->arena, t->cap_steps * sizeof *all);
        if (t->n_steps)
            memcpy(all, t->steps, t->n_steps * sizeof *all);
        t->steps = all;
    }
    return &t->steps[t->n_steps++];
}

/* The steps of `unordered` and `at the same time` follow it. */
static void inner_read(const struct reading *r, const struct node *n, size_t index)
{
    struct reading inner = *r;

    inner.depth++;
    steps_list_read(&inner, n);
    if (index < r->t->n_steps)
        r->t->steps[index].inner = r->t->n_steps - index - 1;
}

struct step step_blank(struct mark at, enum verb verb, enum actor_kind kind, size_t actor, const char *text)
{
    return (struct step){.mark = at,
                         .text = text,
                         .verb = verb,
                         .actor_kind = kind,
                         .actor = actor,
                         .to = SIZE_MAX,
                         .as = SIZE_MAX,
                         .accepted = SIZE_MAX,
                         .got_messages = UINT64_MAX,
                         .got_bytes = UINT64_MAX};
}

void step_read(const struct reading *r, const struct node *n)
{
    struct step step = step_blank(n->mark, VERB_CONNECTS, ACTOR_NONE, 0, NULL);
    struct loader *l = r->l;
    const struct node *node;
    struct step *kept;
    struct sentence s;

    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags,
                      diag_error(l->diags, n->mark, "a step is a sentence with a colon, but %s stands here",
                                 node_shape(n)),
                      "like `alice sends: \"text\"` or `alice gets end:`");
        return;
    }
    node = modifiers_read(l, n, &step);
    if (!node || structure_read(r, n, node) || !sentence_read(l, node, r->t, r->word, r->actor, &s))
        return;
    step.mark = node->key->mark;
    step.text = s.text;
    step.verb = s.rule->verb;
    step.actor_kind = s.kind;
    step.actor = s.index;
    step.path = s.path;
    step.owner = s.owner;
    step.protocol = s.kind == ACTOR_PEER ? r->t->peers[s.index].speaks : SIZE_MAX;
    check_step(r, n, &s, &step);
    step_value_read(r, &s, &step);
    names_settle(r->names);
    if (s.kind == ACTOR_NONE && s.rule->kind != ACTOR_NONE)
        return; /* nobody's */
    if ((kept = steps_add(r, step.mark)))
        *kept = step;
    if (s.rule->takes == TAKES_STEPS)
        inner_read(r, node, r->t->n_steps - 1);
}

void steps_list_read(const struct reading *r, const struct node *n)
{
    if (r->depth > NESTED_MAX) {
        diag_error(r->l->diags, n->mark, "steps within steps, deeper than %d", NESTED_MAX);
        return;
    }
    if (!node_is(n, NODE_LIST) || n->n == 0) {
        if (!n->bad)
            diag_note(r->l->diags,
                      diag_error(r->l->diags, n->key ? n->key->mark : n->mark, "`%s` is a list of sentences",
                                 n->key ? (const char *)n->key->text.data : "steps"),
                      "like `- alice sends: \"text\"`");
        return;
    }
    for (size_t i = 0; i < n->n; i++)
        step_read(r, n->items[i]);
}

void steps_read(struct loader *l, const struct node *n, struct test *t, struct names *names, bool *used)
{
    peers_of_test(l, t);
    steps_list_read(&(struct reading){.l = l, .t = t, .used = used, .names = names}, n);
}
