/*
 * conversation.c - what is said on a connection, held against the rules of its protocol.
 *
 * Messages are looked at when they are there, not when a step takes them: what the program said before we
 * sent something cannot be an answer to it. What we send is put together from all writes, for a message may
 * be sent in pieces.
 *
 * Through a relay two programs speak, so that there is a conversation with each of them. What the relay hands
 * on is, for the one that gets it, what our side sends.
 */
#include "base/mem.h"
#include "run/stage.h"

/* What the assignment's own programs say is no more judged than what our peers say. */
static void begin(struct stage *st, struct conversation *c, const struct protocol *p, size_t program,
                  enum rules_side side)
{
    if (!p || !p->rules || (program < st->spec->n_programs && st->spec->programs[program].owner))
        return;
    rules_check_init(&c->rules, p->rules, side);
    c->protocol = p;
    c->program = program;
}

static void end(struct conversation *c)
{
    rules_check_deinit(&c->rules);
    *c = (struct conversation){.protocol = NULL};
}

static bool is_judged(const struct conversation *c)
{
    return c->protocol && c->rules.verdict != RULES_OFF;
}

static enum message_from from_program(const struct conversation *c)
{
    return c->rules.program == RULES_SERVER ? FROM_SERVER : FROM_CLIENT;
}

static enum message_from from_us(const struct conversation *c)
{
    return c->rules.program == RULES_SERVER ? FROM_CLIENT : FROM_SERVER;
}

static size_t index_of(const struct protocol *p, enum message_from from, struct bytes content,
                       struct arena *a)
{
    struct incoming in = {.content = content, .from = from, .protocol = p};
    struct datum fields;
    const struct message_def *def = incoming_which(&in, NULL, a, &fields);

    return def ? (size_t)(def - p->messages.defs) : SIZE_MAX;
}

/* ---- a message ----------------------------------------------------------------------------------------- */

static const char *joined(struct arena *a, const char *const *words, size_t n)
{
    const char *all = "";

    for (size_t i = 0; i < n; i++)
        all = arena_printf(a, "%s%s%s", all, i == 0 ? "" : i + 1 < n ? ", " : " or ", words[i]);
    return all;
}

static struct breach_record breach_text(const struct rules_check *c, const struct protocol *p,
                                        struct arena *a)
{
    struct rules_breach b = rules_breach(c, a);
    const char **allowed = arena_new(a, (b.n_allowed + 1) * sizeof *allowed);

    for (size_t i = 0; i < b.n_allowed; i++)
        allowed[i] = p->messages.defs[b.allowed[i]].name;
    return (struct breach_record){.side = b.side,
                                  .state = (char *)joined(a, b.states, b.n_states),
                                  .came = arena_text(a, p->messages.defs[b.message].name),
                                  .allowed = (char *)joined(a, allowed, b.n_allowed)};
}

static void came(struct stage *st, struct conversation *c, struct bytes content, bool is_stream)
{
    uint64_t hash = bytes_hash(content);
    bool again = !is_stream && c->spoken && c->last == hash;
    size_t message;

    if (!is_judged(c))
        return;
    message = index_of(c->protocol, from_program(c), content, &st->case_arena);
    c->spoken = true;
    c->last = hash;
    if ((again ? rules_came_again(&c->rules, message) : rules_came(&c->rules, message)) != RULES_BROKEN)
        return;
    c->breach = breach_text(&c->rules, c->protocol, &st->case_arena);
    c->breaking = arena_bytes(&st->case_arena, content);
}

static void sent(struct stage *st, struct conversation *c, struct bytes content)
{
    if (is_judged(c))
        rules_sent(&c->rules, index_of(c->protocol, from_us(c), content, &st->case_arena));
}

/* ---- of a peer ----------------------------------------------------------------------------------------- */

void conversation_begin(struct stage *st, struct peer_run *p)
{
    conversation_end(p);
    p->heard = p->is_stream ? p->stream.in.len : 0;
    begin(st, &p->talk, peer_protocol(st, p), p->spec->program,
          p->spec->kind == PEER_CONNECTS ? RULES_SERVER : RULES_CLIENT);
}

void conversation_end(struct peer_run *p)
{
    end(&p->talk);
    buf_deinit(&p->said);
    p->heard = 0;
}

void conversation_hears(struct stage *st, struct peer_run *p)
{
    struct bytes in = buf_view(&p->stream.in);
    struct frame f;

    while (p->talk.protocol && p->is_stream && p->heard < in.len) {
        struct bytes rest = bytes_slice(in, p->heard, in.len);

        if (peer_next(st, p, rest, &f) != FRAMED_MESSAGE || f.total == 0)
            return;
        p->heard += f.total;
        came(st, &p->talk, f.body, true);
    }
}

void conversation_took(struct stage *st, struct peer_run *p, struct bytes content, size_t total)
{
    conversation_hears(st, p);
    if (!p->is_stream)
        came(st, &p->talk, content, false);
    p->heard = p->heard > total ? p->heard - total : 0;
}

