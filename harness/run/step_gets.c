/*
 * step_gets.c - what a peer is expected to get: a message, one of several, several in any order, an end,
 * nothing.
 *
 * A wait is over as soon as what came decides it; what did not come is decided by idleness.
 */
#include "run/step_gets.h"
#include "base/clock.h"
#include "base/mem.h"

enum offer {
    OFFER_NONE, /* no whole message is there yet */
    OFFER_SOME, /* `content` is one */
    OFFER_BAD,  /* what is there can never become one */
};

struct getting {
    struct peer_run *peer;
    const struct step *step;
    struct framing framing;
    const struct message *want; /* the alternatives */
    size_t n;
    bool *taken;     /* of `want`, which came already; NULL: any may come again */
    size_t done;     /* bytes of want[0] that came and were dropped: of what is too large to be kept */
    bool only_looks; /* whether it is there: what it waits for is dropped by nobody but the step itself */
    struct messages skips;
    struct stage *st;
    /* found by look_for */
    enum offer offer;
    struct bytes content, frame;
    size_t total;         /* bytes of the stream that it takes up */
    size_t hit;           /* which of want it is; n: none */
    struct caught caught; /* by that one */
};

/* Larger than this, what came right is dropped at once: a grader's memory is bounded whatever is sent. */
#define KEPT_MAX ((size_t)256 << 10)
/* The longest body of HTTP that is read where no step says how long it is. */
#define FREE_MAX ((size_t)16 << 20)

static bool is(const struct getting *g, const struct message *want, struct caught *caught)
{
    struct incoming in = peer_incoming(g->st, g->peer, g->content);

    return message_is(want, &in, &g->st->bindings, &g->st->case_arena, caught);
}

/* Bytes as they stand: as many as are wanted, or fewer if these differ already. */
static void offer_bytes(struct getting *g, struct bytes in)
{
    const struct message *w = &g->want[0];
    struct bytes want = bytes_slice(w->content, g->done, w->content.len);
    size_t same = match_prefix(in, want);

    if (w->event != HAPPENING_NONE) { /* no message at all would do */
        g->offer = in.len ? OFFER_SOME : OFFER_NONE;
        g->content = in;
    } else if (!w->exact) {
        g->content = in;
        g->offer = in.len && is(g, w, NULL) ? OFFER_SOME : OFFER_NONE;
    } else if (same >= want.len || same < in.len) {
        g->offer = OFFER_SOME;
        g->content = bytes_slice(in, 0, want.len);
    } else if (in.len && w->content.len > KEPT_MAX && !g->only_looks) {
        stream_take(&g->peer->stream, in.len);
        g->done += in.len;
    }
    g->total = g->content.len;
}

/* How much has to be read of a message of HTTP that is not all there. */
static size_t http_need(const struct http_found *f)
{
    uint64_t body = f->body == HTTP_BODY_LENGTH ? f->announced : f->there + STREAM_ROOM / 2;

    return f->head + (size_t)(body < FREE_MAX ? body : FREE_MAX);
}

static void offer_frame(struct getting *g, struct bytes in)
{
    struct frame f = {0};

    switch (peer_next(g->st, g->peer, in, &f)) {
    case FRAMED_MESSAGE:
        g->offer = OFFER_SOME;
        g->content = f.body;
        g->total = f.total;
        break;
    case FRAMED_PARTIAL: stream_need(&g->peer->stream, http_need(&f.http)); break;
    case FRAMED_TOO_LONG:
    case FRAMED_INVALID: g->offer = OFFER_BAD; break;
    }
    g->frame = bytes_slice(in, 0, f.header);
}

static bool is_raw(const struct getting *g)
{
    return !g->want[0].framed || g->framing.kind == FRAMING_NONE;
}

/* What was dropped was right; what is left must be so too. */
static bool is_wanted(struct getting *g, const struct message *want)
{
    g->caught = (struct caught){0};
    if (g->done == 0)
        return is(g, want, &g->caught);
    return bytes_equal(g->content, bytes_slice(want->content, g->done, want->content.len));
}

