/* step_sends.c - what a peer sends: in which parts, to whom, and how often. */
#include "run/step_sends.h"
#include "run/step_gets.h"

#include <errno.h>

#define COPIED_MAX ((size_t)64 << 10)

static bool written(struct stage *st, void *arg)
{
    const struct peer_run *p = arg;

    (void)st;
    return stream_unsent(&p->stream) == 0 || stream_is_full(&p->stream);
}

/* The bytes on the wire are cut, not what is sealed in them. */
static bool cuts_records(const struct stage *st, const struct peer_run *p)
{
    return p->stream.tls && split_every(&st->key->split);
}

static void write_bytes(struct stage *st, struct peer_run *p, struct bytes b)
{
    if (cuts_records(st, p))
        stream_send_sealed(&p->stream, b);
    else
        stream_send(&p->stream, b);
}

#define CALM_PIECE ((size_t)64 << 10) /* less than any connection has room for */

/* In the calm experiment no connection ever fills, however slow the machine is: the answer to a piece is read
 * before the next is sent. */
static void write_calmly(struct stage *st, const struct step *s, struct peer_run *p, struct bytes all)
{
    for (size_t at = 0; at < all.len && !st->err.code && !peer_is_over(p); at += CALM_PIECE) {
        write_bytes(st, p, bytes_slice(all, at, CALM_PIECE));
        await_rest(st, step_within(s), 0);
    }
}

/* Hands one part to the kernel. What it does not take is left to go out in the background: a program may well
 * answer before it has read all, and stop until a later step takes that. */
static void write_part(struct stage *st, const struct step *s, struct peer_run *p, struct bytes part)
{
    struct wait w = {.done = written, .arg = p, .within = step_within(s)};

    if (experiment_is_calm(st->key->experiment)) {
        write_calmly(st, s, p, part);
        return;
    }
    if (part.len > COPIED_MAX && !p->stream.tls && stream_unsent(&p->stream) == 0)
        stream_lend(&p->stream, part);
    else
        write_bytes(st, p, part);
    if (stream_unsent(&p->stream))
        await(st, &w);
}

/* Parts of `size` bytes. */
static struct cuts each(struct stage *st, uint32_t size, size_t len)
{
    struct cuts c = {.at = arena_new(&st->case_arena, (len / size + 1) * sizeof *c.at)};

    for (size_t at = size; at < len; at += size)
        c.at[c.n++] = (uint32_t)at;
    return c;
}

/* The places of both, ascending. */
static struct cuts joined(struct stage *st, const struct cuts *a, const struct cuts *b)
{
    struct cuts c = {.at = arena_new(&st->case_arena, ((size_t)a->n + b->n + 1) * sizeof *c.at)};
    uint32_t i = 0, k = 0;

    while (i < a->n || k < b->n) {
        uint32_t x = i < a->n ? a->at[i] : UINT32_MAX, y = k < b->n ? b->at[k] : UINT32_MAX;

        c.at[c.n++] = x < y ? x : y;
        i += x <= y;
        k += y <= x;
    }
    return c;
}

/* Where the step itself wants its bytes cut, like all cuts ascending and strictly inside. */
static struct cuts own_cuts(struct stage *st, const struct step *s, size_t len)
{
    return s->own_bytes ? each(st, 1, len) : s->own_cuts;
}

/* Where the case wants them cut. */
static struct cuts case_cuts(struct stage *st, size_t index, const struct outgoing *o)
{
    const struct split *split = &st->key->split;
    const struct cuts *listed;

    switch (split->kind) {
    case SPLIT_WHOLE:
    case SPLIT_COALESCED: break;
    case SPLIT_BYTES:
    case SPLIT_CHUNKS: return each(st, split_every(split), o->bytes.len);
    case SPLIT_APART: return (struct cuts){.at = o->ends, .n = o->n ? (uint32_t)o->n - 1 : 0};
    case SPLIT_CUTS: listed = split_at(split, (uint32_t)index); return listed ? *listed : (struct cuts){0};
    }
    return (struct cuts){0};
}

static void send_parts(struct stage *st, const struct step *s, struct peer_run *p, struct bytes all,
                       struct cuts cuts, struct step_record *r)
{
    bool reads = true; /* once it is known not to, the rest is sent at once */
    uint32_t from = 0;

    for (uint32_t i = 0; i <= cuts.n && !st->err.code; i++) {
        uint32_t to = i < cuts.n && cuts.at[i] < all.len ? cuts.at[i] : (uint32_t)all.len;
        if (to == from && i < cuts.n)
            continue;
        write_part(st, s, p, bytes_slice(all, from, to - from));
        r->parts++;
        from = to;
        if (from < all.len && reads) {
            reads = peer_gate(st, p);
            r->gated += reads;
        }
    }
    p->gate_due = true;
}

static bool next_joins(struct stage *st, size_t index)
{
    const struct step *s = &st->test->steps[index], *next = s + 1;

    return st->key->split.kind == SPLIT_COALESCED && index + 1 < st->test->n_steps &&
           next->verb == VERB_SENDS && next->actor_kind == s->actor_kind && next->actor == s->actor;
}

