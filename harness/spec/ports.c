/* ports.c - `port` and `path`: where the port of a program comes from, and who can know it when. */
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/values.h"

#include <ctype.h>
#include <string.h>

/* ---- transports ---------------------------------------------------------------------------------- */

bool transport_is_stream(enum transport t)
{
    switch (t) {
    case TRANSPORT_TCP:
    case TRANSPORT_UNIX: return true;
    case TRANSPORT_UDP: break;
    }
    return false;
}

const char *transport_name(enum transport t)
{
    switch (t) {
    case TRANSPORT_TCP: return "TCP";
    case TRANSPORT_UDP: return "UDP";
    case TRANSPORT_UNIX: return "Unix";
    }
    return "?";
}

bool transport_read(struct loader *l, const struct node *n, const char *what, enum transport *out, bool *tls)
{
    static const char *const words[] = {"tcp", "udp", "unix", "tls"};
    static const enum transport transports[] = {TRANSPORT_TCP, TRANSPORT_UDP, TRANSPORT_UNIX, TRANSPORT_TCP};
    size_t i;

    if (!read_choice(l, n, what, words, array_len(words), &i))
        return false;
    *out = transports[i];
    *tls = i == 3;
    return true;
}

/* ---- port ---------------------------------------------------------------------------------------- */

bool endpoint_is_awaited(const struct endpoint *e)
{
    return e->port_kind != PORT_TOLD;
}

static bool endpoint_port(struct loader *l, const struct node *n, struct endpoint *e)
{
    static const char *const words[] = {"given", "found", "told"};
    static const enum port_kind kinds[] = {PORT_GIVEN, PORT_FOUND, PORT_TOLD};
    uint64_t port;

    if (e->port_kind == PORT_NONE) {
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "a Unix socket has no port"),
                  "it has a path: `path: some.sock` says which");
        return false;
    }
    for (size_t i = 0; i < array_len(words); i++)
        if (node_says(n, words[i])) {
            e->port_kind = kinds[i];
            return true;
        }
    if (node_is(n, NODE_SCALAR) && n->text.len && !strchr("0123456789", n->text.data[0])) {
        diag_note(
            l->diags, diag_error(l->diags, n->mark, "`port` cannot be %s", quoted(l, n->text)),
            "given (the grader chooses it), a number (it stands in the program's source), found, or told");
        return false;
    }
    if (!read_int(l, n, "`port`", 1, 65535, &port))
        return false;
    e->port_kind = PORT_FIXED;
    e->port = (uint16_t)port;
    return true;
}

static void named_ports(struct loader *l, const struct node *n, struct program *p)
{
    for (size_t i = 0; i < n->n; i++) {
        const struct node *item = n->items[i];
        const char *name = (const char *)item->key->text.data;
        size_t k = 0;

        while (k < p->n_listens && !(p->listens[k].name && strcmp(p->listens[k].name, name) == 0))
            k++;
        if (k < p->n_listens)
            endpoint_port(l, item, &p->listens[k]);
        else if (!item->bad)
            diag_note(
                l->diags,
                diag_error(l->diags, item->key->mark, "it does not listen on %s", quoted(l, item->key->text)),
                "name its ports as `listens` does");
    }
}

static bool same_port(const struct endpoint *a, const struct endpoint *b)
{
    return a->transport == b->transport && a->port_kind == b->port_kind && a->port == b->port &&
           (a->port_kind == PORT_FIXED || a->port_kind == PORT_FOUND);
}

/* Two of its ports that nobody could tell apart. */
static void check_twins(struct loader *l, const struct node *n, const struct program *p)
{
    for (size_t i = 0; i < p->n_listens; i++)
        for (size_t k = 0; k < i; k++)
            if (same_port(&p->listens[i], &p->listens[k])) {
                diag_note(l->diags,
                          diag_error(l->diags, n->mark, "`%s` and `%s` could not be told apart",
                                     p->listens[k].name, p->listens[i].name),
                          "of several ports of one kind at most one can be `found`, and each number is used "
                          "once");
                return;
            }
}

