#include "run/message.h"

#include <errno.h>

size_t port_index(const struct spec *s, size_t program, size_t endpoint)
{
    size_t index = endpoint;

    for (size_t i = 0; i < program; i++)
        index += s->programs[i].n_listens;
    return index;
}

size_t port_index_of_peer(const struct spec *s, size_t peer)
{
    size_t index = port_index(s, s->n_programs, 0);

    for (size_t i = 0; i < peer; i++)
        index += s->peers[i].kind == PEER_LISTENS;
    return index;
}

size_t port_count(const struct spec *s)
{
    return port_index_of_peer(s, s->n_peers);
}

static const struct value *cell(const struct bindings *b, size_t column)
{
    return &b->test->cells[b->row * b->test->n_columns + column];
}

static void host(struct buf *out, uint32_t ip)
{
    buf_printf(out, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);
}

static void fill_piece(struct buf *out, const struct piece *p, const struct bindings *b, struct arena *a)
{
    switch (p->kind) {
    case PIECE_TEXT: buf_append(out, p->text); break;
    case PIECE_PORT: buf_printf(out, "%u", b->ports[port_index(b->spec, p->program, p->index)]); break;
    case PIECE_HOST: buf_text(out, "127.0.0.1"); break;
    case PIECE_PEER_PORT: buf_printf(out, "%u", b->ports[port_index_of_peer(b->spec, p->program)]); break;
    case PIECE_PEER_HOST: host(out, b->spec->peers[p->program].host); break;
    case PIECE_CELL: buf_append(out, template_fill(&cell(b, p->index)->text, b, a)); break;
    case PIECE_SEED: buf_printf(out, "%llu", (unsigned long long)b->seed); break;
    }
}

struct bytes template_fill(const struct template *t, const struct bindings *b, struct arena *a)
{
    _cleanup_buf_ struct buf out = BUF_INIT;

    if (t->n == 1 && t->pieces[0].kind == PIECE_TEXT)
        return t->pieces[0].text;
    for (size_t i = 0; i < t->n; i++)
        fill_piece(&out, &t->pieces[i], b, a);
    return arena_bytes(a, buf_view(&out));
}

static size_t count(const struct value *v, const struct bindings *b)
{
    size_t n = 0;

    if (v->kind == VALUE_CELL)
        return count(cell(b, v->index), b);
    if (v->kind != VALUE_LIST)
        return 1;
    for (size_t i = 0; i < v->n; i++)
        n += count(&v->items[i], b);
    return n;
}

static void collect(struct messages *m, const struct value *v, const struct bindings *b, struct arena *a)
{
    switch (v->kind) {
    case VALUE_BYTES:
        m->items[m->n++] = (struct message){template_fill(&v->text, b, a), v->framed, NULL, v->source};
        break;
    case VALUE_REGEX: m->items[m->n++] = (struct message){{0}, true, v->regex, v->source}; break;
    case VALUE_LIST:
        for (size_t i = 0; i < v->n; i++)
            collect(m, &v->items[i], b, a);
        break;
    case VALUE_CELL: collect(m, cell(b, v->index), b, a); break;
    case VALUE_HAPPENING:
        m->items[m->n++] = (struct message){.source = v->source, .event = (enum happening)v->number};
        break;
    case VALUE_NONE:
    case VALUE_CODE:
    case VALUE_SIGNAL: break; /* no message */
    }
}

struct messages messages_resolve(const struct value *v, const struct bindings *b, struct arena *a)
{
    struct messages m = {arena_new(a, (count(v, b) + 1) * sizeof(struct message)), 0};

    collect(&m, v, b, a);
    return m;
}

bool message_is(const struct message *m, struct bytes content)
{
    if (m->event != HAPPENING_NONE)
        return false;
    return m->regex ? regex_match(m->regex, content) == MATCHED : bytes_equal(m->content, content);
}

bool message_is_any(const struct messages *all, struct bytes content)
{
    for (size_t i = 0; i < all->n; i++)
        if (message_is(&all->items[i], content))
            return true;
    return false;
}

/* One message that stands for itself is not copied: it may be large. */
static bool is_as_it_stands(const struct messages *m, const struct framing *f)
{
    return m->n == 1 && (!m->items[0].framed || f->kind == FRAMING_NONE);
}

int outgoing_make(const struct messages *m, const struct framing *f, struct arena *a, struct outgoing *out)
{
    _cleanup_buf_ struct buf wire = BUF_INIT;

    *out = (struct outgoing){.ends = arena_new(a, (m->n + 1) * sizeof *out->ends)};
    if (is_as_it_stands(m, f)) {
        out->bytes = m->items[0].content;
        out->ends[out->n++] = (uint32_t)out->bytes.len;
        return 0;
    }
    for (size_t i = 0; i < m->n; i++) {
        if (!m->items[i].framed)
            buf_append(&wire, m->items[i].content);
        else if (framing_encode(f, m->items[i].content, &wire) < 0)
            return -EMSGSIZE;
        out->ends[out->n++] = (uint32_t)wire.len;
    }
    out->bytes = arena_bytes(a, buf_view(&wire));
    return 0;
}

const struct framing *step_framing(const struct spec *s, const struct test *t, const struct step *step)
{
    return spec_framing(s, &t->peers[step->actor]);
}

bool step_sends_stream(const struct test *t, const struct step *step)
{
    return step->verb == VERB_SENDS && step->actor_kind == ACTOR_PEER &&
           t->peers[step->actor].transport == TRANSPORT_TCP;
}
