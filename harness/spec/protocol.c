/* protocol.c - `protocol`, `protocols` and `peers`: the reference side, and where its messages begin and end.
 */
#include "base/mem.h"
#include "spec/messages.h"
#include "spec/parts.h"
#include "spec/rules.h"

#include <arpa/inet.h>
#include <string.h>

/* ---- framing ------------------------------------------------------------------------------------- */

struct framing_read {
    struct framing framing;
    const struct node *max, *inner_max;
    unsigned kinds; /* of the map form: how many were given */
    const struct node *counts, *until;
    const struct node *messages, *header, *rules;
};

static void framing_word(struct loader *l, const struct node *n, struct framing *f)
{
    static const char *const words[] = {"line", "crlf", "fields", "eof", "http", "datagram", "none"};
    static const struct framing framings[] = {
        {.kind = FRAMING_DELIMITER, .delimiter = {(const uint8_t *)"\n", 1}},
        {.kind = FRAMING_DELIMITER, .delimiter = {(const uint8_t *)"\r\n", 2}},
        {.kind = FRAMING_FIELDS},
        {.kind = FRAMING_EOF},
        {.kind = FRAMING_HTTP},
        {.kind = FRAMING_DATAGRAM},
        {.kind = FRAMING_NONE},
    };
    size_t i;

    if (read_choice(l, n, "`framing`", words, array_len(words), &i))
        *f = framings[i];
}

/* A text that ends something: "\n" when it is wrong. */
static struct bytes end_read(struct loader *l, const struct node *n, const char *what, const char *like)
{
    if (node_is(n, NODE_SCALAR) && n->style != STYLE_DOUBLE)
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s goes in double quotes", what), "like %s", like);
    else if (read_scalar(l, n, what))
        return n->text;
    return bytes_of("\n");
}

static void framing_delimiter(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    r->kinds++;
    r->framing.kind = FRAMING_DELIMITER;
    r->framing.delimiter = end_read(l, n, "a delimiter", "\"\\r\\n\\r\\n\"");
}

static void framing_ascii(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"int"};
    struct framing_read *r = into;
    size_t i;

    r->kinds++;
    r->framing.kind = FRAMING_ASCII;
    read_choice(l, n, "`ascii-length`", words, array_len(words), &i);
}

static void framing_until(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    (void)l;
    r->until = n;
}

static void framing_fixed(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;
    uint64_t size = 1;

    r->kinds++;
    r->framing.kind = FRAMING_FIXED;
    if (read_size(l, n, "`fixed`", FRAMING_BOUND, &size) && size == 0)
        diag_error(l->diags, n->mark, "a message of fixed size has at least one byte");
    r->framing.size = size ? size : 1;
}

static void framing_length(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"u8", "u16be", "u16le", "u32be", "u32le", "u64be", "u64le"};
    static const unsigned widths[] = {1, 2, 2, 4, 4, 8, 8};
    struct framing_read *r = into;
    size_t i;

    r->kinds++;
    r->framing.kind = FRAMING_LENGTH;
    r->framing.width = 8;
    if (!read_choice(l, n, "the length", words, array_len(words), &i))
        return;
    r->framing.width = widths[i];
    r->framing.little = i > 0 && i % 2 == 0;
}

static void framing_counts(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"body", "all"};
    struct framing_read *r = into;
    size_t i;

    r->counts = n;
    if (read_choice(l, n, "`counts`", words, 2, &i))
        r->framing.counts_all = i == 1;
}

static void framing_inner_max(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    (void)l;
    r->inner_max = n;
}

static const struct field framing_fields[] = {
    {"delimiter", framing_delimiter}, {"fixed", framing_fixed},   {"length", framing_length},
    {"counts", framing_counts},       {"max", framing_inner_max}, {"ascii-length", framing_ascii},
    {"until", framing_until},
};

#define KINDS "`delimiter:`, `fixed:`, `length:`, `ascii-length:`"

/* What stands between the digits of a length and the body. A digit there would be one of the length. */
static void until_read(struct loader *l, const struct node *n, struct framing_read *r)
{
    r->framing.delimiter = bytes_of("\n");
    if (!r->until) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "`ascii-length` needs `until:`"),
                  "what ends the number, like {ascii-length: int, until: \":\"}");
        return;
    }
    r->framing.delimiter = end_read(l, r->until, "what ends a number", "\":\"");
    if (r->framing.delimiter.data[0] >= '0' && r->framing.delimiter.data[0] <= '9')
        diag_error(l->diags, r->until->mark, "what ends a number cannot begin with a digit");
}

