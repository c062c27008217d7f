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
    struct framing framing; /* of either way: see framing_of */
    const struct message *want;
    struct relay_lane *lane; /* where it was found; NULL: nowhere */
    struct head head;
    struct caught caught;
};

static enum message_from from_whom(enum impair_way way)
{
    return way == IMPAIR_THERE ? FROM_CLIENT : FROM_SERVER;
}

static struct http_context http_of(enum impair_way way)
{
    return (struct http_context){way == IMPAIR_THERE ? HTTP_REQUEST : HTTP_RESPONSE, false};
}

static struct framing framing_of(const struct carrying *c, enum impair_way way)
{
    struct framing f = c->framing;

    f.from = from_whom(way);
    f.http = http_of(way);
    return f;
}

static bool is_wanted(struct carrying *c, enum impair_way way, struct bytes content)
{
    struct incoming in = {content, from_whom(way), http_of(way), peer_protocol(c->st, c->relay)};

    c->caught = (struct caught){0};
    return message_is(c->want, &in, &c->st->bindings, &c->st->case_arena, &c->caught);
}

/* Bytes as they stand: as many as are wanted, or fewer if these differ already. */
static struct head raw_head(const struct message *want, struct bytes in)
{
    struct head h = {FRAMED_PARTIAL, in, in.len};

    if (want->exact && in.len > want->content.len)
        h.content = bytes_slice(in, 0, h.total = want->content.len);
    if (in.len && (!want->exact || h.total == want->content.len || match_prefix(in, want->content) < in.len))
        h.framed = FRAMED_MESSAGE;
    return h;
}

static struct head head_of(const struct carrying *c, const struct relay_link *link, enum impair_way way)
{
    const struct relay_lane *lane = &link->lanes[way];
    struct bytes in = buf_view(&lane->heard);
    struct head h = {FRAMED_PARTIAL, in, in.len};
    struct framing framing = framing_of(c, way);
    struct frame f = {0};

    if (in.len == 0)
        return h;
    if (!c->relay->is_stream) {
        relay_heard_datagram(lane, &h.content);
        h.framed = FRAMED_MESSAGE;
        return h;
    }
    if (!c->want->framed || framing.kind == FRAMING_NONE)
        return raw_head(c->want, in);
    h.framed = lane->ended ? framing_last(&framing, in, &f) : framing_next(&framing, in, &f);
    if (h.framed == FRAMED_MESSAGE)
        h = (struct head){FRAMED_MESSAGE, f.body, f.total};
    return h;
}

/* The wanted message at the head of a lane; else, where `any`, the first thing that is there instead. */
static bool find(struct carrying *c, bool any)
{
    const struct relay *r = &c->relay->relay;

    for (size_t i = 0; i < r->n_links; i++)
        for (size_t k = 0; k < 2; k++) {
            struct head h = head_of(c, r->links[i], (enum impair_way)k);

            if (any ? h.content.len == 0
                    : h.framed != FRAMED_MESSAGE || !is_wanted(c, (enum impair_way)k, h.content))
                continue;
            c->lane = &r->links[i]->lanes[k];
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
    caught_keep(&c->caught, &c->st->bindings, &c->st->case_arena);
    if (c->relay->is_stream)
        buf_consume(&c->lane->heard, c->head.total);
    else
        relay_take_datagram(c->lane);
}

static enum outcome not_carried(struct stage *st, struct carrying *c, struct step_record *r)
{
    const struct message *want = c->want;

    if (c->relay->relay.deafened) {
        err_say(&st->err, -EMSGSIZE, "%s has carried too much for a later step to find something in it",
                c->relay->spec->name);
        return STEP_LIMIT;
    }
    if (!find(c, true))
        return STEP_TOO_LITTLE;
    step_came(st, c->head.content, r);
    r->at = !want->exact ? 0 : match_prefix(c->head.content, want->content);
    switch (c->head.framed) {
    case FRAMED_MESSAGE: r->came_is_message = want->framed; return STEP_OTHER_CAME;
    case FRAMED_PARTIAL: return STEP_TOO_LITTLE;
    case FRAMED_TOO_LONG:
    case FRAMED_INVALID: break;
    }
    return STEP_BAD_FRAME;
}

static struct carrying carrying_of(struct stage *st, struct peer_run *p, const struct message *want)
{
    return (struct carrying){.st = st, .relay = p, .framing = *peer_framing(st, p), .want = want};
}

bool step_relay_is_ready(struct stage *st, const struct step *s, struct peer_run *p)
{
    struct messages all = messages_resolve(&s->value, &st->bindings, &st->case_arena);
    struct carrying c;

    if (s->verb != VERB_CARRIES || all.n == 0)
        return true;
    c = carrying_of(st, p, &all.items[0]);
    return find(&c, false);
}

enum outcome step_carries(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    struct messages all = messages_resolve(&s->value, &st->bindings, &st->case_arena);

    r->items = (uint32_t)all.n;
    for (size_t i = 0; i < all.n; i++) {
        struct carrying c = carrying_of(st, p, &all.items[i]);
        struct wait w = {.done = carried, .arg = &c, .within = step_within(s)};

        r->item = (uint32_t)i;
        message_show(c.want, &st->case_arena, r);
        r->decided = BY_FACT;
        if (!find(&c, false))
            r->decided = await(st, &w);
        if (!find(&c, false))
            return not_carried(st, &c, r);
        take(&c);
    }
    return STEP_PASSED;
}

enum outcome step_cuts(struct stage *st, struct peer_run *p)
{
    peers_settle_gates(st, NULL);
    relay_cut(&p->relay);
    return STEP_PASSED;
}
