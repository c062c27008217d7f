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
    size_t total; /* bytes that it takes up of what was heard */
    bool answers; /* HTTP: it is the response to a request */
};

/* In what was heard one way, behind what is skipped. */
struct place {
    struct relay_link *link;
    enum impair_way way;
    size_t at;       /* bytes */
    size_t answered; /* HTTP: responses among them */
};

struct carrying {
    struct stage *st;
    struct peer_run *relay;
    const struct step *step;
    const struct message *want;
    struct messages skips;
    /* found */
    struct place place;
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

static struct framing framing_of(const struct carrying *c, const struct place *p)
{
    return relayed_framing(c->st, c->relay, p->way, relayed_asks_head(c->relay, p->link, p->answered));
}

static struct incoming incoming_of(const struct carrying *c, const struct place *p, const struct head *h)
{
    const struct framing framing = framing_of(c, p);

    return relayed_incoming(c->st, c->relay, &framing, h->content);
}

static struct head head_of(const struct carrying *c, const struct place *p)
{
    const struct framing framing = framing_of(c, p);
    const struct relay_lane *lane = &p->link->lanes[p->way];
    struct bytes in = bytes_slice(buf_view(&lane->heard), p->at, lane->heard.len);
    struct head h = {FRAMED_PARTIAL, in, in.len};
    struct frame f = {0};

    if (in.len == 0)
        return h;
    if (!c->relay->is_stream) {
        h.total = relay_heard_datagram(lane, p->at, &h.content);
        h.framed = FRAMED_MESSAGE;
        return h;
    }
    if (!c->want->framed || framing.kind == FRAMING_NONE)
        return raw_head(c->want, in);
    h.framed = lane->ended ? framing_last(&framing, in, &f) : framing_next(&framing, in, &f);
    if (h.framed == FRAMED_MESSAGE)
        h = (struct head){FRAMED_MESSAGE, f.body, f.total, http_is_final(f.http.status)};
    return h;
}

static bool is_wanted(struct carrying *c, const struct incoming *in)
{
    c->caught = (struct caught){0};
    return message_is(c->want, in, &c->st->bindings, &c->st->case_arena, &c->caught);
}

static bool is_skipped(const struct carrying *c, const struct incoming *in)
{
    switch (c->step->skipping) {
    case SKIP_NOTHING:
    case SKIP_REPEATS: return false; /* a relay itself gets nothing */
    case SKIP_ANYTHING: return c->want->framed;
    case SKIP_LISTED:
        return c->want->framed && message_is_any(&c->skips, in, &c->st->bindings, &c->st->case_arena);
    }
    return false;
}

/* The wanted message one way, behind what may come before it; else, where `any`, what is there instead. What
 * goes the other way is left alone: which of both is ahead must not matter. */
static bool find_in(struct carrying *c, struct place p, bool any)
{
    for (;;) {
        struct head h = head_of(c, &p);
        struct incoming in = incoming_of(c, &p, &h);
        bool whole = h.framed == FRAMED_MESSAGE, wanted = whole && is_wanted(c, &in);

        if (wanted || (any && h.total && !(whole && is_skipped(c, &in)))) {
            c->place = p;
            c->head = h;
            return true;
        }
        if (!whole || !is_skipped(c, &in))
            return false;
        p.at += h.total;
        p.answered += h.answers;
    }
}

static bool find(struct carrying *c, bool any)
{
    const struct relay *r = &c->relay->relay;

    for (size_t i = 0; i < r->n_links; i++)
        for (enum impair_way way = IMPAIR_THERE; way <= IMPAIR_BACK; way++)
            if (find_in(c, (struct place){.link = r->links[i], .way = way}, any))
                return true;
    return false;
}

static bool carried(struct stage *st, void *arg)
{
    (void)st;
    return find(arg, false);
}

static void take(const struct carrying *c)
{
    const struct place *p = &c->place;

    buf_consume(&p->link->lanes[p->way].heard, p->at + c->head.total);
    relayed_answered(c->relay, p->link, p->answered + c->head.answers);
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
    in = incoming_of(c, &c->place, &c->head);
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

static struct look look_of(const struct step *s, const struct relay *r)
{
    struct look l = {.step = s};

    for (size_t i = 0; i < r->n_links; i++)
        for (size_t way = 0; way < 2; way++) {
            l.came += r->links[i]->lanes[way].heard.len;
            l.taken += r->links[i]->lanes[way].ended;
        }
    return l;
}

static struct carrying carrying_of(struct stage *st, const struct step *s, struct peer_run *p)
{
    return (struct carrying){.st = st,
                             .relay = p,
                             .step = s,
                             .skips = messages_resolve(&s->skips, &st->bindings, &st->case_arena)};
}

static bool carries_first(struct stage *st, const struct step *s, struct peer_run *p)
{
    struct listed all = messages_list(&s->value, &st->bindings, &st->case_arena);
    struct carrying c = carrying_of(st, s, p);
    struct message first;

    if (all.n == 0)
        return true;
    first = message_resolve(all.items[0], &st->bindings, &st->case_arena);
    c.want = &first;
    return find(&c, false);
}

bool step_relay_is_ready(struct stage *st, const struct step *s, struct peer_run *p)
{
    struct look now = look_of(s, &p->relay);

    if (s->verb != VERB_CARRIES)
        return true;
    if (!look_is_the_same(&p->look, &now)) {
        now.ready = carries_first(st, s, p);
        p->look = now;
    }
    return p->look.ready;
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
    struct listed all = messages_list(&s->value, &st->bindings, &st->case_arena);
    struct carrying c = carrying_of(st, s, p);
    enum outcome o = STEP_PASSED;

    r->items = (uint32_t)all.n;
    for (size_t i = 0; i < all.n && o == STEP_PASSED; i++) {
        struct message want = message_resolve(all.items[i], &st->bindings, &st->case_arena);

        c.want = &want;
        r->item = (uint32_t)i;
        o = st->err.code ? STEP_LIMIT : carry_one(st, s, &c, r);
    }
    return o;
}

enum outcome step_cuts(struct stage *st, struct peer_run *p)
{
    await_turn(st, p);
    relay_cut(&p->relay);
    return STEP_PASSED;
}