void conversation_says(struct stage *st, struct peer_run *p, struct bytes wire)
{
    struct framing framing;
    struct frame f;

    if (!is_judged(&p->talk))
        return;
    conversation_hears(st, p);
    if (!p->is_stream) {
        sent(st, &p->talk, wire);
        return;
    }
    framing = *peer_framing(st, p);
    framing.from = from_us(&p->talk);
    buf_append(&p->said, wire);
    for (;;) {
        enum framed framed = framing_next(&framing, buf_view(&p->said), &f);

        if (framed == FRAMED_TOO_LONG || framed == FRAMED_INVALID)
            rules_sent(&p->talk.rules, SIZE_MAX); /* nobody can say what it is to the other side */
        if (framed != FRAMED_MESSAGE || f.total == 0)
            return;
        sent(st, &p->talk, f.body);
        buf_consume(&p->said, f.total);
    }
}

/* ---- through a relay ----------------------------------------------------------------------------------- */

static struct relayed *relayed_of(struct stage *st, struct peer_run *p, const struct relay_link *l)
{
    while (p->n_relayed <= l->index) {
        struct relayed *r = array_push(p->relayed, p->n_relayed, p->cap_relayed);
        const struct relay_link *link = p->relay.links[p->n_relayed - 1];

        *r = (struct relayed){0};
        begin(st, &r->with[RULES_CLIENT], peer_protocol(st, p), relay_client(st, p, link), RULES_CLIENT);
        begin(st, &r->with[RULES_SERVER], peer_protocol(st, p), p->spec->program, RULES_SERVER);
    }
    return &p->relayed[l->index];
}

static struct conversation *with_sender(struct relayed *r, enum impair_way way)
{
    return &r->with[way == IMPAIR_THERE ? RULES_CLIENT : RULES_SERVER];
}

static struct conversation *with_receiver(struct relayed *r, enum impair_way way)
{
    return &r->with[way == IMPAIR_THERE ? RULES_SERVER : RULES_CLIENT];
}

/* From here on nobody knows where messages begin. */
static void lose_track(struct relayed *r)
{
    for (size_t i = 0; i < 2; i++)
        rules_sent(&r->with[i].rules, SIZE_MAX);
}

/* The first whole message of what came that way, or of what went on. */
static bool next_relayed(struct stage *st, struct peer_run *p, struct relayed *r, enum impair_way way,
                         const struct buf *b, bool ended, struct frame *out)
{
    enum framed framed = b->len ? relayed_next(st, p, way, buf_view(b), ended, out) : FRAMED_PARTIAL;

    if (framed == FRAMED_TOO_LONG || framed == FRAMED_INVALID)
        lose_track(r);
    return framed == FRAMED_MESSAGE && out->total > 0;
}

static void hear_sender(struct stage *st, struct peer_run *p, struct relayed *r, enum impair_way way,
                        bool ended)
{
    struct buf *b = &r->came[way];

    for (struct frame f; next_relayed(st, p, r, way, b, ended, &f); buf_consume(b, f.total))
        came(st, with_sender(r, way), f.body, true);
}

static void tell_receiver(struct stage *st, struct peer_run *p, struct relayed *r, enum impair_way way,
                          bool ended)
{
    struct buf *b = &r->went[way];

    for (struct frame f; next_relayed(st, p, r, way, b, ended, &f); buf_consume(b, f.total))
        sent(st, with_receiver(r, way), f.body);
}

static void datagram_passes(struct stage *st, struct relayed *r, enum impair_way way,
                            enum relay_moment moment, struct bytes b)
{
    if (moment == RELAY_CAME)
        came(st, with_sender(r, way), b, false);
    else
        sent(st, with_receiver(r, way), b);
}

void conversation_passes(struct stage *st, struct peer_run *p, const struct relay_link *l,
                         enum impair_way way, enum relay_moment moment, struct bytes b)
{
    struct relayed *r = relayed_of(st, p, l);

    if (!is_judged(&r->with[RULES_CLIENT]) && !is_judged(&r->with[RULES_SERVER]))
        return;
    if (!p->is_stream) {
        datagram_passes(st, r, way, moment, b);
        return;
    }
    switch (moment) {
    case RELAY_CAME:
        buf_append(&r->came[way], b);
        hear_sender(st, p, r, way, false);
        return;
    case RELAY_WENT:
        buf_append(&r->went[way], b);
        tell_receiver(st, p, r, way, false);
        return;
    case RELAY_ENDED:
        hear_sender(st, p, r, way, true);
        tell_receiver(st, p, r, way, true);
        return;
    }
}

void conversations_end(struct peer_run *p)
{
    conversation_end(p);
    for (size_t i = 0; i < p->n_relayed; i++) {
        struct relayed *r = &p->relayed[i];

        for (size_t k = 0; k < 2; k++) {
            end(&r->with[k]);
            buf_deinit(&r->came[k]);
            buf_deinit(&r->went[k]);
        }
    }
    mem_free(p->relayed);
    p->relayed = NULL;
    p->n_relayed = p->cap_relayed = 0;
}

/* ---- both ---------------------------------------------------------------------------------------------- */

static bool is_broken(const struct conversation *c)
{
    return c->breach.state != NULL;
}

const struct conversation *conversation_broken(const struct peer_run *p)
{
    if (is_broken(&p->talk))
        return &p->talk;
    for (size_t i = 0; i < p->n_relayed; i++)
        for (size_t k = 0; k < 2; k++)
            if (is_broken(&p->relayed[i].with[k]))
                return &p->relayed[i].with[k];
    return NULL;
}
