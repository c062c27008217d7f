/*
 * fuzz_message.c - hostile definitions, and hostile bytes read by those that are right. One byte (the
 * padding), definitions by lines (`tNAME text` or `lNAME field: type; field: type`), an empty line, the
 * bytes.
 */
#include <string.h>

#include "fuzz.h"
#include "wire/message.h"

#define DEFS_MOST 6
#define FIELDS_MOST 12

struct fuzzing {
    struct arena a;
    struct message_set set;
    struct message_def defs[DEFS_MOST];
    bool exact; /* what is read can be written again and is the same then */
};

static bool value(void *ctx, const char *text, const struct datum *names, struct arena *a, struct datum *out,
                  const char **why)
{
    (void)ctx;
    (void)a;
    *why = "it is empty";
    *out = datum_int((int64_t)names->n & 1);
    return text[0] != 0;
}

static bool flip(void *ctx, const char *function, const struct datum *args, size_t n, struct bytes in,
                 bool encode, struct arena *a, struct bytes *out, const char **why)
{
    (void)ctx;
    (void)args;
    (void)n;
    (void)encode;
    *out = arena_bytes(a, in);
    *why = "it is called fail";
    for (size_t i = 0; i < in.len; i++)
        ((uint8_t *)out->data)[i] ^= 0x55;
    return strcmp(function, "fail") != 0;
}

static const struct message_eval eval = {.value = value, .transform = flip};

static void told(const struct message_problem *p, struct bytes text)
{
    require(p->message && p->offset <= text.len);
}

static bool add_text(struct fuzzing *f, struct message_def *def, struct bytes text)
{
    struct message_problem p = {0};

    def->forms = arena_new(&f->a, sizeof *def->forms);
    def->is_text = true;
    if (message_parse_text(&f->a, text, NULL, def->forms, &p)) {
        def->n_forms = 1;
        return true;
    }
    told(&p, text);
    return false;
}

static bool add_layout(struct fuzzing *f, struct message_def *def, struct bytes text)
{
    struct message_form *form = arena_new(&f->a, sizeof *form);

    def->forms = form;
    def->n_forms = 1;
    form->fields = arena_new(&f->a, FIELDS_MOST * sizeof *form->fields);
    while (text.len && form->n < FIELDS_MOST) {
        const uint8_t *end = bytes_find(text, bytes_of("; "));
        struct bytes one = end ? bytes_slice(text, 0, (size_t)(end - text.data)) : text;
        const uint8_t *colon = memchr(one.data, ':', one.len);
        size_t name = colon ? (size_t)(colon - one.data) : 0;
        struct bytes type = bytes_slice(one, name + 1, one.len);
        struct message_problem p = {0};

        if (!message_parse_field(&f->a, (const char *)arena_bytes(&f->a, bytes_slice(one, 0, name)).data,
                                 type, NULL, &form->fields[form->n], &p)) {
            told(&p, type);
            return false;
        }
        form->n++;
        text = bytes_slice(text, one.len + 2, text.len);
    }
    return true;
}

static bool add(struct fuzzing *f, struct bytes line, size_t pad)
{
    struct message_def *def = &f->defs[f->set.n];
    const uint8_t *blank = memchr(line.data, ' ', line.len);
    size_t name = blank ? (size_t)(blank - line.data) : line.len;
    struct bytes text = bytes_slice(line, name + 1, line.len);

    if (f->set.n == DEFS_MOST)
        return false;
    f->set.defs = f->defs;
    f->set.n++;
    def->name = (const char *)arena_bytes(&f->a, bytes_slice(line, 1, name ? name - 1 : 0)).data;
    def->pad = line.data[0] == 'l' ? pad : 0;
    return line.data[0] == 'l' ? add_layout(f, def, text) : add_text(f, def, text);
}

static void see(void *ctx, const struct message_problem *p)
{
    (void)ctx;
    require(p->message != NULL);
}

