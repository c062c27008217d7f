/*
 * template.c - ${…} in texts: a name, or a Lua expression. What a name stands for is settled here, once; an
 * expression carries what its own names stand for.
 */
#include "base/mem.h"
#include "spec/values.h"

#include <string.h>

#define NAMES_MAX 64u

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

static const char *place_word(enum transport t)
{
    return t == TRANSPORT_UNIX ? "path" : "port";
}

static bool unknown_name(const struct hole *h)
{
    struct diag *d = diag_error(h->l->diags, h->mark, "nothing here is called `%s`", h->name);
    const struct spec *s = h->l->spec;
    const char *known[NAMES_MAX], **names = NULL;
    size_t n = 0, cap = 0, n_known = names_list(h->scope->names, known, NAMES_MAX);

    for (size_t i = 0; i < n_known; i++)
        *array_push(names, n, cap) = known[i];
    for (size_t i = 0; h->scope->test && i < h->scope->test->n_columns; i++)
        *array_push(names, n, cap) = h->scope->test->columns[i];
    for (size_t i = 0; h->scope->self && i < h->scope->self->n_listens; i++)
        *array_push(names, n, cap) = place_word(h->scope->self->listens[i].transport);
    if (h->scope->seed)
        *array_push(names, n, cap) = "seed";
    for (size_t i = 0; i < 3 && spec_uses_tls(s); i++)
        *array_push(names, n, cap) = (const char *const[]){"ca", "cert", "key"}[i];
    for (size_t i = 0; i < s->n_peers; i++) {
        if (!peer_has_port(&s->peers[i]))
            continue;
        *array_push(names, n, cap) =
            arena_printf(h->l->arena, "%s.%s", s->peers[i].name, place_word(s->peers[i].transport));
        if (s->peers[i].transport != TRANSPORT_UNIX)
            *array_push(names, n, cap) = arena_printf(h->l->arena, "%s.host", s->peers[i].name);
        if (s->peers[i].domain)
            *array_push(names, n, cap) = arena_printf(h->l->arena, "%s.name", s->peers[i].name);
    }
    for (size_t i = 0; i < s->n_programs; i++) {
        if (s->programs[i].n_listens == 0)
            continue;
        *array_push(names, n, cap) = arena_printf(h->l->arena, "%s.%s", s->programs[i].name,
                                                  place_word(s->programs[i].listens[0].transport));
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

    if (p->listens[port->index].port_kind == PORT_TOLD) {
        diag_note(h->l->diags, diag_error(h->l->diags, h->mark, "only `%s` itself tells that port", p->name),
                  "capture it where a message says it, and use that name");
        return false;
    }
    if (!early || p->listens[port->index].port_kind != PORT_FOUND)
        return true;
    diag_note(h->l->diags,
              diag_error(h->l->diags, h->mark, "the port of `%s` is not known before it listens", p->name),
              "`port: found` is for programs that choose it themselves; one that is told its port has "
              "`port: given`");
    return false;
}

/* A Unix socket has a path, any other has a port. */
static bool has_what(const struct hole *h, const char *name, enum transport transport, bool path)
{
    if ((transport == TRANSPORT_UNIX) == path)
        return true;
    diag_note(h->l->diags,
              diag_error(h->l->diags, h->mark, "`%s` listens on %s, which has no %s", name,
                         path ? transport_name(transport) : "a Unix socket", path ? "path" : "port"),
              path ? "${port} is its port" : "${path} is its path");
    return false;
}

/* As whoever is told it sees it: from its own working directory. */
static struct bytes path_text(const struct hole *h, const char *path)
{
    const char *cwd = h->scope->self ? h->scope->self->cwd : NULL;

    for (; cwd; cwd = strchr(cwd, '/') ? strchr(cwd, '/') + 1 : NULL)
        path = arena_printf(h->l->arena, "../%s", path);
    return bytes_of(path);
}

static bool place_piece(const struct hole *h, const struct program *p, bool path, struct piece *out)
{
    const struct endpoint *e = &p->listens[out->index];

    if (!has_what(h, p->name, e->transport, path))
        return false;
    if (path)
        out->text = path_text(h, e->path);
    return path || is_known(h, p, out);
}

/* Where a program listens: its port, or the path of its socket. `endpoint` NULL: the only one. */
static bool place_of(const struct hole *h, size_t program, const char *endpoint, bool path, struct piece *out)
{
    const struct program *p = &h->l->spec->programs[program];

    *out = (struct piece){.kind = path ? PIECE_PATH : PIECE_PORT, .program = program};
    if (p->n_listens == 0) {
        diag_note(h->l->diags,
                  diag_error(h->l->diags, h->mark, "`%s` does not listen, so it has no %s", p->name,
                             path ? "path" : "port"),
                  path ? "add `listens: unix` to it" : "add `listens: tcp` or `listens: udp` to it");
        return false;
    }
    if (!endpoint && p->n_listens == 1)
        return place_piece(h, p, path, out);
    for (size_t i = 0; endpoint && i < p->n_listens; i++)
        if (p->listens[i].name && strcmp(p->listens[i].name, endpoint) == 0) {
            out->index = i;
            return place_piece(h, p, path, out);
        }
    return unknown_endpoint(h, p, endpoint);
}

/* "port", "path", "port.NAME", "path.NAME": 4 letters, and where a name begins; false: none of these. */
static bool names_place(const char *text, bool *path, const char **endpoint)
{
    *path = strncmp(text, "path", 4) == 0;
    *endpoint = NULL;
    if (!*path && strncmp(text, "port", 4) != 0)
        return false;
    if (text[4] == '.')
        *endpoint = text + 5;
    return text[4] == '.' || text[4] == 0;
}

/* ${PEER.port}, ${PEER.host}, ${PEER.name}, ${PEER.path} of a peer that listens. */
static bool peer_piece(const struct hole *h, const char *dot, struct piece *out)
{
    const struct spec *s = h->l->spec;
    size_t len = (size_t)(dot - h->name);

    for (size_t i = 0; i < s->n_peers; i++) {
        const struct peer *p = &s->peers[i];

        if (!peer_has_port(p) || strlen(p->name) != len || memcmp(p->name, h->name, len) != 0)
            continue;
        *out = (struct piece){.kind = PIECE_PEER_PORT, .program = i};
        if (strcmp(dot, ".host") == 0 && p->transport != TRANSPORT_UNIX)
            out->kind = PIECE_PEER_HOST;
        if (strcmp(dot, ".name") == 0 && p->domain)
            *out = (struct piece){.kind = PIECE_PEER_NAME, .program = i, .text = bytes_of(p->domain)};
        if (strcmp(dot, ".path") == 0 && p->transport == TRANSPORT_UNIX)
            *out = (struct piece){.kind = PIECE_PEER_PATH, .program = i, .text = path_text(h, p->path)};
        return out->kind != PIECE_PEER_PORT || (strcmp(dot, ".port") == 0 && p->transport != TRANSPORT_UNIX);
    }
    return false;
}

/* ${PEER.name} of one that has none. */
static bool nameless_peer(const struct hole *h, const char *dot)
{
    const struct spec *s = h->l->spec;
    size_t i = 0, len = (size_t)(dot - h->name);

    while (i < s->n_peers && (strlen(s->peers[i].name) != len || memcmp(s->peers[i].name, h->name, len) != 0))
        i++;
    if (i == s->n_peers || strcmp(dot, ".name") != 0)
        return false;
    diag_note(h->l->diags,
              diag_error(h->l->diags, h->mark, "`%s` has no name that could be looked up", s->peers[i].name),
              "`name: %s.test` beside its `listens: tcp` gives it one", s->peers[i].name);
    return true;
}

/* ${PROGRAM.port}, ${PROGRAM.port.NAME}, ${PROGRAM.path}, ${PROGRAM.host}; `dot` is the first dot. */
static bool dotted(const struct hole *h, const char *dot, struct piece *out)
{
    const char *endpoint;
    size_t program;
    bool path;

    if (peer_piece(h, dot, out))
        return true;
    if (nameless_peer(h, dot))
        return false;
    if (!find_program(h->l->spec, h->name, (size_t)(dot - h->name), &program))
        return unknown_name(h);
    if (names_place(dot + 1, &path, &endpoint))
        return place_of(h, program, endpoint, path, out);
    if (strcmp(dot, ".host") == 0) {
        *out = (struct piece){.kind = PIECE_HOST, .program = program};
        return true;
    }
    return unknown_name(h);
}

static const struct {
    const char *name, *path;
} secrets[] = {{"ca", SPEC_TLS_CA}, {"cert", SPEC_TLS_CERT}, {"key", SPEC_TLS_KEY}};

/* ${ca}, ${cert}, ${key}: the files that TLS needs. */
static bool secret_piece(const struct hole *h, struct piece *out)
{
    for (size_t i = 0; i < array_len(secrets); i++)
        if (strcmp(h->name, secrets[i].name) == 0) {
            *out = (struct piece){.kind = PIECE_TEXT, .text = path_text(h, secrets[i].path)};
            return true;
        }
    return false;
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

/* A name without dots. False: nothing is called so; nothing is reported of that. */
static bool plain_name(const struct hole *h, const char *name, struct piece *out)
{
    const struct piece *known = names_find(h->scope->names, bytes_of(name));
    struct hole self = *h;
    const char *endpoint;
    size_t column;
    bool path;

    self.name = name;
    if (known) {
        *out = *known;
        return true;
    }
    if (find_column(h->scope, name, &column)) {
        column_piece(&self, column, out);
        return true;
    }
    if (h->scope->self && names_place(name, &path, &endpoint) && !endpoint) {
        place_of(&self, (size_t)(h->scope->self - h->l->spec->programs), NULL, path, out);
        return true;
    }
    if (spec_uses_tls(h->l->spec) && secret_piece(&self, out))
        return true;
    *out = (struct piece){.kind = h->scope->got && strcmp(name, "got") == 0 ? PIECE_GOT : PIECE_SEED};
    return out->kind == PIECE_GOT || (h->scope->seed && strcmp(name, "seed") == 0);
}

/* In an expression a program or a peer that listens is a table of its host and port. */
static bool actor_name_piece(const struct hole *h, const char *name, struct piece *out)
{
    const struct spec *s = h->l->spec;
    size_t program;

    for (size_t i = 0; i < s->n_peers; i++)
        if (s->peers[i].kind == PEER_LISTENS && strcmp(s->peers[i].name, name) == 0) {
            *out = (struct piece){.kind = PIECE_PEER, .program = i};
            return true;
        }
    if (!find_program(s, name, strlen(name), &program))
        return false;
    *out = (struct piece){.kind = PIECE_PROGRAM, .program = program};
    return s->programs[program].n_listens > 0;
}

/* ---- expressions --------------------------------------------------------------------------------- */

static bool resolve_uses(struct loader *l, struct mark at, const struct scope *scope, struct expression *x)
{
    const char **names;
    size_t n =
        expr_free_names(l->spec->expr, x->text, x->is_block ? EXPR_BLOCK : EXPR_VALUE, l->arena, &names);
    bool fine = true;

    x->uses = arena_new(l->arena, (n + 1) * sizeof *x->uses);
    for (size_t i = 0; i < n; i++) {
        struct hole h = {l, scope, names[i], at};

        x->uses[x->n_uses].name = names[i];
        if (plain_name(&h, names[i], &x->uses[x->n_uses].piece) ||
            actor_name_piece(&h, names[i], &x->uses[x->n_uses].piece))
            x->n_uses++;
        else if (!expr_knows(l->spec->expr, names[i]))
            fine = unknown_name(&h);
    }
    return fine;
}

const struct expression *expression_read(struct loader *l, struct mark at, struct bytes text, bool is_block,
                                         const struct scope *scope)
{
    struct expression *x = arena_new(l->arena, sizeof *x);
    struct expr_error e;

    *x = (struct expression){.mark = at, .text = text, .is_block = is_block};
    if (!expr_compiles(l->spec->expr, text, is_block ? EXPR_BLOCK : EXPR_VALUE, &e)) {
        if (is_block && e.line > 1)
            at = (struct mark){at.file, at.line + e.line - 1, 1};
        diag_note(l->diags, diag_error(l->diags, at, "no Lua expression: %s", e.text),
                  "between ${ and } stands a name or a Lua expression; a dollar is written $$");
        return NULL;
    }
    return resolve_uses(l, at, scope, x) ? x : NULL;
}

/* "got.seq", "conn.a.b": a field of something that is known. */
static bool is_field_of_known(const struct hole *h, const char *dot)
{
    struct bytes head = {(const uint8_t *)h->name, (size_t)(dot - h->name)};

    return names_find(h->scope->names, head) || (h->scope->got && bytes_equal(head, bytes_of("got")));
}

static bool hole_read(const struct hole *h, struct piece *out)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.";
    size_t errors = h->l->diags->errors;
    const char *dot = strchr(h->name, '.'), *endpoint;
    bool path;
    bool is_name =
        h->name[0] && h->name[strspn(h->name, plain)] == 0 && strchr(plain, h->name[0]) < plain + 52;

    if (is_name && !dot && plain_name(h, h->name, out))
        return h->l->diags->errors == errors;
    if (is_name && h->scope->self && names_place(h->name, &path, &endpoint))
        return place_of(h, (size_t)(h->scope->self - h->l->spec->programs), endpoint, path, out);
    if (is_name && dot && !is_field_of_known(h, dot))
        return dotted(h, dot, out);
    if (is_name && !dot && !strchr(h->name, '-'))
        return unknown_name(h);
    *out = (struct piece){.kind = PIECE_EXPR};
    out->expr = expression_read(h->l, h->mark, bytes_of(h->name), false, h->scope);
    return out->expr != NULL;
}

/* ---- texts --------------------------------------------------------------------------------------- */

/* Past a text of Lua's, which may hold braces. */
static const uint8_t *skip_quoted(const uint8_t *at, const uint8_t *end)
{
    uint8_t quote = *at++;

    while (at < end && *at != quote)
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    return at;
}

/* The brace that ends the hole at the beginning of `rest`; NULL: there is none. */
static const uint8_t *hole_end(struct bytes rest)
{
    const uint8_t *end = rest.data + rest.len;
    size_t depth = 0;

    for (const uint8_t *at = rest.data + 2; at < end; at++) {
        if (*at == '\'' || *at == '"')
            at = skip_quoted(at, end);
        else if (*at == '{')
            depth++;
        else if (*at == '}' && depth-- == 0)
            return at;
    }
    return NULL;
}

/* Reads the hole that `rest` begins with; returns the bytes passed over, 0 when it is wrong. */
static size_t take_hole(struct loader *l, const struct node *n, struct bytes rest, const struct scope *scope,
                        struct pieces *p)
{
    const uint8_t *end = hole_end(rest);
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
