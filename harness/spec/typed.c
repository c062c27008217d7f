/*
 * typed.c - see typed.h. Which fields a message has, its protocol says; what a field is worth is a value of
 * its own: a text, a list, a map, or a condition where it is expected.
 */
#include "spec/typed.h"
#include "base/mem.h"

#include <string.h>

static const char *const request_fields[] = {"method", "target", "version", "headers", "trailers", "body"};
static const char *const response_fields[] = {"status", "reason", "version", "headers", "trailers", "body"};

/* ---- which message ------------------------------------------------------------------------------- */

static bool find_http(const struct protocol *p, const char *name, struct value *out)
{
    for (enum http_kind k = HTTP_REQUEST; p->framing.kind == FRAMING_HTTP && k <= HTTP_RESPONSE; k++)
        if (strcmp(http_kind_name(k), name) == 0) {
            out->http = k;
            return true;
        }
    return false;
}

static bool find_in(const struct protocol *p, const char *name, struct value *out)
{
    out->set = &p->messages;
    out->def = message_find(&p->messages, name);
    return out->def || find_http(p, name, out);
}

static void add_names(const struct protocol *p, const char ***names, size_t *n, size_t *cap)
{
    const char *name;

    for (size_t i = 0; (name = protocol_message(p, i)); i++)
        *array_push(*names, *n, *cap) = name;
}

static bool is_tag(struct bytes word)
{
    static const char *const tags[] = {"regex", "match", "matches", "hex", "base64", "file", "raw", "like"};

    for (size_t i = 0; i < array_len(tags); i++)
        if (bytes_equal(word, bytes_of(tags[i])))
            return true;
    return false;
}

static void unknown_message(struct loader *l, const struct node *key, const struct protocol *from, size_t n)
{
    const char **names = NULL;
    size_t count = 0, cap = 0;
    struct diag *d = diag_error(l->diags, key->mark, "there is no message %s", quoted(l, key->text));

    for (size_t i = 0; i < n; i++)
        add_names(&from[i], &names, &count, &cap);
    if (count)
        suggest(l, d, (const char *)key->text.data, names, count);
    else if (is_tag(key->text))
        diag_note(l->diags, d,
                  "patterns and other values are written with a tag: `!regex '^OK'`, `!hex \"0d 0a\"`");
    else
        diag_note(l->diags, d,
                  "messages are declared in a protocol: `messages: {SUM: \"SUM {total:int}\"}`; modifiers "
                  "like `within` stand under the sentence, not under its value");
    mem_free(names);
}

/* Where nobody speaks, a message is looked for in all protocols. */
static bool find_message(struct loader *l, const struct node *key, const struct scope *scope,
                         struct value *out)
{
    const struct protocol *from = scope->protocol ? scope->protocol : l->spec->protocols;
    size_t n = scope->protocol ? 1 : l->spec->n_protocols;

    for (size_t i = 0; i < n; i++)
        if (find_in(&from[i], (const char *)key->text.data, out))
            return true;
    for (size_t i = 0; i < n; i++)
        if (from[i].broken)
            return false;
    unknown_message(l, key, from, n);
    return false;
}

/* ---- fields -------------------------------------------------------------------------------------- */

static bool field_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);

static bool is_condition(const struct node *n)
{
    static const char *const keys[] = {"min", "max", "capture"};
    size_t known = 0;

    for (size_t i = 0; i < n->n; i++)
        for (size_t k = 0; k < array_len(keys); k++)
            known += bytes_equal(n->items[i]->key->text, bytes_of(keys[k]));
    return n->n > 0 && known == n->n;
}

static bool condition_read(struct loader *l, const struct node *n, const struct scope *scope,
                           struct value *out)
{
    const struct node *ends[] = {map_get(n, "min"), map_get(n, "max")}, *capture = map_get(n, "capture");
    bool fine = true;

    out->kind = VALUE_RANGE;
    out->n = array_len(ends);
    out->items = arena_new(l->arena, out->n * sizeof *out->items);
    for (size_t i = 0; i < out->n; i++)
        fine &= !ends[i] || node_is_empty(ends[i]) || cell_read(l, ends[i], scope, &out->items[i]);
    if (!capture)
        return fine;
    if (!scope->names) {
        diag_error(l->diags, capture->mark, "nothing can be captured here");
        return false;
    }
    if (!read_name(l, capture, "a name", &(const char *){0}))
        return false;
    out->capture = names_capture(l, scope->names, (const char *)capture->text.data, capture->mark);
    return fine && out->capture != SIZE_MAX;
}

