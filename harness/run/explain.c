/* explain.c - what the record keeps of a message: what was expected, and where what came is another. */
#include "run/typed.h"

bool message_is_typed(const struct message *m)
{
    return m && m->value && m->value->kind == VALUE_TYPED;
}

static char *worth(const struct datum *d, struct arena *a)
{
    return d->kind == DATUM_NONE ? NULL : (char *)typed_worth(d, a);
}

static char *text(const char *s, struct arena *a)
{
    return s ? arena_text(a, s) : NULL;
}

static struct syntax_record syntax_text(const struct syntax *s, struct arena *a)
{
    return (struct syntax_record){
        .kind = s->kind,
        .message = text(s->message ? s->message->name : NULL, a),
        .field = text(s->field, a),
        .type = text(s->type, a),
        .why = text(s->why, a),
        .expected = worth(&s->expected, a),
        .came = worth(&s->came, a),
        .offset = s->offset,
        .begin = s->begin,
        .mistake = s->mistake.kind,
        .mistake_field = text(s->mistake.field, a),
        .mistake_type = text(s->mistake.type, a),
        .mistake_came = worth(&s->mistake.came, a),
        .mistake_meant = worth(&s->mistake.meant, a),
        .mistake_at = s->mistake.at,
        .by = s->mistake.by,
    };
}

/* HTTP: the first field that is another, or the first header. */
static bool http_differs(const struct datum *want, const struct datum *got, struct arena *a,
                         struct syntax_record *out)
{
    for (size_t i = 0; i < want->n; i++) {
        const struct datum *w = &want->items[i], *g = http_header(got, want->names[i]), none = {0};

        g = g ? g : &none;
        if (w->kind == DATUM_RECORD && g->kind == DATUM_RECORD && http_differs(w, g, a, out))
            return true;
        if (w->kind == DATUM_RECORD || datum_equal(w, g))
            continue;
        out->field = text(want->names[i], a);
        out->expected = worth(w, a);
        out->came = worth(g, a);
        return true;
    }
    return false;
}

/* HTTP: what breaks the message, or where it differs. */
static void http_explain(const struct incoming *in, const struct message *m, struct arena *a,
                         struct step_record *r)
{
    _cleanup_buf_ struct buf sentence = BUF_INIT;
    struct http_found found;
    struct datum fields;

    if (!http_decode(in->http, in->content, a, &fields, &found)) {
        if (found.problem == HTTP_FINE) /* and something behind it */
            return;
        http_describe(in->http, &found, &sentence);
        r->reason = (char *)arena_bytes(a, buf_view(&sentence)).data;
        r->syntax.offset = found.at;
        return;
    }
    r->syntax.message = text(http_kind_name(in->http.kind), a);
    if (!message_is_typed(m))
        return;
    if (http_differs(&m->fields, &fields, a, &r->syntax)) {
        r->syntax.kind = SYNTAX_CONSTANT;
    } else if (found.body == HTTP_BODY_CLOSE && m->fields.n == m->value->n_fields) {
        found.problem = HTTP_STILL_OPEN; /* all of it is right, or it is not over */
        http_describe(in->http, &found, &sentence);
        r->reason = (char *)arena_bytes(a, buf_view(&sentence)).data;
    }
}

/* A message of the protocol, but not the one that is wanted: no more is wrong with it. */
static bool is_another(const struct incoming *in, const struct message *m, struct arena *a,
                       struct step_record *r)
{
    const struct message_def *wanted = message_is_typed(m) ? m->value->def : NULL, *is;
    struct datum fields;

    is = wanted ? incoming_which(in, NULL, a, &fields) : NULL;
    if (!is || is == wanted)
        return false;
    r->syntax.message = arena_text(a, is->name);
    r->reason = arena_printf(a, "that is %s, where %s was expected", is->name, wanted->name);
    return true;
}

void typed_explain(const struct incoming *in, const struct message *m, struct arena *a, struct step_record *r)
{
    struct message_reading how = {.arena = a, .explicit = message_is_typed(m) ? &m->named : NULL};
    struct syntax s = {0};

    if (!in->protocol)
        return;
    if (in->protocol->framing.kind == FRAMING_HTTP) {
        http_explain(in, m, a, r);
        return;
    }
    if (in->protocol->messages.n == 0)
        return;
    if (is_another(in, m, a, r))
        return;
    how.set = &in->protocol->messages;
    message_explain(&how, in->from, message_is_typed(m) ? m->value->def : NULL,
                    message_is_typed(m) ? &m->fields : NULL, in->content, &s);
    r->syntax = syntax_text(&s, a);
}

/* `SUM {total: 42, note: {min: 1}}`: fields as they are known, conditions as the spec writes them. */
static struct bytes in_words(const struct message *m, struct arena *a)
{
    const struct value *v = m->value;
    _cleanup_buf_ struct buf out = BUF_INIT;

    if (!message_is_typed(m))
        return bytes_of(m->source ? m->source : "");
    buf_text(&out, v->def ? v->def->name : http_kind_name(v->http));
    for (size_t i = 0; i < v->n_fields; i++) {
        const struct datum *known = datum_get(&m->fields, v->fields[i].name);

        buf_printf(&out, "%s%s: ", i ? ", " : " {", v->fields[i].name);
        buf_text(&out,
                 known && known->kind != DATUM_NONE ? typed_worth(known, a) : v->fields[i].value.source);
    }
    buf_text(&out, v->n_fields ? "}" : "");
    return arena_bytes(a, buf_view(&out));
}

void message_show(const struct message *m, struct arena *a, struct step_record *r)
{
    r->described = !m->exact && m->event == HAPPENING_NONE;
    r->expected = excerpt_of(a, r->described ? in_words(m, a) : m->content);
}
