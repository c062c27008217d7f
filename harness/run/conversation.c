/*
 * conversation.c - what is said on a connection, held against the rules of its protocol.
 *
 * Messages are looked at when they are there, not when a step takes them: what the program said before we
 * sent something cannot be an answer to it. What we send is put together from all writes, for a message may
 * be sent in pieces.
 *
 * Through a relay two programs speak, so that there is a conversation with each of them. What the relay hands
 * on is, for the one that gets it, what our side sends.
 *
 * HTTP: where a response ends depends on its request, and this is ahead of the steps, so each conversation
 * keeps its own account of both. An interim response (1xx) is none that rules speak of.
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
    buf_deinit(&c->asked.heads);
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

    if (def)
        return (size_t)(def - p->messages.defs);
    if (p->framing.kind != FRAMING_HTTP)
        return SIZE_MAX;
    return p->messages.n + (from == FROM_CLIENT ? HTTP_REQUEST : HTTP_RESPONSE);
}

/* ---- HTTP ---------------------------------------------------------------------------------------------- */

static bool asks_head(const struct asked *a, size_t answered)
{
    return answered < a->heads.len && a->heads.data[answered];
}

/* What either side says is read so. */
static struct framing framing_in(const struct conversation *c, struct framing f, enum message_from from)
{
    bool asks = from == FROM_CLIENT;

    f.from = from;
    f.http = (struct http_context){asks ? HTTP_REQUEST : HTTP_RESPONSE,
                                   !asks && asks_head(&c->asked, c->asked.answered)};
    return f;
}

static bool is_interim(const struct framing *f, const struct frame *m)
{
    return f->kind == FRAMING_HTTP && f->http.kind == HTTP_RESPONSE && !http_is_final(m->http.status);
}