static void look_for(struct getting *g)
{
    const struct arrival *a = g->peer->is_stream ? NULL : peer_arrival(g->peer);
    struct bytes in = buf_view(&g->peer->stream.in);

    g->offer = OFFER_NONE;
    g->content = g->frame = (struct bytes){0};
    g->hit = g->n;
    if (!g->peer->is_stream) {
        g->offer = a ? OFFER_SOME : OFFER_NONE;
        g->content = a ? a->payload : g->content;
    } else if (is_raw(g))
        offer_bytes(g, in);
    else
        offer_frame(g, in);
    for (size_t i = 0; g->offer == OFFER_SOME && i < g->n && g->hit == g->n; i++)
        if (!(g->taken && g->taken[i]) && is_wanted(g, &g->want[i]))
            g->hit = i;
    if (g->framing.kind == FRAMING_EOF && !g->content.len && g->hit == g->n)
        g->offer = OFFER_NONE; /* "it closed the connection" says more than "an empty message came" */
}

/* What it captures, and all of it where the step names that. */
static void keep(struct stage *st, struct getting *g)
{
    struct incoming in = peer_incoming(st, g->peer, g->content);

    caught_name(&g->caught, g->step->as, &in, &st->bindings, &st->case_arena);
    caught_keep(&g->caught, &st->bindings, &st->case_arena);
}

static void take(struct stage *st, struct getting *g)
{
    if (g->hit < g->n)
        keep(st, g);
    peer_take(st, g->peer, g->content, g->total);
    g->framing = peer_framing(st, g->peer);
    st->flows |=
        answers_flow(st) > 0; /* what stands behind it may be ignored, or answered in the background */
}

/* Has the peer got it before? With a window, not only the last message may come again. */
static bool is_repeat(const struct peer_run *p, struct bytes content)
{
    for (size_t i = 0; i < p->n_got; i++)
        if (bytes_equal(p->got[i].content, content))
            return true;
    return false;
}

/* May what came, which is not what was expected, be passed over? */
static bool is_skipped(struct stage *st, const struct getting *g)
{
    const struct peer_run *p = g->peer;
    struct incoming in = peer_incoming(st, g->peer, g->content);

    switch (g->step->skipping) {
    case SKIP_NOTHING: return false;
    case SKIP_ANYTHING: return true;
    case SKIP_REPEATS: return is_repeat(p, g->content);
    case SKIP_LISTED: return message_is_any(&g->skips, &in, &st->bindings, &st->case_arena);
    }
    return false;
}

/* Looks for it, behind what may come before it. */
static void skip_and_look(struct getting *g)
{
    look_for(g);
    while (g->offer == OFFER_SOME && g->hit == g->n && is_skipped(g->st, g) && !g->st->err.code) {
        take(g->st, g);
        look_for(g);
    }
}

static bool is_decided(struct getting *g)
{
    skip_and_look(g);
    return g->offer != OFFER_NONE || peer_is_over(g->peer) || peer_socket(g->peer)->refused;
}

static bool got(struct stage *st, void *arg)
{
    (void)st;
    return is_decided(arg);
}

/* A reply from another port than the one that was sent to is a fact for the record, and for `from:` a
 * failure. */
static bool from_elsewhere(const struct peer_run *p, struct step_record *r)
{
    const struct arrival *a = p->is_stream ? NULL : peer_arrival(p);

    if (!a || p->spec->kind != PEER_CONNECTS || addr_port(&a->from) == addr_port(&p->datagram.remote))
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
    if (peer_socket(g->peer)->refused)
        return STEP_REFUSED;
    return STEP_TOO_LITTLE;
}

/* What came instead of a message is one of the outcomes that would do. */
static bool is_event(const struct getting *g, enum outcome o)
{
    for (size_t i = 0; i < g->n; i++)
        if ((g->want[i].event == HAPPENING_END && o == STEP_ENDED) ||
            (g->want[i].event == HAPPENING_RESET && o == STEP_RESET) ||
            (g->want[i].event == HAPPENING_NOTHING && o == STEP_TOO_LITTLE && !peer_has_more(g->peer)))
            return true;
    return false;
}

/* The beginning that was dropped belongs to what came. */
static void show_dropped(struct stage *st, const struct getting *g, struct step_record *r)
{
    struct bytes dropped = bytes_slice(g->want[0].content, 0, g->done);

    if (g->done == 0)
        return;
    r->came.total += g->done;
    r->came.tail = r->came.tail.len ? r->came.tail : r->came.head;
    r->came.tail = bytes_slice(
        r->came.tail, r->came.tail.len > EXCERPT_MAX ? r->came.tail.len - EXCERPT_MAX : 0, EXCERPT_MAX);
    r->came.head = arena_bytes(&st->case_arena, bytes_slice(dropped, 0, EXCERPT_MAX));
    r->at += g->done;
}