static bool record_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    bool fine = true;

    out->kind = VALUE_RECORD;
    out->fields = arena_new(l->arena, (n->n + 1) * sizeof *out->fields);
    for (size_t i = 0; i < n->n; i++) {
        struct field_value *f = &out->fields[out->n_fields++];

        *f = (struct field_value){.name = (const char *)n->items[i]->key->text.data,
                                  .mark = n->items[i]->key->mark};
        fine &= !n->items[i]->bad && field_read(l, n->items[i], scope, &f->value);
    }
    return fine;
}

static bool field_list_read(struct loader *l, const struct node *n, const struct scope *scope,
                            struct value *out)
{
    bool fine = true;

    out->kind = VALUE_LIST;
    out->n = n->n;
    out->items = arena_new(l->arena, (n->n + 1) * sizeof *out->items);
    for (size_t i = 0; i < n->n; i++)
        fine &= field_read(l, n->items[i], scope, &out->items[i]);
    return fine;
}

/* What one field is worth. An empty one is an empty text. */
static bool field_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    *out = (struct value){.mark = n->mark, .source = value_source(l, n), .capture = SIZE_MAX};
    if (n->bad)
        return false;
    if (node_is(n, NODE_LIST))
        return field_list_read(l, n, scope, out);
    if (node_is(n, NODE_MAP))
        return is_condition(n) ? condition_read(l, n, scope, out) : record_read(l, n, scope, out);
    if (n->style == STYLE_PLAIN && node_says(n, "absent")) {
        out->kind = VALUE_ABSENT;
        return true;
    }
    return cell_read(l, n, scope, out);
}

static bool is_constant(const struct value *v)
{
    return v->kind == VALUE_BYTES &&
           (v->text.n == 0 || (v->text.n == 1 && v->text.pieces[0].kind == PIECE_TEXT));
}

/* A text without holes can be judged now. */
static bool check_constant(struct loader *l, const struct message_def *def, const struct field_value *f)
{
    const struct value *v = &f->value;
    struct datum given, is;
    const char *why = "";

    if (!is_constant(v))
        return true;
    given = datum_bytes(v->text.n ? v->text.pieces[0].text : bytes_of(""));
    if (message_value(def, f->name, &given, l->arena, &is, &why))
        return true;
    diag_error(l->diags, v->mark, "`%s` cannot be that: %s", f->name, why);
    return false;
}

static bool is_status(struct bytes b)
{
    bool digits = b.len == 3;

    for (size_t i = 0; i < b.len; i++)
        digits &= b.data[i] >= '0' && b.data[i] <= '9';
    return digits && b.data[0] >= '1' && b.data[0] <= '5';
}

/* A field of HTTP: a map of headers, a status, or a text. */
static bool check_http(struct loader *l, const struct field_value *f)
{
    const struct value *v = &f->value;
    bool headers = strcmp(f->name, "headers") == 0 || strcmp(f->name, "trailers") == 0;

    if (headers && (is_constant(v) || v->kind == VALUE_LIST))
        diag_note(l->diags, diag_error(l->diags, v->mark, "`%s` are a map of names", f->name),
                  "like {Content-Length: \"5\", Connection: close}");
    else if (!headers && v->kind == VALUE_RECORD)
        diag_error(l->diags, v->mark, "`%s` is a text, not a map", f->name);
    else if (strcmp(f->name, "status") == 0 && is_constant(v) &&
             !is_status(v->text.n ? v->text.pieces[0].text : bytes_of("")))
        diag_note(l->diags, diag_error(l->diags, v->mark, "`status` is a number from 100 to 599"),
                  "the words behind it are `reason`; !raw sends a response with anything in it");
    else
        return true;
    return false;
}

static bool known_field(struct loader *l, const struct value *v, const struct field_value *f)
{
    const char **names = NULL;
    size_t n = 0;

    if (v->def) {
        n = message_names(v->def, l->arena, &names);
    } else {
        names = (const char **)(v->http == HTTP_REQUEST ? request_fields : response_fields);
        n = array_len(request_fields);
    }
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], f->name) == 0)
            return true;
    suggest(l,
            diag_error(l->diags, f->mark, "`%s` has no field %s",
                       v->def ? v->def->name : http_kind_name(v->http), quoted(l, bytes_of(f->name))),
            f->name, names, n);
    return false;
}

static bool fields_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    struct value record = {0};
    bool fine;

    if (node_is_empty(n))
        return true;
    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->mark, "the fields of a message are a map"),
                      "like {SUM: {total: 42}}");
        return false;
    }
    fine = record_read(l, n, scope, &record);
    out->fields = record.fields;
    out->n_fields = record.n_fields;
    for (size_t i = 0; i < out->n_fields; i++)
        if (known_field(l, out, &out->fields[i]))
            fine &= out->def ? check_constant(l, out->def, &out->fields[i]) : check_http(l, &out->fields[i]);
        else
            fine = false;
    return fine;
}