static void framing_map(struct loader *l, const struct node *n, struct framing_read *r)
{
    map_read(l, n, "`framing`", framing_fields, array_len(framing_fields), r);
    if (r->kinds == 0)
        diag_error(l->diags, n->mark, "`framing` needs one of " KINDS);
    if (r->kinds > 1)
        diag_error(l->diags, n->mark, "`framing` has one of " KINDS ", not several");
    if (r->kinds == 1 && r->framing.kind == FRAMING_ASCII)
        until_read(l, n, r);
    else if (r->kinds == 1 && r->until)
        diag_error(l->diags, r->until->key->mark,
                   "`until` ends the number of an `ascii-length:`, and there is none");
    if (r->counts && r->kinds == 1 && r->framing.kind != FRAMING_LENGTH)
        diag_error(l->diags, r->counts->key->mark,
                   "`counts` says what a `length:` counts, and there is none");
}

static void protocol_framing(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    if (node_is(n, NODE_MAP))
        framing_map(l, n, r);
    else
        framing_word(l, n, &r->framing);
}

static void protocol_max(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    (void)l;
    r->max = n;
}

static void protocol_messages(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    (void)l;
    r->messages = n;
}

static void protocol_header(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    (void)l;
    r->header = n;
}

static void protocol_rules(struct loader *l, const struct node *n, void *into)
{
    struct framing_read *r = into;

    (void)l;
    r->rules = n;
}

static const struct field protocol_fields[] = {{"framing", protocol_framing, true},
                                               {"max", protocol_max},
                                               {"messages", protocol_messages},
                                               {"rules", protocol_rules},
                                               {"header", protocol_header}};

/* The largest body that a length field of this width can announce. */
static uint64_t length_most(const struct framing *f)
{
    uint64_t most = f->width >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * f->width) - 1;

    return f->counts_all ? most - f->width : most;
}

static void protocol_bound(struct loader *l, struct framing_read *r)
{
    const struct node *n = r->max ? r->max : r->inner_max;
    struct framing *f = &r->framing;

    if (r->max && r->inner_max)
        diag_error(l->diags, r->max->key->mark, "`max` is given twice: here and in `framing`");
    if (!n || !read_size(l, n, "`max`", FRAMING_BOUND, &f->max))
        return;
    if (f->max == 0)
        diag_error(l->diags, n->mark, "`max` is at least 1");
    else if (f->kind == FRAMING_LENGTH && f->max > length_most(f))
        diag_error(l->diags, n->mark, "`max` is %llu, but the length field announces %llu at most",
                   (unsigned long long)f->max, (unsigned long long)length_most(f));
    else if (f->kind == FRAMING_FIXED || f->kind == FRAMING_NONE)
        diag_error(l->diags, n->key->mark, "`max` bounds messages of free length, and there are none");
}

const char *protocol_message(const struct protocol *p, size_t index)
{
    size_t own = p->messages.n;

    if (index < own)
        return p->messages.defs[index].name;
    if (p->framing.kind == FRAMING_HTTP && index - own <= HTTP_RESPONSE)
        return http_kind_name((enum http_kind)(index - own));
    return NULL;
}

static void protocol_read(struct loader *l, const struct node *n, const char *name)
{
    struct protocol *p = &l->spec->protocols[l->spec->n_protocols++];
    struct framing_read r = {0};

    map_read(l, n, "a protocol", protocol_fields, array_len(protocol_fields), &r);
    protocol_bound(l, &r);
    *p = (struct protocol){.name = name, .framing = r.framing, .messages.eval = &l->spec->eval};
    messages_read(l, r.messages, r.header, r.framing.kind == FRAMING_FIELDS, &p->messages);
    p->framing.messages = &p->messages;
    p->broken = r.messages && p->messages.n == 0;
    if (r.rules)
        p->rules = rules_read(l, r.rules, p);
    if (r.framing.kind == FRAMING_FIELDS && !r.messages)
        diag_note(l->diags,
                  diag_error(l->diags, n->mark,
                             "with `framing: fields` messages end where their fields do, and "
                             "there are no `messages:`"),
                  "define them, or choose a framing that needs none, like `line`");
}

void protocols_read(struct loader *l, const struct node *one, const struct node *many)
{
    struct spec *s = l->spec;
    const char *name;

    if (one && many)
        diag_note(l->diags,
                  diag_error(l->diags, many->key->mark, "`protocol` and `protocols` stand here together"),
                  "put the one among the others, with a name");
    s->protocols = arena_new(l->arena, (1 + (many ? many->n : 0)) * sizeof *s->protocols);
    if (one && !one->bad)
        protocol_read(l, one, "protocol");
    if (!many || many->bad)
        return;
    if (!node_is(many, NODE_MAP)) {
        diag_error(l->diags, many->mark, "`protocols` is a map of names");
        return;
    }
    for (size_t i = 0; i < many->n; i++)
        if (!many->items[i]->bad && read_name(l, many->items[i]->key, "a protocol", &name))
            protocol_read(l, many->items[i], name);
}
