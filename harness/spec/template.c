/* template.c - ${…} in texts. Names only: an expression is refused, and never taken for text. */
#include "base/mem.h"
#include "spec/values.h"

#include <string.h>

struct pieces {
    struct piece *pieces;
    size_t n, cap;
    struct buf text; /* the literal before the next hole */
};

static void text_end(struct loader *l, struct pieces *p)
{
    if (p->text.len == 0)
        return;
    *array_push(p->pieces, p->n, p->cap) =
        (struct piece){.kind = PIECE_TEXT, .text = arena_bytes(l->arena, buf_view(&p->text))};
    p->text.len = 0;
}

static bool find_program(const struct spec *s, const char *name, size_t len, size_t *index)
{
    for (size_t i = 0; i < s->n_programs; i++)
        if (strlen(s->programs[i].name) == len && memcmp(s->programs[i].name, name, len) == 0) {
            *index = i;
            return true;
        }
    return false;
}

static bool find_column(const struct scope *scope, const char *name, size_t *index)
{
    for (size_t i = 0; scope->test && i < scope->test->n_columns; i++)
        if (strcmp(scope->test->columns[i], name) == 0) {
            *index = i;
            return true;
        }
    return false;
}

/* ---- names --------------------------------------------------------------------------------------- */

struct hole {
    struct loader *l;
    const struct scope *scope;
    const char *name; /* what stands between the braces */
    struct mark mark;
};

static bool unknown_name(const struct hole *h)
{
    struct diag *d = diag_error(h->l->diags, h->mark, "nothing here is called `%s`", h->name);
    const struct spec *s = h->l->spec;
    const char **names = NULL;
    size_t n = 0, cap = 0;

    for (size_t i = 0; h->scope->test && i < h->scope->test->n_columns; i++)
        *array_push(names, n, cap) = h->scope->test->columns[i];
    if (h->scope->self && h->scope->self->n_listens)
        *array_push(names, n, cap) = "port";
    if (h->scope->seed)
        *array_push(names, n, cap) = "seed";
    for (size_t i = 0; i < s->n_peers; i++) {
        if (s->peers[i].kind != PEER_LISTENS)
            continue;
        *array_push(names, n, cap) = arena_printf(h->l->arena, "%s.port", s->peers[i].name);
        *array_push(names, n, cap) = arena_printf(h->l->arena, "%s.host", s->peers[i].name);
    }
    for (size_t i = 0; i < s->n_programs; i++) {
        if (s->programs[i].n_listens == 0)
            continue;
        *array_push(names, n, cap) = arena_printf(h->l->arena, "%s.port", s->programs[i].name);
        *array_push(names, n, cap) = arena_printf(h->l->arena, "%s.host", s->programs[i].name);
    }
    if (n == 0)
        diag_note(h->l->diags, d, "%s knows no names; a dollar is written $$", h->scope->what);
    suggest(h->l, d, h->name, names, n);
    mem_free(names);
    return false;
}

static bool unknown_endpoint(const struct hole *h, const struct program *p, const char *endpoint)
{
    struct diag *d;

    if (endpoint)
        d = diag_error(h->l->diags, h->mark, "`%s` does not listen on `%s`", p->name, endpoint);
    else
        d = diag_error(h->l->diags, h->mark, "`%s` listens on more than one port", p->name);
    if (p->listens[0].name)
        diag_note(h->l->diags, d, "name it as `listens` does, like ${%s.port.%s}", p->name,
                  p->listens[0].name);
    else
        diag_note(h->l->diags, d, "it has one port, which has no name");
    return false;
}

/* A port that is found is no secret of the program's, but nobody knows it before it listens. */
static bool is_known(const struct hole *h, const struct program *p, const struct piece *port)
{
    bool early = h->scope->before_start && (p == h->scope->self || !h->scope->self);

    if (!early || p->listens[port->index].port_kind != PORT_FOUND)
        return true;
    diag_note(h->l->diags,
              diag_error(h->l->diags, h->mark, "the port of `%s` is not known before it listens", p->name),
              "`port: found` is for programs that choose it themselves; one that is told its port has "
              "`port: given`");
    return false;
}