void program_ports(struct loader *l, const struct node *n, struct program *p)
{
    size_t errors = l->diags->errors;

    if (!n || n->bad)
        return;
    if (p->n_listens == 0) {
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "a program that does not listen has no port"),
                  "add `listens: tcp` or `listens: udp` to it");
        return;
    }
    if (node_is(n, NODE_MAP)) {
        named_ports(l, n, p);
    } else if (p->n_listens > 1 && node_is(n, NODE_SCALAR) && n->text.len && isdigit(n->text.data[0])) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "it listens on more than one port"),
                  "name them, like port: {%s: 8021, %s: 8020}", p->listens[0].name, p->listens[1].name);
    } else {
        for (size_t i = 0; i < p->n_listens; i++)
            endpoint_port(l, n, &p->listens[i]);
    }
    if (l->diags->errors == errors)
        check_twins(l, n, p);
}

/* ---- shares -------------------------------------------------------------------------------------- */

static struct program *find_program(struct loader *l, const struct node *n)
{
    const struct spec *s = l->spec;
    const char **names = arena_new(l->arena, (s->n_programs + 1) * sizeof *names);
    size_t i;

    for (i = 0; i < s->n_programs; i++)
        names[i] = s->programs[i].name;
    return read_choice(l, n, "whose port it `shares`", names, s->n_programs, &i) ? &s->programs[i] : NULL;
}

/* Of the program's own node: what it is like may have nobody to share with. */
void program_shares(struct loader *l, const struct node *n, struct program *p)
{
    const struct node *shares = n ? map_get(n, "shares") : NULL;
    const struct program *of = shares && !shares->bad ? find_program(l, shares) : NULL;
    bool single = of && of != p && of->n_listens == 1 && p->n_listens == 1 &&
                  of->listens[0].transport == p->listens[0].transport;

    if (!of)
        return;
    if (!single || of->listens[0].port_kind != PORT_GIVEN || p->listens[0].port_kind != PORT_GIVEN) {
        diag_note(l->diags,
                  diag_error(l->diags, shares->mark, "`%s` cannot share the port of `%s`", p->name, of->name),
                  "both listen on one port, of the same kind, which is given; and one of them shares");
        return;
    }
    p->listens[0].port_kind = PORT_SHARED;
    p->listens[0].shares = (size_t)(of - l->spec->programs);
}

/* ---- path ---------------------------------------------------------------------------------------- */

void program_paths(struct loader *l, const struct node *n, struct program *p)
{
    const char *path = NULL;
    size_t n_unix = 0;

    for (size_t i = 0; i < p->n_listens; i++)
        n_unix += p->listens[i].transport == TRANSPORT_UNIX;
    if (n && !n->bad && n_unix != 1)
        diag_note(l->diags,
                  diag_error(l->diags, n->key->mark, "`path` is for a program with one Unix socket"),
                  n_unix ? "without it each has a path of its own, by its name" : "like `listens: unix`");
    else if (n && !n->bad)
        read_path(l, n, "`path`", &path);
    for (size_t i = 0; i < p->n_listens; i++) {
        struct endpoint *e = &p->listens[i];

        if (e->transport == TRANSPORT_UNIX)
            e->path = path      ? path
                      : e->name ? arena_printf(l->arena, "%s.%s.sock", p->name, e->name)
                                : arena_printf(l->arena, "%s.sock", p->name);
    }
}

/* ---- who names whose port ------------------------------------------------------------------------ */

/* Is a port of `of` named in t? `kind` PORT_GIVEN: any, else only such ports count. */
static bool names_port(const struct spec *s, const struct template *t, size_t of, enum port_kind kind)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct piece *p = &t->pieces[i];

        if (p->kind == PIECE_PORT && p->program == of &&
            (kind == PORT_GIVEN || s->programs[of].listens[p->index].port_kind == kind))
            return true;
    }
    return false;
}

/* Does it have to know a port of `of` before it can start? */
static bool needs(const struct spec *s, size_t program, size_t of, enum port_kind kind)
{
    const struct template *t;

    for (size_t i = 0; (t = program_text(&s->programs[program], i)); i++)
        if (names_port(s, t, of, kind))
            return true;
    return false;
}