static void show_came(struct stage *st, const struct getting *g, struct bytes came, struct step_record *r)
{
    struct incoming in = peer_incoming(st, g->peer, came);

    r->reason = g->caught.reason ? arena_text(&st->case_arena, g->caught.reason) : NULL;
    if (came.len && g->n == 1)
        typed_explain(&in, &g->want[0], &st->case_arena, r);
    step_came(st, came, r);
    r->at = match_prefix(came, bytes_slice(g->want[0].content, g->done, SIZE_MAX));
    show_dropped(st, g, r);
}

/* Waits for one message that is any of g->want. */
static enum outcome get_one(struct stage *st, const struct step *s, struct getting *g, struct step_record *r)
{
    struct wait w = {.done = got, .arg = g, .within = step_within(s)};
    const struct message *first = &g->want[0];
    bool elsewhere;

    g->done = 0;
    if (first->framed && g->peer->is_stream)
        stream_need(&g->peer->stream, first->content.len + STREAM_ROOM / 2);
    r->decided = await(st, &w); /* what is skipped gives no more time */
    skip_and_look(g);
    message_show(first, &st->case_arena, r);
    r->frame = arena_bytes(&st->case_arena, g->frame);
    elsewhere = from_elsewhere(g->peer, r);
    if (g->offer != OFFER_SOME) {
        if (is_event(g, nothing_more(g)))
            return STEP_PASSED;
        show_came(st, g, peer_pending(g->peer), r);
        return g->offer == OFFER_BAD ? STEP_BAD_FRAME : nothing_more(g);
    }
    if (g->hit == g->n || (elsewhere && s->from_service)) {
        r->came_is_message = first->framed;
        show_came(st, g, g->content, r);
        return STEP_OTHER_CAME;
    }
    take(st, g);
    return STEP_PASSED;
}

static void want_one(struct getting *g, const struct value *v)
{
    const struct message want = message_resolve(v, &g->st->bindings, &g->st->case_arena);

    g->want = arena_copy(&g->st->case_arena, &want, sizeof want);
    g->n = 1;
}

/* In the order of the list: what one captures, the next may be made of. */
static enum outcome get_in_order(struct stage *st, const struct step *s, struct getting *g,
                                 struct step_record *r)
{
    struct listed all = messages_list(&s->value, &st->bindings, &st->case_arena);
    enum outcome o = STEP_PASSED;

    r->items = (uint32_t)all.n;
    for (size_t i = 0; i < all.n && o == STEP_PASSED; i++) {
        want_one(g, all.items[i]);
        r->item = (uint32_t)i;
        o = st->err.code ? STEP_LIMIT : get_one(st, s, g, r);
    }
    return o;
}

/* Messages before outcomes that are none: the first says how messages are read. */
static void messages_first(struct messages *m)
{
    for (size_t i = 1; i < m->n; i++)
        for (size_t k = i; k > 0 && m->items[k].event == HAPPENING_NONE && m->items[k - 1].event; k--) {
            struct message later = m->items[k];

            m->items[k] = m->items[k - 1];
            m->items[k - 1] = later;
        }
}

static void want_any(struct getting *g)
{
    struct messages m = messages_resolve(&g->step->value, &g->st->bindings, &g->st->case_arena);

    messages_first(&m);
    g->want = m.items;
    g->n = m.n;
}

static enum outcome get_one_of(struct stage *st, const struct step *s, struct getting *g,
                               struct step_record *r)
{
    want_any(g);
    r->items = 1;
    return get_one(st, s, g, r);
}

static enum outcome get_any_order(struct stage *st, const struct step *s, struct getting *g,
                                  struct step_record *r)
{
    enum outcome o = STEP_PASSED;

    want_any(g);
    r->items = (uint32_t)g->n;
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

/* ---- has got ------------------------------------------------------------------------------------------- */

/* All that came so far: what steps took, and what none has taken yet. */
static struct bytes all_bytes(struct stage *st, const struct peer_run *p)
{
    _cleanup_buf_ struct buf all = BUF_INIT;

