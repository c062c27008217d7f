/*
 * step_gets.c - what a peer is expected to get: a message, one of several, several in any order, an end,
 * nothing.
 *
 * A wait is over as soon as what came decides it; what did not come is decided by idleness.
 */
#include "run/step_gets.h"
#include "base/mem.h"

enum offer {
    OFFER_NONE, /* no whole message is there yet */
    OFFER_SOME, /* `content` is one */
    OFFER_BAD,  /* what is there can never become one */
};

struct getting {
    struct peer_run *peer;
    const struct framing *framing;
    const struct message *want; /* the alternatives */
    size_t n;
    bool *taken; /* of `want`, which came already; NULL: any may come again */
    /* found by look_for */
    enum offer offer;
    struct bytes content, frame;
    size_t total; /* bytes of the stream that it takes up */
    size_t hit;   /* which of want it is; n: none */
    bool from_service;
};

static bool is_wanted(const struct message *want, struct bytes content)
{
    return want->regex ? regex_match(want->regex, content) == MATCHED : bytes_equal(want->content, content);
}

/* Bytes as they stand: as many as are wanted, or fewer if these differ already. */
static void offer_bytes(struct getting *g, struct bytes in)
{
    const struct message *w = &g->want[0];
    size_t same = match_prefix(in, w->content);

    if (w->regex) {
        g->offer = in.len && is_wanted(w, in) ? OFFER_SOME : OFFER_NONE;
        g->content = in;
    } else if (same >= w->content.len || same < in.len) {
        g->offer = OFFER_SOME;
        g->content = bytes_slice(in, 0, w->content.len);
    }
    g->total = g->content.len;
}

static void offer_frame(struct getting *g, struct bytes in)
{
    struct frame f = {0};

    switch (framing_next(g->framing, in, &f)) {
    case FRAMED_MESSAGE:
        g->offer = OFFER_SOME;
        g->content = f.body;
        g->total = f.total;
        break;
    case FRAMED_PARTIAL: break;
    case FRAMED_TOO_LONG:
    case FRAMED_INVALID: g->offer = OFFER_BAD; break;
    }
    g->frame = bytes_slice(in, 0, f.header);
}

static void look_for(struct getting *g)
{
    const struct arrival *a = datagram_first(&g->peer->datagram);
    struct bytes in = buf_view(&g->peer->stream.in);

    g->offer = OFFER_NONE;
    g->content = g->frame = (struct bytes){0};
    g->hit = g->n;
    if (!g->peer->is_stream) {
        g->offer = a ? OFFER_SOME : OFFER_NONE;
        g->content = a ? a->payload : g->content;
    } else if (!g->want[0].framed || g->framing->kind == FRAMING_NONE)
        offer_bytes(g, in);
    else
        offer_frame(g, in);
    for (size_t i = 0; g->offer == OFFER_SOME && i < g->n && g->hit == g->n; i++)
        if (!(g->taken && g->taken[i]) && is_wanted(&g->want[i], g->content))
            g->hit = i;
}

static bool got(struct stage *st, void *arg)
{
    struct getting *g = arg;

    (void)st;
    look_for(g);
    return g->offer != OFFER_NONE || peer_is_over(g->peer) || g->peer->datagram.refused;
}

static void take(struct getting *g)
{
    if (g->peer->is_stream)
        buf_consume(&g->peer->stream.in, g->total);
    else
        datagram_take(&g->peer->datagram);
}

/* A reply from another port than the one that was sent to is a fact for the record, and for `from:` a
 * failure. */
static bool from_elsewhere(const struct peer_run *p, struct step_record *r)
{
    const struct arrival *a = datagram_first(&p->datagram);

    if (p->is_stream || !a || addr_port(&a->from) == addr_port(&p->datagram.remote))
        return false;
    r->from_port = addr_port(&a->from);
    return true;
}

static enum outcome nothing_more(const struct getting *g)
{
    if (g->peer->stream.reset)
        return STEP_RESET;
    if (g->peer->stream.ended)
        return STEP_ENDED;
    if (g->peer->datagram.refused)
        return STEP_REFUSED;
    return STEP_TOO_LITTLE;
}

/* Waits for one message that is any of g->want. */
static enum outcome get_one(struct stage *st, const struct step *s, struct getting *g, struct step_record *r)
{
    struct wait w = {.done = got, .arg = g, .within = step_within(s)};
    const struct message *first = &g->want[0];
    bool elsewhere;