bool typed_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    if (n->n != 1) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "a message is one name with its fields"),
                  "like {SUM: {total: 42}}; several messages are a list");
        return false;
    }
    if (n->items[0]->bad || !find_message(l, n->items[0]->key, scope, out))
        return false;
    out->kind = VALUE_TYPED;
    out->framed = true;
    return fields_read(l, n->items[0], scope, out);
}

bool typed_named(struct loader *l, const struct node *key, const struct scope *scope, struct value *out)
{
    *out = (struct value){.mark = key->mark, .source = (const char *)key->text.data, .capture = SIZE_MAX};
    if (key->style == STYLE_DOUBLE)
        return value_read(l, key, scope, out);
    out->kind = VALUE_TYPED;
    out->framed = true;
    return find_message(l, key, scope, out);
}

bool named_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    if (node_is(n, NODE_SCALAR) && n->style == STYLE_PLAIN && n->text.len)
        return typed_named(l, n, scope, out);
    return value_read(l, n, scope, out);
}

/* ---- which way ----------------------------------------------------------------------------------- */

void typed_check_coming(struct loader *l, const struct peer *p, const struct value *v)
{
    bool connects = p->kind == PEER_CONNECTS;
    enum http_kind comes = connects ? HTTP_RESPONSE : HTTP_REQUEST;

    if (v->kind == VALUE_LIST || v->kind == VALUE_ONE_OF)
        for (size_t i = 0; i < v->n; i++)
            typed_check_coming(l, p, &v->items[i]);
    if (v->kind != VALUE_TYPED || v->def || v->http == comes || p->kind == PEER_RELAYS)
        return;
    diag_note(l->diags,
              diag_error(l->diags, v->mark, "no %s comes to `%s`", http_kind_name(v->http), p->name),
              connects ? "it connects, so it sends requests, and gets responses"
                       : "programs connect to it, so it gets requests, and sends responses");
}

/* ---- !like --------------------------------------------------------------------------------------- */

struct linking {
    struct loader *l;
    const struct node *n;
    bool fine;
};

static void report_problem(void *ctx, const struct message_problem *p)
{
    struct linking *k = ctx;
    struct mark at = k->n->mark;
    struct diag *d = diag_error(k->l->diags, at, "%s", p->message);

    if (p->cure)
        diag_note(k->l->diags, d, "%s", p->cure);
    else if (p->word)
        suggest(k->l, d, p->word, p->words, p->n_words);
    k->fine = false;
}

/* Its holes are what it captures. */
static bool capture_holes(struct loader *l, const struct node *n, const struct scope *scope,
                          struct value *out)
{
    const char **names;
    size_t count = message_names(out->def, l->arena, &names);
    bool fine = true;

    out->fields = arena_new(l->arena, (count + 1) * sizeof *out->fields);
    for (size_t i = 0; i < count && scope->names; i++) {
        struct field_value *f = &out->fields[out->n_fields++];

        *f = (struct field_value){.name = names[i], .mark = n->mark};
        f->value = (struct value){.kind = VALUE_NONE, .mark = n->mark};
        f->value.capture = names_capture(l, scope->names, names[i], n->mark);
        fine &= f->value.capture != SIZE_MAX;
    }
    return fine;
}

bool like_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out)
{
    struct message_set *set = arena_new(l->arena, sizeof *set);
    struct message_def *def = arena_new(l->arena, sizeof *def);
    struct message_problem problem;
    struct linking k = {l, n, true};

    if (n->kind != NODE_SCALAR || n->style != STYLE_DOUBLE) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "!like takes a text in double quotes"),
                  "like !like \"227 {_:text}({host:text},{high:int},{low:int})\"");
        return false;
    }
    def->name = def->lower = "text";
    def->is_text = true;
    def->forms = arena_new(l->arena, sizeof *def->forms);
    def->n_forms = 1;
    *set = (struct message_set){.defs = def, .n = 1};
    if (!message_parse_text(l->arena, n->text, n, def->forms, &problem)) {
        report_problem(&k, &problem);
        return false;
    }
    *array_push(l->spec->likes, l->spec->n_likes, l->spec->cap_likes) = set;
    message_set_link(set, l->arena, false, report_problem, &k);
    out->kind = VALUE_LIKE;
    out->framed = true;
    out->set = set;
    out->def = def;
    return k.fine && capture_holes(l, n, scope, out);
}