/* In records: one, or for each part where the step itself cuts. */
static struct bytes seal(struct stage *st, struct peer_run *p, struct bytes b, struct cuts own)
{
    _cleanup_buf_ struct buf sealed = BUF_INIT;
    size_t from = 0;

    for (uint32_t i = 0; i <= own.n; i++) {
        size_t to = i < own.n && own.at[i] < b.len ? own.at[i] : b.len;

        tls_seal(p->stream.tls, bytes_slice(b, from, to - from), &sealed);
        from = to;
    }
    return arena_bytes(&st->case_arena, buf_view(&sealed));
}

/* Seals where the wire is cut; then come the cuts of that, else those of what is said. */
static void send_cut(struct stage *st, size_t index, struct peer_run *p, struct outgoing *o,
                     struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    struct cuts own = own_cuts(st, s, o->bytes.len), cuts;

    if (cuts_records(st, p)) {
        o->bytes = seal(st, p, o->bytes, own);
        own = (struct cuts){0};
    }
    cuts = case_cuts(st, index, o);
    send_parts(st, s, p, o->bytes, joined(st, &cuts, &own), r);
}

static enum outcome send_stream(struct stage *st, size_t index, struct peer_run *p, const struct messages *m,
                                struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    struct framing framing = peer_framing(st, p);
    struct outgoing o;

    if (outgoing_make(m, &framing, &st->case_arena, &o) < 0) {
        err_say(&st->err, -EMSGSIZE, "%s:%d: a message is too long for its length field", s->mark.file,
                s->mark.line);
        return STEP_LIMIT;
    }
    r->sent = excerpt_of(&st->case_arena, o.bytes);
    peer_turn(st, p);
    if (!peer_greet(st, p, step_within(s), &r->decided))
        return STEP_NO_TLS;
    if (p->stream.reset || p->stream.error)
        return STEP_RESET;
    peer_says(st, p, o.bytes);
    if (next_joins(st, index)) {
        buf_append(&p->held, o.bytes);
        return STEP_PASSED;
    }
    if (p->held.len) {
        buf_append(&p->held, o.bytes);
        o.bytes = arena_bytes(&st->case_arena, buf_view(&p->held));
        p->held.len = 0;
    }
    send_cut(st, index, p, &o, r);
    return STEP_PASSED;
}

/* Where its datagrams go: `to` names a source, or a listening peer, which stands for who wrote to it last.
 * NULL: where the socket sends by itself. */
static const struct addr *destination(struct stage *st, const struct step *s, const struct peer_run *p)
{
    const struct peer_run *to = s->to != SIZE_MAX ? &st->peers[s->to] : p;

    if (to->via)
        return &to->source;
    return s->to != SIZE_MAX ? &to->datagram.remote : NULL;
}

static enum outcome send_datagrams(struct stage *st, const struct step *s, struct peer_run *p,
                                   const struct messages *m, struct step_record *r)
{
    const struct addr *to = destination(st, s, p);
    _cleanup_buf_ struct buf all = BUF_INIT;

    peer_turn(st, p);
    for (size_t i = 0; i < m->n; i++) {
        bool left_out = st->key->experiment == NONE_EMPTY && m->items[i].content.len == 0;
        int e = left_out ? 0 : peer_send_datagram(st, p, m->items[i].content, to);

        if (e < 0) {
            err_set(&st->err, e, "%s:%d: sending a datagram of %zu bytes", s->mark.file, s->mark.line,
                    m->items[i].content.len);
            return STEP_LIMIT;
        }
        buf_append(&all, m->items[i].content);
    }
    r->parts = (uint32_t)m->n;
    r->sent = excerpt_of(&st->case_arena, buf_view(&all));
    st->programs[p->spec->program].visits += (uint32_t)m->n;
    return STEP_PASSED;
}

static enum outcome send_once(struct stage *st, size_t index, struct peer_run *p, struct step_record *r)
{
    struct messages m = messages_resolve(&st->test->steps[index].value, &st->bindings, &st->case_arena);

    if (st->err.code)
        return STEP_LIMIT;
    return p->is_stream ? send_stream(st, index, p, &m, r)
                        : send_datagrams(st, &st->test->steps[index], p, &m, r);
}

/* `until`: again and again, until the message is there that it waits for. That a program sleeps decides it as
 * well as the time: nothing would come of waiting on. */
enum outcome step_sends(struct stage *st, size_t index, struct peer_run *p, struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    struct step wanted = *s;
    enum outcome o = send_once(st, index, p, r);

    wanted.verb = VERB_GETS;
    wanted.value = s->until;
    wanted.within = s->again_every;
    for (uint32_t i = 0; o == STEP_PASSED && s->until.kind != VALUE_NONE; i++) {
        enum outcome got = step_gets(st, &wanted, p, r);

        if (got != STEP_TOO_LITTLE || i >= s->again_times)
            return got;
        o = send_once(st, index, p, r);
    }
    return o;
}
