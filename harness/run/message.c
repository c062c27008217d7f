#include "run/message.h"
#include "run/typed.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define STAND_IN 10000 /* for what is not captured yet */

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
        index += peer_has_port(&s->peers[i]);
    return index;
}

size_t port_count(const struct spec *s)
{
    return port_index_of_peer(s, s->n_peers);
}

/* ---- what names are worth ------------------------------------------------------------------------------ */

static const struct value *cell(const struct bindings *b, size_t column)
{
    return &b->test->cells[b->row * b->test->n_columns + column];
}

static struct datum host_datum(uint32_t ip, struct arena *a)
{
    const char *text = arena_printf(a, "%u.%u.%u.%u", ip >> 24, ip >> 16 & 255, ip >> 8 & 255, ip & 255);

    return datum_bytes(bytes_of(text));
}

static struct datum port_datum(const struct bindings *b, size_t index)
{
    return datum_int(b->ports[index]);
}

/* {host, port}: what a program or peer is in an expression. */
static struct datum actor_datum(struct datum host, struct datum port, struct arena *a)
{
    static const char *names[] = {"host", "port"};
    const struct datum items[] = {host, port};

    return (struct datum){
        .kind = DATUM_RECORD, .names = names, .n = 2, .items = arena_copy(a, items, sizeof items)};
}

/* A plain number in a spec is one in an expression, too. */
static struct datum plain_datum(struct bytes text)
{
    struct datum d = datum_bytes(text);
    char *end;
    long long n;

    if (text.len == 0 || text.len > 19 || (text.data[0] == '0' && text.len > 1))
        return d;
    errno = 0;
    n = strtoll((const char *)text.data, &end, 10);
    if (errno || end != (const char *)text.data + text.len || text.data[0] == '+' || text.data[0] == ' ')
        return d;
    return datum_int(n);
}

struct datum value_datum(const struct value *v, const struct bindings *b, struct arena *a)
{
    struct datum d = template_datum(&v->text, b, a);

    return v->plain && d.kind == DATUM_BYTES ? plain_datum(d.bytes) : d;
}

/* ---- expressions --------------------------------------------------------------------------------------- */

static void expression_fault(const struct expression *x, const struct bindings *b, const struct expr_error *e)
{
    int line = x->mark.line + (x->is_block && e->line > 1 && !e->in_functions ? e->line - 1 : 0);

    if (b->err && !b->err->code)
        err_say(b->err, -EINVAL, "%s:%d:%d: %s%s", x->mark.file, line, x->mark.col,
                e->in_functions ? "in `functions`: " : "", e->text);
}

/* False: one of them failed. */
static bool bind_names(const struct expression *x, const struct bindings *b, struct arena *a,
                       struct expr_binding *names)
{
    struct datum *worth = arena_new(a, (x->n_uses + 1) * sizeof *worth);

    for (size_t i = 0; i < x->n_uses; i++) {
        if (!piece_datum(&x->uses[i].piece, b, a, &worth[i]))
            return false;
        names[i] = (struct expr_binding){x->uses[i].name, &worth[i]};
    }
    return true;
}

static bool evaluate(const struct expression *x, const struct bindings *b, struct arena *a, struct datum *out)
{
    struct expr_binding *names = arena_new(a, (x->n_uses + 1) * sizeof *names);
    struct expr_error e;

    if (!bind_names(x, b, a, names))
        return false;
    if (expr_eval(b->spec->expr, x->text, x->is_block ? EXPR_BLOCK : EXPR_VALUE,
                  (struct expr_names){names, x->n_uses}, a, out, &e))
        return true;
    expression_fault(x, b, &e);
    return false;
}

bool expression_holds(const struct expression *x, const struct bindings *b, struct arena *a,
                      const char **reason)
{
    struct expr_binding *names = arena_new(a, (x->n_uses + 1) * sizeof *names);
    struct expr_verdict verdict;
    struct expr_error e;

    *reason = NULL;
    if (!bind_names(x, b, a, names))
        return false;
    if (!expr_check(b->spec->expr, x->text, x->is_block ? EXPR_BLOCK : EXPR_VALUE,
                    (struct expr_names){names, x->n_uses}, a, &verdict, &e)) {
        expression_fault(x, b, &e);
        return false;
    }
    if (verdict.reason.len)
        *reason = (const char *)arena_bytes(a, verdict.reason).data;
    return verdict.holds;
}

