/* step_peer.c - the steps of a connecting peer, but for what it gets. */
#include "run/step_gets.h"
#include "run/steps.h"

#include <errno.h>
#include <stdlib.h>

/* ---- connecting
 * ------------------------------------------------------------------------------------------------ */

static bool connect_done(struct stage *st, void *arg)
{
    const struct peer_run *p = arg;

    (void)st;
    return p->stream.connected || p->stream.error;
}

static enum outcome connect_peer(struct stage *st, const struct step *s, struct peer_run *p,
                                 struct step_record *r)
{
    struct wait w = {.done = connect_done, .arg = p, .within = step_within(s)};

    if (p->open)
        return STEP_PASSED;
    if (!program_ready(st, p->spec->program)) {
        r->program = (uint32_t)p->spec->program;
        return STEP_NOT_LISTENING;
    }
    if (peer_open(st, p) < 0)
        return STEP_LIMIT;
    if (!p->is_stream || p->stream.connected)
        return STEP_PASSED;
    r->decided = await(st, &w);
    return p->stream.connected ? STEP_PASSED : STEP_REFUSED;
}

static enum outcome step_is_refused(struct stage *st, const struct step *s, struct peer_run *p,
                                    struct step_record *r)
{
    struct wait w = {.done = connect_done, .arg = p, .within = step_within(s)};

    if (program_start(st, p->spec->program) < 0 || peer_open(st, p) < 0)
        return STEP_LIMIT;
    r->decided = await(st, &w);
    return p->stream.error == ECONNREFUSED ? STEP_PASSED : STEP_NOT_REFUSED;
}

/* ---- sending
 * ----------------------------------------------------------------------------------------------------- */

static bool written(struct stage *st, void *arg)
{
    const struct peer_run *p = arg;

    (void)st;
    return p->stream.out.len == 0;
}

/* Hands one part to the kernel. What it does not take is left to go out in the background. */
static void write_part(struct stage *st, const struct step *s, struct peer_run *p, struct bytes part)
{
    struct wait w = {.done = written, .arg = p, .within = step_within(s)};

    stream_send(&p->stream, part);
    if (p->stream.out.len)
        await(st, &w);
}

/* Where this step's bytes are cut: ascending, strictly inside. */
static struct cuts cuts_of(struct stage *st, size_t index, const struct outgoing *o)
{
    const struct split *split = &st->key->split;
    struct cuts c = {.step = (uint32_t)index};

    switch (split->kind) {
    case SPLIT_WHOLE:
    case SPLIT_COALESCED: break;
    case SPLIT_BYTES:
        c.at = arena_new(&st->case_arena, (o->bytes.len + 1) * sizeof *c.at);
        for (uint32_t at = 1; at < o->bytes.len; at++)
            c.at[c.n++] = at;
        break;
    case SPLIT_APART:
        c.at = o->ends;
        c.n = o->n ? (uint32_t)o->n - 1 : 0;
        break;
    case SPLIT_CUTS: {
        const struct cuts *listed = split_at(split, (uint32_t)index);
        if (listed)
            c = *listed;
    } break;
    }
    return c;
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

static enum outcome send_stream(struct stage *st, size_t index, struct peer_run *p, const struct messages *m,
                                struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    struct outgoing o;

    if (outgoing_make(m, spec_framing(st->spec, p->spec), &st->case_arena, &o) < 0) {
        err_say(&st->err, -EMSGSIZE, "%s:%d: a message is too long for its length field", s->mark.file,
                s->mark.line);
        return STEP_LIMIT;
    }
    r->sent = excerpt_of(&st->case_arena, o.bytes);
    if (p->stream.reset || p->stream.error)
        return STEP_RESET;
    peers_settle_gates(st, NULL);
    if (next_joins(st, index)) {
        buf_append(&p->held, o.bytes);
        return STEP_PASSED;
    }
    if (p->held.len) {
        buf_append(&p->held, o.bytes);
        o.bytes = arena_bytes(&st->case_arena, buf_view(&p->held));
        p->held.len = 0;
    }
    send_parts(st, s, p, o.bytes, cuts_of(st, index, &o), r);
    return STEP_PASSED;
}

static enum outcome send_datagrams(struct stage *st, struct peer_run *p, const struct messages *m,
                                   struct step_record *r)
{
    _cleanup_buf_ struct buf all = BUF_INIT;