    for (size_t i = 0; i < p->n_got; i++)
        buf_append(&all, p->got[i].content);
    buf_append(&all, peer_pending(p));
    return arena_bytes(&st->case_arena, buf_view(&all));
}

struct holding {
    const struct step *step;
    const struct peer_run *peer;
};

static bool has_enough(struct stage *st, void *arg)
{
    const struct holding *h = arg;
    uint64_t bytes = h->peer->got_bytes + peer_pending(h->peer).len;

    (void)st;
    return peer_is_over(h->peer) ||
           ((h->step->got_messages == UINT64_MAX || h->peer->n_got >= h->step->got_messages) &&
            (h->step->got_bytes == UINT64_MAX || bytes >= h->step->got_bytes));
}

static enum outcome has_got(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    struct messages m = messages_resolve(&s->value, &st->bindings, &st->case_arena);
    struct holding h = {s, p};
    struct wait enough = {.done = has_enough, .arg = &h, .within = step_within(s)};
    struct incoming in;
    struct bytes all;

    await(st, &enough); /* a timer of the program's may yet bring what is missing */
    r->decided = await_rest(st, step_within(s), STEP_SPIN_CPU);
    all = all_bytes(st, p);
    r->count = p->n_got;
    step_came(st, all, r);
    r->came.total = p->got_bytes + peer_pending(p).len;
    if ((s->got_messages != UINT64_MAX && s->got_messages != p->n_got) ||
        (s->got_bytes != UINT64_MAX && s->got_bytes != r->came.total))
        return STEP_OTHER_COUNT;
    if (m.n == 0)
        return STEP_PASSED;
    r->items = 1;
    message_show(&m.items[0], &st->case_arena, r);
    r->at = match_prefix(all, m.items[0].content);
    in = peer_incoming(st, p, all);
    return message_is(&m.items[0], &in, &st->bindings, &st->case_arena, NULL) ? STEP_PASSED : STEP_OTHER_CAME;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static struct getting getting_of(struct stage *st, const struct step *s, struct peer_run *p)
{
    return (struct getting){.st = st,
                            .peer = p,
                            .step = s,
                            .framing = peer_framing(st, p),
                            .skips = messages_resolve(&s->skips, &st->bindings, &st->case_arena)};
}

/* The first that it waits for is there, or so much that the step must begin to take it. */
static bool looks_decided(struct stage *st, const struct step *s, struct peer_run *p)
{
    struct getting g = getting_of(st, s, p);
    struct listed all;

    g.only_looks = true;
    if (s->verb != VERB_GETS) {
        want_any(&g);
    } else {
        all = messages_list(&s->value, &st->bindings, &st->case_arena);
        if (all.n == 0)
            return true;
        want_one(&g, all.items[0]);
    }
    return is_decided(&g) || (p->is_stream && is_raw(&g) && peer_pending(p).len > KEPT_MAX);
}

bool step_gets_is_ready(struct stage *st, const struct step *s, struct peer_run *p)
{
    struct look now = {.step = s,
                       .came = peer_pending(p).len,
                       .taken = p->n_got,
                       .more = peer_has_more(p),
                       .over = peer_is_over(p) || peer_socket(p)->refused};

    if (s->verb == VERB_GETS_NOTHING || s->verb == VERB_GETS_NO_REPLY || s->verb == VERB_HAS_GOT)
        return false; /* sleep alone decides these */
    if (s->verb == VERB_GETS_END || s->verb == VERB_GETS_RESET)
        return peer_heard(st, p);
    if (!look_is_the_same(&p->look, &now)) {
        now.ready = looks_decided(st, s, p);
        p->look = now;
    }
    return p->look.ready;
}

enum outcome step_gets(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    struct getting g;

    if (s->verb == VERB_HAS_GOT)
        return has_got(st, s, p, r);
    if (s->verb == VERB_GETS_NOTHING || s->verb == VERB_GETS_NO_REPLY)
        return get_nothing(st, s, p, r);
    if (s->verb == VERB_GETS_END || s->verb == VERB_GETS_RESET)
        return get_end(st, s, p, r);
    g = getting_of(st, s, p);
    if (s->verb == VERB_GETS)
        return get_in_order(st, s, &g, r);
    return s->verb == VERB_GETS_ONE_OF ? get_one_of(st, s, &g, r) : get_any_order(st, s, &g, r);
}
