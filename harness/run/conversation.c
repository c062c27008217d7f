/*
 * conversation.c - what is said on a connection, held against the rules of its protocol.
 *
 * Messages are looked at when they are there, not when a step takes them: what the program said before we
 * sent something cannot be an answer to it. What we send is put together from all writes, for a message may
 * be sent in pieces.
 */
#include "base/mem.h"
#include "run/stage.h"

static size_t index_of(const struct protocol *p, enum message_from from, struct bytes content,
                       struct arena *a)
{
    struct incoming in = {.content = content, .from = from, .protocol = p};
    struct datum fields;
    const struct message_def *def = incoming_which(&in, NULL, a, &fields);

    return def ? (size_t)(def - p->messages.defs) : SIZE_MAX;
}

static enum rules_side program_side(const struct peer_run *p)
{
    return p->spec->kind == PEER_CONNECTS ? RULES_SERVER : RULES_CLIENT;
}

void conversation_begin(struct stage *st, struct peer_run *p)
{
    const struct protocol *protocol = peer_protocol(st, p);

    conversation_end(p);
    p->heard = p->is_stream ? p->stream.in.len : 0;
    if (!protocol || !protocol->rules)
        return;
    rules_check_init(&p->rules, protocol->rules, program_side(p));
    p->judged = true;
}

void conversation_end(struct peer_run *p)
{
    rules_check_deinit(&p->rules);
    buf_deinit(&p->said);
    p->judged = false;
    p->heard = 0;
}

/* ---- what came ----------------------------------------------------------------------------------------- */

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

static void came(struct stage *st, struct peer_run *p, struct bytes content)
{
    const struct protocol *protocol = peer_protocol(st, p);
    enum message_from from = program_side(p) == RULES_SERVER ? FROM_SERVER : FROM_CLIENT;
    size_t message = index_of(protocol, from, content, &st->case_arena);

    if (rules_came(&p->rules, message) != RULES_BROKEN)
        return;
    p->breach = breach_text(&p->rules, protocol, &st->case_arena);
    p->breaking = arena_bytes(&st->case_arena, content);
}

void conversation_hears(struct stage *st, struct peer_run *p)
{
    struct bytes in = buf_view(&p->stream.in);
    struct frame f;

    while (p->judged && p->is_stream && p->heard < in.len) {
        struct bytes rest = bytes_slice(in, p->heard, in.len);

        if (peer_next(st, p, rest, &f) != FRAMED_MESSAGE || f.total == 0)
            return;
        p->heard += f.total;
        came(st, p, f.body);
    }
}

void conversation_took(struct stage *st, struct peer_run *p, struct bytes content, size_t total)
{
    if (!p->judged)
        return;
    conversation_hears(st, p);
    if (!p->is_stream)
        came(st, p, content);
    p->heard = p->heard > total ? p->heard - total : 0;
}

/* ---- what we said -------------------------------------------------------------------------------------- */

static void said(struct stage *st, struct peer_run *p, struct bytes content)
{
    enum message_from from = program_side(p) == RULES_SERVER ? FROM_CLIENT : FROM_SERVER;

    rules_sent(&p->rules, index_of(peer_protocol(st, p), from, content, &st->case_arena));
}

void conversation_says(struct stage *st, struct peer_run *p, struct bytes wire)
{
    struct framing framing;
    struct frame f;

    if (!p->judged)
        return;
    conversation_hears(st, p);
    if (!p->is_stream) {
        said(st, p, wire);
        return;
    }
    framing = *peer_framing(st, p);
    framing.from = program_side(p) == RULES_SERVER ? FROM_CLIENT : FROM_SERVER;
    buf_append(&p->said, wire);
    for (;;) {
        enum framed framed = framing_next(&framing, buf_view(&p->said), &f);

        if (framed == FRAMED_TOO_LONG || framed == FRAMED_INVALID)
            rules_sent(&p->rules, SIZE_MAX); /* nobody can say what it is to the other side */
        if (framed != FRAMED_MESSAGE || f.total == 0)
            return;
        said(st, p, f.body);
        buf_consume(&p->said, f.total);
    }
}

bool conversation_is_broken(const struct peer_run *p)
{
    return p->breach.state != NULL;
}