    peers_settle_gates(st, NULL);
    for (size_t i = 0; i < m->n; i++) {
        int e = datagram_send(&p->datagram, m->items[i].content);
        if (e < 0) {
            err_set(&st->err, e, "sending a datagram of %zu bytes", m->items[i].content.len);
            return STEP_LIMIT;
        }
        buf_append(&all, m->items[i].content);
    }
    r->parts = (uint32_t)m->n;
    r->sent = excerpt_of(&st->case_arena, buf_view(&all));
    return STEP_PASSED;
}

static enum outcome step_sends(struct stage *st, size_t index, struct peer_run *p, struct step_record *r)
{
    struct messages m = messages_resolve(&st->test->steps[index].value, &st->bindings, &st->case_arena);

    return p->is_stream ? send_stream(st, index, p, &m, r) : send_datagrams(st, p, &m, r);
}

static enum outcome step_is_stalled(struct stage *st, const struct step *s, struct peer_run *p,
                                    struct step_record *r)
{
    r->decided = await_rest(st, step_within(s), 0);
    return p->stream.out.len ? STEP_PASSED : STEP_NOT_STALLED;
}

/* ---- all
 * -------------------------------------------------------------------------------------------------------------
 */

static enum outcome listen_to(struct peer_run *p, bool listen)
{
    if (p->is_stream)
        stream_listen_to(&p->stream, listen);
    else
        datagram_listen_to(&p->datagram, listen);
    return STEP_PASSED;
}

static enum outcome leave(struct stage *st, struct peer_run *p, enum verb verb)
{
    peers_settle_gates(st, NULL);
    if (verb == VERB_HALF_CLOSES) {
        stream_half_close(&p->stream);
        p->gate_due = true;
    } else
        peer_leave(st, p, verb == VERB_RESETS);
    return STEP_PASSED;
}

enum outcome step_play_peer(struct stage *st, size_t index, struct peer_run *p, struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    enum outcome o;

    if (s->verb == VERB_IS_REFUSED)
        return step_is_refused(st, s, p, r);
    o = connect_peer(st, s, p, r);
    if (o != STEP_PASSED || s->verb == VERB_CONNECTS)
        return o;
    switch (s->verb) {
    case VERB_SENDS: return step_sends(st, index, p, r);
    case VERB_HALF_CLOSES:
    case VERB_CLOSES:
    case VERB_RESETS: return leave(st, p, s->verb);
    case VERB_STOPS_READING: return listen_to(p, false);
    case VERB_RESUMES: return listen_to(p, true);
    case VERB_IS_STALLED: return step_is_stalled(st, s, p, r);
    case VERB_GETS:
    case VERB_GETS_NOTHING:
    case VERB_GETS_END:
    case VERB_GETS_RESET:
    case VERB_GETS_NO_REPLY:
    case VERB_GETS_ANY_ORDER:
    case VERB_GETS_ONE_OF: return step_gets(st, s, p, r);
    case VERB_CONNECTS:
    case VERB_IS_REFUSED:
    case VERB_STARTS:
    case VERB_RESTARTS:
    case VERB_TYPES:
    case VERB_TYPES_END:
    case VERB_PRINTS:
    case VERB_PRINTED:
    case VERB_PRINTS_NOTHING:
    case VERB_EXITS:
    case VERB_RECEIVES:
    case VERB_PAUSES:
    case VERB_CONTINUES:
    case VERB_KEEPS_RUNNING:
    case VERB_PAUSE: break; /* not a peer's */
    }
    return STEP_LIMIT;
}