/* Does `from` need `to`, or one that does? `seen`: programs that were asked already. */
static bool leads_to(const struct spec *s, size_t from, size_t to, bool *seen)
{
    if (from == to)
        return true;
    seen[from] = true;
    for (size_t i = 0; i < s->n_programs; i++)
        if (!seen[i] && needs(s, from, i, PORT_GIVEN) && leads_to(s, i, to, seen))
            return true;
    return false;
}

/* `a` waits until `b` listens, and `b` cannot start without `a`. */
static void check_circle(struct loader *l, size_t a, size_t b)
{
    const struct spec *s = l->spec;
    bool *seen = arena_new(l->arena, s->n_programs * sizeof *seen);

    if (!needs(s, a, b, PORT_FOUND) || !leads_to(s, b, a, seen))
        return;
    diag_note(l->diags,
              diag_error(l->diags, s->programs[a].mark, "`%s` and `%s` each wait for the other's port",
                         s->programs[a].name, s->programs[b].name),
              "a port that is `found` is known once its program listens");
}

void ports_check(struct loader *l)
{
    for (size_t a = 0; a < l->spec->n_programs; a++)
        for (size_t b = 0; b < l->spec->n_programs; b++)
            if (a != b)
                check_circle(l, a, b);
}

/* ---- who is told its port ------------------------------------------------------------------------ */

static bool value_names(const struct value *v, size_t program, size_t endpoint)
{
    for (size_t i = 0; i < v->text.n; i++)
        if ((v->text.pieces[i].kind == PIECE_PORT || v->text.pieces[i].kind == PIECE_PATH) &&
            v->text.pieces[i].program == program && v->text.pieces[i].index == endpoint)
            return true;
    for (size_t i = 0; i < v->n; i++)
        if (value_names(&v->items[i], program, endpoint))
            return true;
    return false;
}

static bool text_names(const struct template *t, size_t program, size_t endpoint)
{
    struct value v = {.text = *t};

    return value_names(&v, program, endpoint);
}

static bool test_names(const struct test *t, size_t program, size_t endpoint)
{
    for (size_t i = 0; i < t->n_files; i++)
        if (text_names(&t->files[i].text, program, endpoint))
            return true;
    for (size_t i = 0; i < t->n_steps; i++)
        if (value_names(&t->steps[i].value, program, endpoint))
            return true;
    for (size_t i = 0; i < t->n_rows * t->n_columns; i++)
        if (value_names(&t->cells[i], program, endpoint))
            return true;
    return false;
}

static bool is_told(const struct spec *s, size_t program, size_t endpoint)
{
    const struct template *t;
    bool told = false;

    for (size_t i = 0; (t = program_text(&s->programs[program], i)); i++)
        told |= text_names(t, program, endpoint);
    for (size_t i = 0; i < s->n_files; i++)
        told |= text_names(&s->files[i].text, program, endpoint);
    for (size_t i = 0; i < s->n_tests; i++)
        told |= test_names(&s->tests[i], program, endpoint);
    return told;
}

void ports_told_check(struct loader *l)
{
    const struct spec *s = l->spec;

    for (size_t i = 0; i < s->n_programs; i++)
        for (size_t k = 0; k < s->programs[i].n_listens; k++) {
            const struct program *p = &s->programs[i];
            const char *name = p->listens[k].name;
            bool path = p->listens[k].port_kind == PORT_NONE;

            bool given = p->listens[k].port_kind == PORT_GIVEN || p->listens[k].port_kind == PORT_SHARED;

            if ((!given && !path) || p->texts_bad || is_told(s, i, k))
                continue;
            diag_note(l->diags,
                      diag_warning(l->diags, p->mark, "`%s` is never told the %s it listens on", p->name,
                                   path ? "path" : "port"),
                      "put ${%s%s%s} into its `args`%s", path ? "path" : "port", name ? "." : "",
                      name ? name : "", path ? "" : ", or say `port: 8080` or `port: found`");
        }
}