bool piece_datum(const struct piece *p, const struct bindings *b, struct arena *a, struct datum *out)
{
    static const struct datum stand_in = {.kind = DATUM_INT, .i = STAND_IN};
    const struct spec *s = b->spec;

    switch (p->kind) {
    case PIECE_NONE: *out = (struct datum){0}; break;
    case PIECE_TEXT:
    case PIECE_PATH:
    case PIECE_PEER_PATH:
    case PIECE_PEER_NAME: *out = datum_bytes(p->text); break;
    case PIECE_NUMBER: *out = datum_int((int64_t)p->index); break;
    case PIECE_PORT: *out = port_datum(b, port_index(s, p->program, p->index)); break;
    case PIECE_HOST: *out = datum_bytes(bytes_of("127.0.0.1")); break;
    case PIECE_PEER_PORT: *out = port_datum(b, port_index_of_peer(s, p->program)); break;
    case PIECE_PEER_HOST: *out = host_datum(s->peers[p->program].host, a); break;
    case PIECE_CELL: *out = value_datum(cell(b, p->index), b, a); break;
    case PIECE_GIVEN: *out = value_datum(p->value, b, a); break;
    case PIECE_SEED: *out = datum_uint(b->seed); break;
    case PIECE_NAME: *out = b->names ? b->names[p->index] : stand_in; break;
    case PIECE_GOT: *out = b->got ? *b->got : stand_in; break;
    case PIECE_PROGRAM:
        *out =
            actor_datum(datum_bytes(bytes_of("127.0.0.1")), port_datum(b, port_index(s, p->program, 0)), a);
        break;
    case PIECE_PEER:
        *out = actor_datum(host_datum(s->peers[p->program].host, a),
                           port_datum(b, port_index_of_peer(s, p->program)), a);
        break;
    case PIECE_EXPR: return evaluate(p->expr, b, a, out);
    }
    return true;
}

/* ---- texts --------------------------------------------------------------------------------------------- */

struct datum template_datum(const struct template *t, const struct bindings *b, struct arena *a)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct datum d = {0};

    if (t->n == 1) {
        piece_datum(&t->pieces[0], b, a, &d);
        return d;
    }
    for (size_t i = 0; i < t->n; i++)
        if (piece_datum(&t->pieces[i], b, a, &d))
            datum_text(&d, &out);
    return datum_bytes(arena_bytes(a, buf_view(&out)));
}

struct bytes template_fill(const struct template *t, const struct bindings *b, struct arena *a)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct datum d = template_datum(t, b, a);

    if (d.kind == DATUM_BYTES)
        return d.bytes;
    datum_text(&d, &out);
    return arena_bytes(a, buf_view(&out));
}

/* ---- messages ------------------------------------------------------------------------------------------ */

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

struct message message_resolve(const struct value *v, const struct bindings *b, struct arena *a)
{
    struct message m = {.framed = true, .source = v->source, .value = v};

    switch (v->kind) {
    case VALUE_BYTES:
        m.content = template_fill(&v->text, b, a);
        m.framed = v->framed;
        m.exact = true;
        m.value = NULL;
        break;
    case VALUE_REGEX:
        m.regex = v->regex;
        m.value = v->slots ? v : NULL;
        break;
    case VALUE_HAPPENING:
        m.framed = false;
        m.event = (enum happening)v->number;
        m.value = NULL;
        break;
    case VALUE_TYPED:
    case VALUE_LIKE: typed_resolve(v, b, a, &m); break;
    case VALUE_ONE_OF:
    case VALUE_PART:
    case VALUE_LUA:
    case VALUE_LIST:
    case VALUE_CELL:
    case VALUE_RECORD:
    case VALUE_RANGE:
    case VALUE_ABSENT:
    case VALUE_NONE:
    case VALUE_CODE:
    case VALUE_SIGNAL: break;
    }
    return m;
}

static void collect(struct listed *l, const struct value *v, const struct bindings *b)
{
    if (v->kind == VALUE_CELL)
        collect(l, cell(b, v->index), b);
    for (size_t i = 0; v->kind == VALUE_LIST && i < v->n; i++)
        collect(l, &v->items[i], b);
    if (v->kind != VALUE_CELL && v->kind != VALUE_LIST && v->kind != VALUE_NONE && v->kind != VALUE_CODE &&
        v->kind != VALUE_SIGNAL)
        l->items[l->n++] = v;
}

struct listed messages_list(const struct value *v, const struct bindings *b, struct arena *a)
{
    struct listed l = {arena_new(a, (count(v, b) + 1) * sizeof *l.items), 0};

    collect(&l, v, b);
    return l;
}

struct messages messages_resolve(const struct value *v, const struct bindings *b, struct arena *a)
{
    struct listed l = messages_list(v, b, a);
    struct messages m = {arena_new(a, (l.n + 1) * sizeof *m.items), l.n};

    for (size_t i = 0; i < l.n; i++)
        m.items[i] = message_resolve(l.items[i], b, a);
    return m;
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

bool step_sends_stream(const struct test *t, const struct step *step)
{
    return step->verb == VERB_SENDS && step->actor_kind == ACTOR_PEER &&
           transport_is_stream(t->peers[step->actor].transport);
}
