/*
 * answers.c - what peers do by themselves: they answer by the standing tables of `answers`, and pass over
 * what they ignore.
 *
 * A message of the table is taken as soon as it is there, so no `gets` sees it. Replies are written as they
 * are, in one piece: who wants them cut says `sends`.
 */
#include "base/mem.h"
#include "run/stage.h"

/* The next whole message of p; false: none is there. `total`: what it takes up of a stream. */
static bool next_message(struct stage *st, struct peer_run *p, struct bytes *content, size_t *total)
{
    const struct arrival *a;
    struct frame f;

    if (p->is_stream) {
        if (peer_next(st, p, buf_view(&p->stream.in), &f) != FRAMED_MESSAGE || f.total == 0)
            return false;
        *content = f.body;
        *total = f.total;
        return true;
    }
    a = peer_arrival(p);
    if (a)
        *content = a->payload;
    return a != NULL;
}

/* The line of the table for this message; NULL: it has none. */
static const struct reply *line_for(struct stage *st, const struct peer_run *p, const struct incoming *in)
{
    const struct step *s = p->answers;

    for (size_t i = 0; i < s->n_replies; i++) {
        struct messages to = messages_resolve(&s->replies[i].to, &st->bindings, &st->case_arena);

        if (message_is_any(&to, in, &st->bindings, &st->case_arena))
            return &s->replies[i];
    }
    return NULL;
}

/* `ignores`: as if it had not come. */
static bool is_ignored(struct stage *st, const struct peer_run *p, const struct incoming *in)
{
    struct messages all = messages_resolve(&p->spec->ignores, &st->bindings, &st->case_arena);

    return message_is_any(&all, in, &st->bindings, &st->case_arena);
}

static bool is_passed_over(const struct peer_run *p)
{
    for (size_t i = 0; i < p->answers->n_except; i++)
        if (p->answers->except[i] == p->n_answered)
            return true;
    return false;
}

/* HTTP: the table has one line for all requests, and a response to HEAD has no body. */
static void leave_out_bodies(const struct messages *m)
{
    const struct http_context response = {.kind = HTTP_RESPONSE};
    struct http_found found;

    for (size_t i = 0; i < m->n; i++) {
        http_read(response, m->items[i].content, true, FRAMING_BOUND, &found);
        if (found.head && message_is_typed(&m->items[i]))
            m->items[i].content = bytes_slice(m->items[i].content, 0, found.head);
    }
}

static void send_reply(struct stage *st, struct peer_run *p, const struct messages *m)
{
    const struct framing framing = peer_framing(st, p);
    struct outgoing o;
    int r = 0;

    if (p->is_stream) {
        r = outgoing_make(m, &framing, &st->case_arena, &o);
        if (r == 0 && !p->stream.reset && !p->stream.error) {
            peer_says(st, p, o.bytes);
            stream_send(&p->stream, o.bytes);
        }
    }
    for (size_t i = 0; !p->is_stream && i < m->n && r >= 0; i++)
        r = peer_send_datagram(st, p, m->items[i].content, p->via ? &p->source : NULL);
    if (r < 0)
        err_set(&st->err, r, "%s:%d: sending an answer", p->answers->mark.file, p->answers->mark.line);
}

/* True: a message was taken. */
static bool answer_one(struct stage *st, struct peer_run *p)
{
    struct bindings with = st->bindings;
    const struct reply *line;
    struct incoming in;
    struct bytes content;
    struct datum got;
    struct messages m;
    size_t total = 0;

    if (!next_message(st, p, &content, &total))
        return false;
    in = peer_incoming(st, p, content);
    if (is_ignored(st, p, &in)) {
        peer_take(st, p, content, total);
        return true;
    }
    line = p->answers ? line_for(st, p, &in) : NULL;
    if (!line)
        return false;
    got = incoming_got(&in, &st->case_arena);
    with.got = &got;
    m = messages_resolve(&line->with, &with, &st->case_arena);
    if (peer_framing(st, p).kind == FRAMING_HTTP && http_asks_head(content))
        leave_out_bodies(&m);
    p->n_answered++;
    peer_take(st, p, content, total);
    if (!is_passed_over(p))
        send_reply(st, p, &m);
    return true;
}

int answers_flow(struct stage *st)
{
    int n = 0;

    for (size_t i = 0; i < st->test->n_peers; i++) {
        struct peer_run *p = &st->peers[i];

        while (p->open && (p->answers || p->spec->ignores.n) && !st->err.code && answer_one(st, p))
            n++;
    }
    return n;
}