/* `endpoint` NULL: the only one. */
static bool port_of(const struct hole *h, size_t program, const char *endpoint, struct piece *out)
{
    const struct program *p = &h->l->spec->programs[program];

    *out = (struct piece){.kind = PIECE_PORT, .program = program};
    if (p->n_listens == 0) {
        diag_note(h->l->diags,
                  diag_error(h->l->diags, h->mark, "`%s` does not listen, so it has no port", p->name),
                  "add `listens: tcp` or `listens: udp` to it");
        return false;
    }
    if (!endpoint && p->n_listens == 1)
        return is_known(h, p, out);
    for (size_t i = 0; endpoint && i < p->n_listens; i++)
        if (p->listens[i].name && strcmp(p->listens[i].name, endpoint) == 0) {
            out->index = i;
            return is_known(h, p, out);
        }
    return unknown_endpoint(h, p, endpoint);
}

/* ${PEER.port}, ${PEER.host} of a peer that listens. */
static bool peer_piece(const struct hole *h, const char *dot, struct piece *out)
{
    const struct spec *s = h->l->spec;
    size_t len = (size_t)(dot - h->name);

    for (size_t i = 0; i < s->n_peers; i++) {
        const struct peer *p = &s->peers[i];

        if (p->kind != PEER_LISTENS || strlen(p->name) != len || memcmp(p->name, h->name, len) != 0)
            continue;
        *out = (struct piece){.kind = PIECE_PEER_PORT, .program = i};
        if (strcmp(dot, ".host") == 0)
            out->kind = PIECE_PEER_HOST;
        return out->kind == PIECE_PEER_HOST || strcmp(dot, ".port") == 0;
    }
    return false;
}

/* ${PROGRAM.port}, ${PROGRAM.port.NAME}, ${PROGRAM.host}; `dot` is the first dot of the name. */
static bool dotted(const struct hole *h, const char *dot, struct piece *out)
{
    size_t program;

    if (h->scope->self && strncmp(h->name, "port.", 5) == 0)
        return port_of(h, (size_t)(h->scope->self - h->l->spec->programs), dot + 1, out);
    if (peer_piece(h, dot, out))
        return true;
    if (!find_program(h->l->spec, h->name, (size_t)(dot - h->name), &program))
        return unknown_name(h);
    if (strcmp(dot, ".port") == 0)
        return port_of(h, program, NULL, out);
    if (strncmp(dot, ".port.", 6) == 0)
        return port_of(h, program, dot + 6, out);
    if (strcmp(dot, ".host") == 0) {
        *out = (struct piece){.kind = PIECE_HOST, .program = program};
        return true;
    }
    return unknown_name(h);
}

static bool column_piece(const struct hole *h, size_t column, struct piece *out)
{
    const struct test *t = h->scope->test;

    h->scope->used[column] = true;
    *out = (struct piece){.kind = PIECE_CELL, .index = column};
    for (size_t row = 0; row < t->n_rows; row++) {
        const struct value *cell = &t->cells[row * t->n_columns + column];

        if (cell->kind == VALUE_NONE || value_is_message(cell))
            continue;
        diag_note(
            h->l->diags,
            diag_error(h->l->diags, h->mark, "`%s` has a cell that is no text: %s", h->name, cell->source),
            "such a cell is a whole value: \"${%s}\" must stand alone", h->name);
        return false;
    }
    return true;
}