/* Of a field without a name the value is lost, and some numbers can be written in several ways. */
static bool is_exact(const struct message_set *set)
{
    for (size_t i = 0; i < set->n; i++)
        for (size_t k = 0; k < set->defs[i].forms[0].n; k++) {
            const struct message_field *f = &set->defs[i].forms[0].fields[k];

            if ((!f->name && f->kind != FIELD_LITERAL) || f->kind == FIELD_HEX || f->kind == FIELD_DECIMAL)
                return false;
            for (size_t b = 0; b < f->n_bits; b++)
                if (!f->bits[b].name)
                    return false;
        }
    return true;
}

static void write_again(struct fuzzing *f, const struct message_read *read)
{
    struct message_reading how = {.set = &f->set, .arena = &f->a, .explicit = &read->fields};
    struct buf wire = BUF_INIT;
    struct message_read again;
    const char *why;

    require(message_encode(&f->set, read->def, &read->fields, &f->a, &wire, &why));
    require(message_decode(&how, read->def, buf_view(&wire), &again) == DECODED);
    require(datum_equal(&again.fields, &read->fields));
    buf_deinit(&wire);
}

/* What comes in pieces is partial until all of it is there. */
static void cut(struct fuzzing *f, const struct message_def *def, struct bytes in)
{
    struct message_reading how = {.set = &f->set, .arena = &f->a, .stream = true};
    struct message_read read;

    for (size_t n = 0; n < in.len; n += 1 + in.len / 16)
        require(message_decode(&how, def, bytes_slice(in, 0, n), &read) == DECODE_PARTIAL);
    require(message_decode(&how, def, in, &read) == DECODED && read.used == in.len);
}

static void try(struct fuzzing *f, const struct message_def *def, struct bytes in, bool ends)
{
    struct message_reading how = {.set = &f->set, .arena = &f->a};
    struct message_read read;
    struct syntax syntax;
    size_t *edges, n, last = 0;
    enum decoded got = message_decode(&how, def, in, &read);

    require(got != DECODE_PARTIAL && read.reached <= in.len);
    require(got == DECODED ? read.used == in.len : read.syntax.kind != SYNTAX_NONE);
    require(read.syntax.offset <= in.len && read.syntax.begin <= read.syntax.offset);
    n = message_edges(&how, def, in, &edges);
    for (size_t i = 0; i < n; last = edges[i++])
        require(edges[i] > last && edges[i] < in.len);
    message_explain(&how, FROM_EITHER, def, NULL, in, &syntax);
    require((syntax.kind == SYNTAX_NONE) == (got == DECODED) && syntax.mistake.at <= in.len);
    if (got == DECODED && f->exact)
        write_again(f, &read);
    if (got == DECODED && ends)
        cut(f, def, in);
}

static void zero(struct fuzzing *f, const struct message_def *def)
{
    struct buf wire = BUF_INIT;
    const char *why = NULL;

    require(message_encode(&f->set, def, NULL, &f->a, &wire, &why) || why);
    buf_deinit(&wire);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes rest = bytes_slice((struct bytes){data, size}, 1, size);
    struct fuzzing f = {.set.eval = &eval};
    bool good = true, ends;

    while (good && rest.len && rest.data[0] != '\n') {
        const uint8_t *end = memchr(rest.data, '\n', rest.len);
        struct bytes line = bytes_slice(rest, 0, end ? (size_t)(end - rest.data) : rest.len);

        good = add(&f, line, data[0] % 9);
        rest = bytes_slice(rest, line.len + 1, rest.len);
    }
    rest = bytes_slice(rest, 1, 512);
    ends = size && data[0] & 0x80;
    if (good && message_set_link(&f.set, &f.a, ends, see, NULL)) {
        f.exact = is_exact(&f.set);
        for (size_t i = 0; i < f.set.n; i++) {
            try(&f, &f.defs[i], rest, ends);
            zero(&f, &f.defs[i]);
        }
    }
    message_set_deinit(&f.set);
    arena_deinit(&f.a);
    return 0;
}
