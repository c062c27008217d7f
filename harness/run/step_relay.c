/*
 * step_relay.c - see step_relay.h.
 *
 * Each way of each connection through a relay has its own order; which of them is ahead is the scheduler's
 * doing. So a message is looked for at the head of all of them, and that it is not there is decided by sleep.
 */
#include "run/step_relay.h"

#include <errno.h>

struct head {
    enum framed framed;
    struct bytes content;
    size_t total; /* bytes of a stream that it takes up */
};

struct carrying {
    struct stage *st;
    struct peer_run *relay;
    const struct message *want;
    struct relay_lane *lane; /* where it was found; NULL: nowhere */
    enum impair_way way;
    struct head head;
    struct caught caught;
};

/* Bytes as they stand: as many as are wanted, or fewer if these differ already. */
static struct head raw_head(const struct message *want, struct bytes in)
{
    struct head h = {FRAMED_PARTIAL, in, in.len};

    if (want->exact && in.len > want->content.len)
        h.content = bytes_slice(in, 0, h.total = want->content.len);
    if (!want->exact || h.total == want->content.len || match_prefix(in, want->content) < in.len)
        h.framed = FRAMED_MESSAGE;
    return h;
}

static struct head head_of(const struct carrying *c, const struct relay_lane *lane, enum impair_way way)
{
    struct bytes in = buf_view(&lane->heard);
    struct head h = {FRAMED_PARTIAL, in, in.len};
    struct frame f = {0};

    if (in.len == 0)
        return h;
    if (!c->relay->is_stream) {
        relay_heard_datagram(lane, &h.content);
        h.framed = FRAMED_MESSAGE;
        return h;
    }
    if (!c->want->framed || peer_framing(c->st, c->relay)->kind == FRAMING_NONE)
        return raw_head(c->want, in);
    h.framed = relayed_next(c->st, c->relay, way, in, lane->ended, &f);
    if (h.framed == FRAMED_MESSAGE)
        h = (struct head){FRAMED_MESSAGE, f.body, f.total};
    return h;
}

static bool is_wanted(struct carrying *c, const struct head *h, enum impair_way way)
{
    struct incoming in = relayed_incoming(c->st, c->relay, way, h->content);

    c->caught = (struct caught){0};
    return h->framed == FRAMED_MESSAGE &&
           message_is(c->want, &in, &c->st->bindings, &c->st->case_arena, &c->caught);
}

/* The wanted message at the head of a lane; else, where `any`, the first thing that is there instead. */
static bool find(struct carrying *c, bool any)
{
    const struct relay *r = &c->relay->relay;

    for (size_t i = 0; i < r->n_links; i++)
        for (enum impair_way way = IMPAIR_THERE; way <= IMPAIR_BACK; way++) {
            struct relay_lane *lane = &r->links[i]->lanes[way];
            struct head h = head_of(c, lane, way);

            if (any ? lane->heard.len == 0 : !is_wanted(c, &h, way))
                continue;
            c->lane = lane;
            c->way = way;
            c->head = h;
            return true;
        }
    return false;
}

static bool carried(struct stage *st, void *arg)
{
    (void)st;
    return find(arg, false);
}

static void take(const struct carrying *c)
{
    if (c->relay->is_stream)
        buf_consume(&c->lane->heard, c->head.total);
    else
        relay_take_datagram(c->lane);
}

static enum outcome not_carried(struct stage *st, struct carrying *c, struct step_record *r)
{
    struct incoming in;

    if (c->relay->relay.deafened) {
        err_say(&st->err, -EMSGSIZE, "%s has carried too much for a later step to find something in it",
                c->relay->spec->name);
        return STEP_LIMIT;
    }
    if (!find(c, true))
        return STEP_TOO_LITTLE;
    in = relayed_incoming(st, c->relay, c->way, c->head.content);
    typed_explain(&in, c->want, &st->case_arena, r);
    step_came(st, c->head.content, r);
    r->at = match_prefix(c->head.content, c->want->content);
    switch (c->head.framed) {
    case FRAMED_MESSAGE: r->came_is_message = c->want->framed; return STEP_OTHER_CAME;
    case FRAMED_PARTIAL: return STEP_TOO_LITTLE;
    case FRAMED_TOO_LONG:
    case FRAMED_INVALID: break;
    }
    return STEP_BAD_FRAME;
}

bool step_relay_is_ready(struct stage *st, const struct step *s, struct peer_run *p)
{
    struct messages all = messages_resolve(&s->value, &st->bindings, &st->case_arena);
    struct carrying c = {.st = st, .relay = p, .want = all.items};

    return s->verb != VERB_CARRIES || all.n == 0 || find(&c, false);
}

static enum outcome carry_one(struct stage *st, const struct step *s, struct carrying *c,
                              struct step_record *r)
{
    struct wait w = {.done = carried, .arg = c, .within = step_within(s)};

    message_show(c->want, &st->case_arena, r);
    r->decided = BY_FACT;
    if (!find(c, false))
        r->decided = await(st, &w);
    if (!find(c, false))
        return not_carried(st, c, r);
    caught_keep(&c->caught, &st->bindings, &st->case_arena);
    take(c);
    return STEP_PASSED;
}

enum outcome step_carries(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    struct messages all = messages_resolve(&s->value, &st->bindings, &st->case_arena);
    enum outcome o = STEP_PASSED;

    r->items = (uint32_t)all.n;
    for (size_t i = 0; i < all.n && o == STEP_PASSED; i++) {
        struct carrying c = {.st = st, .relay = p, .want = &all.items[i]};

        r->item = (uint32_t)i;
        o = carry_one(st, s, &c, r);
    }
    return o;
}

enum outcome step_cuts(struct stage *st, struct peer_run *p)
{
    await_turn(st, p);
    relay_cut(&p->relay);
    return STEP_PASSED;
}