/* A whole message, of either side. */
static void account(struct conversation *c, const struct framing *f, const struct frame *m)
{
    if (f->kind != FRAMING_HTTP)
        return;
    if (f->http.kind == HTTP_REQUEST)
        buf_byte(&c->asked.heads, http_asks_head(m->body));
    else
        c->asked.answered += http_is_final(m->http.status);
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
        allowed[i] = protocol_message(p, b.allowed[i]);
    return (struct breach_record){.side = b.side,
                                  .state = (char *)joined(a, b.states, b.n_states),
                                  .came = arena_text(a, protocol_message(p, b.message)),
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

static enum framed next_message(const struct framing *f, struct bytes in, bool ended, struct frame *out)
{
    enum framed framed = ended ? framing_last(f, in, out) : framing_next(f, in, out);

    return framed == FRAMED_MESSAGE && out->total == 0 ? FRAMED_PARTIAL : framed;
}

/* A message of a stream, all there. */
static void whole_came(struct stage *st, struct conversation *c, const struct framing *f,
                       const struct frame *m)
{
    account(c, f, m);
    if (!is_interim(f, m))
        came(st, c, m->body, true);
}

static void whole_sent(struct stage *st, struct conversation *c, const struct framing *f,
                       const struct frame *m)
{
    account(c, f, m);
    if (!is_interim(f, m) && !c->begun)
        sent(st, c, m->body);
    c->begun = false;
}

/* What our side has sent so far of a message. A server may answer a request when it has read its head: 413
 * to a body that is too long. */
static void part_sent(struct stage *st, struct conversation *c, const struct framing *f,
                      const struct frame *m, struct bytes so_far)
{
    if (!is_judged(c) || c->protocol->messages.n || f->kind != FRAMING_HTTP || f->http.kind != HTTP_REQUEST ||
        !m->http.head || c->begun)
        return;
    sent(st, c, so_far);
    c->begun = true;
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
    struct conversation *c = &p->talk;
    struct bytes in = buf_view(&p->stream.in);
    bool ended = p->stream.ended && !p->stream.reset;
    struct frame m;

    while (c->protocol && p->is_stream && p->heard < in.len) {
        struct framing f = framing_in(c, peer_framing(st, p), from_program(c));

        if (next_message(&f, bytes_slice(in, p->heard, in.len), ended, &m) != FRAMED_MESSAGE)
            return;
        p->heard += m.total;
        whole_came(st, c, &f, &m);
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
    struct conversation *c = &p->talk;
    struct frame m = {0};

    if (!is_judged(c))
        return;
    conversation_hears(st, p);
    if (!p->is_stream) {
        sent(st, c, wire);
        return;
    }
    buf_append(&p->said, wire);
    for (;;) {
        struct framing f = framing_in(c, peer_framing(st, p), from_us(c));

        switch (next_message(&f, buf_view(&p->said), false, &m)) {
        case FRAMED_MESSAGE:
            whole_sent(st, c, &f, &m);
            buf_consume(&p->said, m.total);
            continue;
        case FRAMED_PARTIAL: part_sent(st, c, &f, &m, buf_view(&p->said)); return;
        case FRAMED_TOO_LONG:
        case FRAMED_INVALID: break;
        }
        rules_sent(&c->rules, SIZE_MAX); /* nobody can say what it is to the other side */
        return;
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
    r->lost = true;
}

/* What goes one way through a relay, as it comes from its sender, or goes on to its receiver. */
struct passing {
    struct stage *st;
    struct peer_run *relay;
    struct relayed *r;
    enum impair_way way;
    bool ended;
};

static void look_through(const struct passing *x, struct buf *b, struct conversation *c, bool comes)
{
    while (b->len && !x->r->lost) {
        struct framing f = relayed_framing(x->st, x->relay, x->way, asks_head(&c->asked, c->asked.answered));
        struct frame m = {0};

        switch (next_message(&f, buf_view(b), x->ended, &m)) {
        case FRAMED_MESSAGE:
            (comes ? whole_came : whole_sent)(x->st, c, &f, &m);
            buf_consume(b, m.total);
            break;
        case FRAMED_PARTIAL:
            if (!comes)
                part_sent(x->st, c, &f, &m, buf_view(b));
            return;
        case FRAMED_TOO_LONG:
        case FRAMED_INVALID: lose_track(x->r); break;
        }
    }
}

static void hear_sender(const struct passing *x)
{
    look_through(x, &x->r->came[x->way], with_sender(x->r, x->way), true);
}

static void tell_receiver(const struct passing *x)
{
    look_through(x, &x->r->went[x->way], with_receiver(x->r, x->way), false);
}

static void datagram_passes(struct stage *st, struct relayed *r, enum impair_way way,
                            enum relay_moment moment, struct bytes b)
{
    if (moment == RELAY_CAME)
        came(st, with_sender(r, way), b, false);
    else
        sent(st, with_receiver(r, way), b);
}

/* Steps need requests, too: see relayed_asks_head. */
static bool is_request(const struct stage *st, const struct peer_run *p, enum impair_way way)
{
    return way == IMPAIR_THERE && peer_framing(st, p).kind == FRAMING_HTTP;
}

void conversation_passes(struct stage *st, struct peer_run *p, const struct relay_link *l,
                         enum impair_way way, enum relay_moment moment, struct bytes b)
{
    struct relayed *r = relayed_of(st, p, l);
    struct passing x = {st, p, r, way, moment == RELAY_ENDED};
    bool judged = is_judged(&r->with[RULES_CLIENT]) || is_judged(&r->with[RULES_SERVER]);

    if (r->lost || !(judged || (moment == RELAY_CAME && is_request(st, p, way))))
        return;
    if (!p->is_stream) {
        datagram_passes(st, r, way, moment, b);
        return;
    }
    switch (moment) {
    case RELAY_CAME:
        buf_append(&r->came[way], b);
        hear_sender(&x);
        return;
    case RELAY_WENT:
        buf_append(&r->went[way], b);
        tell_receiver(&x);
        return;
    case RELAY_ENDED:
        hear_sender(&x);
        tell_receiver(&x);
        return;
    }
}

bool relayed_asks_head(const struct peer_run *p, const struct relay_link *l, size_t behind)
{
    const struct relayed *r = l->index < p->n_relayed ? &p->relayed[l->index] : NULL;

    return r && asks_head(&r->with[RULES_CLIENT].asked, r->carried + behind);
}

void relayed_answered(struct peer_run *p, const struct relay_link *l, size_t n)
{
    if (l->index < p->n_relayed)
        p->relayed[l->index].carried += n;
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
