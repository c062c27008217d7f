/*
 * too_soon.c - a message that came before its time: it is one that its peer was to get later, once another
 * connection of the same program had ended.
 *
 * That the other one goes on is a fact of the kernel's: the program has not closed its end, or has not been
 * told yet that ours ends.
 */
#include "run/stage.h"

/* The step after `index` in which p is to get what has come; n_steps: there is none. An expression that
 * speaks of what has not come yet is worth nothing here. */
static size_t awaits_it(struct stage *st, const struct peer_run *p, size_t index, struct bytes content)
{
    struct incoming in = peer_incoming(st, p, content);
    struct bindings b = st->bindings;
    struct err unknown = {0};
    size_t i = index + 1;

    b.err = &unknown;
    for (; i < st->test->n_steps; i++) {
        const struct step *s = &st->test->steps[i];
        struct listed all;
        struct message want;

        if (s->actor_kind != ACTOR_PEER || s->actor != p->index || s->verb != VERB_GETS)
            continue;
        all = messages_list(&s->value, &b, &st->case_arena);
        if (all.n == 0)
            continue;
        unknown = (struct err){0};
        want = message_resolve(all.items[0], &b, &st->case_arena);
        if (!unknown.code && message_is(&want, &in, &b, &st->case_arena, NULL) && !unknown.code)
            break;
    }
    return i;
}

/* Two connections of one program, and not two clients of one port. */
static bool goes_elsewhere(const struct peer_run *p, const struct peer_run *q)
{
    if (q == p || !q->open || !q->is_stream || !q->stream.connected || q->spec->program != p->spec->program ||
        q->spec->kind != p->spec->kind)
        return false;
    if (p->spec->kind == PEER_CONNECTS)
        return p->spec->endpoint != q->spec->endpoint || p->told_port != q->told_port;
    return p->spec->kind == PEER_ACCEPTED && p->spec->listener != q->spec->listener;
}

/* Is q to come to its end in the steps between, and has not yet? */
static bool is_unended(struct stage *st, const struct peer_run *q, size_t from, size_t to)
{
    struct far_end far;

    for (size_t i = from; i < to; i++) {
        const struct step *s = &st->test->steps[i];

        if (s->actor_kind != ACTOR_PEER || s->actor != q->index)
            continue;
        if (s->verb == VERB_CLOSES || s->verb == VERB_HALF_CLOSES)
            return !q->stream.shut_sent && !peer_is_over(q);
        if (s->verb == VERB_GETS_END)
            return !peer_is_over(q) && far_end(st, q, &far) &&
                   (far.state == TCP_STATE_ESTABLISHED || far.state == TCP_STATE_CLOSE_WAIT);
    }
    return false;
}

void too_soon_facts(struct stage *st, const struct peer_run *p, size_t index, struct step_record *r)
{
    struct frame f = {0};
    size_t due;

    if (!p->is_stream || peer_next(st, p, peer_pending(p), &f) != FRAMED_MESSAGE)
        return;
    due = awaits_it(st, p, index, f.body);
    for (size_t i = 0; i < st->test->n_peers && due < st->test->n_steps && !r->unended; i++) {
        const struct peer_run *q = &st->peers[i];

        if (!goes_elsewhere(p, q) || !is_unended(st, q, index + 1, due))
            continue;
        r->unended = (uint32_t)i + 1;
        r->unended_got = q->got_bytes + peer_pending(q).len;
        r->due = (uint32_t)due;
    }
}