static bool hole_read(const struct hole *h, struct piece *out)
{
    size_t column, len = strspn(h->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");
    const char *dot = strchr(h->name, '.');

    if (h->name[len] || len == 0) {
        diag_note(
            h->l->diags,
            diag_error(h->l->diags, h->mark, "%s: expressions are not supported yet",
                       quoted(h->l, bytes_of(arena_printf(h->l->arena, "${%s}", h->name)))),
            "${...} holds one name: a column, port, PROGRAM.port, PROGRAM.host or seed; $$ is a dollar");
        return false;
    }
    if (find_column(h->scope, h->name, &column))
        return column_piece(h, column, out);
    if (dot)
        return dotted(h, dot, out);
    if (h->scope->self && strcmp(h->name, "port") == 0)
        return port_of(h, (size_t)(h->scope->self - h->l->spec->programs), NULL, out);
    if (h->scope->round && strcmp(h->name, "i") == 0) {
        const char *text = arena_printf(h->l->arena, "%llu", (unsigned long long)h->scope->round);
        *out = (struct piece){.kind = PIECE_TEXT, .text = bytes_of(text)};
        return true;
    }
    if (h->scope->seed && strcmp(h->name, "seed") == 0) {
        *out = (struct piece){.kind = PIECE_SEED};
        return true;
    }
    return unknown_name(h);
}

/* ---- texts --------------------------------------------------------------------------------------- */

/* Reads the hole at `at`, which begins with "${"; returns the bytes passed over, 0 when it is wrong. */
static size_t take_hole(struct loader *l, const struct node *n, struct bytes rest, const struct scope *scope,
                        struct pieces *p)
{
    const uint8_t *end = memchr(rest.data, '}', rest.len);
    struct hole h = {.l = l, .scope = scope};
    struct bytes name;
    struct piece piece;

    if (!end) {
        diag_note(l->diags, diag_error(l->diags, node_mark(n, "${"), "`${` is never closed"),
                  "a dollar is written $$");
        return 0;
    }
    name = bytes_slice(rest, 2, (size_t)(end - rest.data) - 2);
    h.name = (const char *)arena_bytes(l->arena, name).data;
    h.mark = node_mark(n, arena_printf(l->arena, "${%s}", h.name));
    if (!hole_read(&h, &piece))
        return (size_t)(end - rest.data) + 1;
    text_end(l, p);
    *array_push(p->pieces, p->n, p->cap) = piece;
    return (size_t)(end - rest.data) + 1;
}

bool template_read(struct loader *l, const struct node *n, struct bytes text, const struct scope *scope,
                   struct template *out)
{
    struct pieces p = {0};
    size_t errors = l->diags->errors;

    for (size_t i = 0; i < text.len;) {
        struct bytes rest = bytes_slice(text, i, text.len);
        const uint8_t *dollar = memchr(rest.data, '$', rest.len);
        size_t plain = dollar ? (size_t)(dollar - rest.data) : rest.len, used;

        buf_append(&p.text, bytes_slice(rest, 0, plain));
        i += plain;
        if (!dollar)
            break;
        rest = bytes_slice(text, i, text.len);
        if (rest.len > 1 && rest.data[1] == '{') {
            used = take_hole(l, n, rest, scope, &p);
            if (used == 0)
                break;
            i += used;
        } else {
            buf_byte(&p.text, '$');
            i += rest.len > 1 && rest.data[1] == '$' ? 2 : 1;
        }
    }
    text_end(l, &p);
    *out = (struct template){arena_copy(l->arena, p.pieces, p.n * sizeof *p.pieces), p.n};
    mem_free(p.pieces);
    buf_deinit(&p.text);
    return l->diags->errors == errors;
}

bool is_column(const struct node *n, const struct scope *scope, size_t *column)
{
    struct bytes text = n->text;
    char name[100];

    if (!scope->test || text.len < 4 || text.len > sizeof name || memcmp(text.data, "${", 2) != 0 ||
        text.data[text.len - 1] != '}')
        return false;
    memcpy(name, text.data + 2, text.len - 3);
    name[text.len - 3] = 0;
    return find_column(scope, name, column);
}