    r->decided = await(st, &w);
    look_for(g);
    r->expected = excerpt_of(&st->case_arena, first->regex ? bytes_of(first->source) : first->content);
    r->frame = arena_bytes(&st->case_arena, g->frame);
    elsewhere = from_elsewhere(g->peer, r);
    if (g->offer != OFFER_SOME) {
        step_came(st, peer_pending(g->peer), r);
        r->at = match_prefix(peer_pending(g->peer), first->content);
        return g->offer == OFFER_BAD ? STEP_BAD_FRAME : nothing_more(g);
    }
    if (g->hit == g->n || (elsewhere && s->from_service)) {
        r->came_is_message = first->framed;
        step_came(st, g->content, r);
        r->at = match_prefix(g->content, first->content);
        return STEP_OTHER_CAME;
    }
    take(g);
    return STEP_PASSED;
}

/* In the order of the list. */
static enum outcome get_in_order(struct stage *st, const struct step *s, struct getting *g,
                                 struct step_record *r)
{
    const struct message *all = g->want;

    for (size_t i = 0; i < r->items; i++) {
        enum outcome o;

        g->want = &all[i];
        g->n = 1;
        r->item = (uint32_t)i;
        o = get_one(st, s, g, r);
        if (o != STEP_PASSED)
            return o;
    }
    return STEP_PASSED;
}

static enum outcome get_any_order(struct stage *st, const struct step *s, struct getting *g,
                                  struct step_record *r)
{
    enum outcome o = STEP_PASSED;

    g->taken = arena_new(&st->case_arena, (g->n + 1) * sizeof *g->taken);
    for (size_t i = 0; i < r->items && o == STEP_PASSED; i++) {
        r->item = (uint32_t)i;
        o = get_one(st, s, g, r);
        if (o == STEP_PASSED)
            g->taken[g->hit] = true;
    }
    return o;
}

/* ---- ends and nothing
 * ------------------------------------------------------------------------------------------------ */

static enum outcome get_nothing(struct stage *st, const struct step *s, struct peer_run *p,
                                struct step_record *r)
{
    struct wait w = {
        .done = peer_heard, .arg = p, .within = step_within(s), .quiet = true, .watches_timers = true};

    if (s->span) {
        w.within = s->span;
        w.quiet = false;
    }
    r->decided = await(st, &w);
    if (peer_has_more(p)) {
        step_came(st, peer_pending(p), r);
        return STEP_CAME_UNASKED;
    }
    if (s->verb == VERB_GETS_NO_REPLY || !peer_is_over(p))
        return STEP_PASSED;
    return p->stream.reset ? STEP_RESET : STEP_ENDED;
}

static enum outcome get_end(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    struct wait w = {.done = peer_heard, .arg = p, .within = step_within(s)};

    r->decided = await(st, &w);
    if (peer_has_more(p)) {
        step_came(st, peer_pending(p), r);
        return STEP_CAME_UNASKED;
    }
    if (!peer_is_over(p))
        return STEP_STILL_OPEN;
    if (s->verb == VERB_GETS_RESET)
        return p->stream.reset ? STEP_PASSED : STEP_ENDED_CLEANLY;
    return p->stream.reset ? STEP_RESET : STEP_PASSED;
}

enum outcome step_gets(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    struct messages m;
    struct getting g = {.peer = p, .framing = spec_framing(st->spec, p->spec)};

    peers_settle_gates(st, p);
    if (s->verb == VERB_GETS_NOTHING || s->verb == VERB_GETS_NO_REPLY)
        return get_nothing(st, s, p, r);
    if (s->verb == VERB_GETS_END || s->verb == VERB_GETS_RESET)
        return get_end(st, s, p, r);
    m = messages_resolve(&s->value, &st->bindings, &st->case_arena);
    g.want = m.items;
    g.n = m.n;
    r->items = s->verb == VERB_GETS_ONE_OF ? 1 : (uint32_t)m.n;
    if (s->verb == VERB_GETS)
        return get_in_order(st, s, &g, r);
    return s->verb == VERB_GETS_ONE_OF ? get_one(st, s, &g, r) : get_any_order(st, s, &g, r);
}
