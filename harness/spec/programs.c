/* programs.c - `programs`: what the student wrote, and how it is started. */
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/values.h"

#include <string.h>

/* ---- names of actors ----------------------------------------------------------------------------- */

bool actor_name(struct loader *l, const struct node *key, const char *what, const char **out)
{
    static const char *const reserved[] = {"each",     "file", "pause",     "repeat", "let",       "check",
                                           "crowd",    "same", "at",        "it",     "milestone", "port",
                                           "path",     "seed", "unordered", "within", "after",     "split",
                                           "skipping", "as",   "when",      "hint"};
    const struct spec *s = l->spec;

    if (!read_name(l, key, what, out))
        return false;
    if (strchr("0123456789-", (*out)[0])) {
        diag_error(l->diags, key->mark, "a name begins with a letter: %s", quoted(l, key->text));
        return false;
    }
    for (size_t i = 0; i < array_len(reserved); i++)
        if (strcmp(*out, reserved[i]) == 0) {
            diag_error(l->diags, key->mark, "%s cannot be called `%s`: the language uses this word", what,
                       *out);
            return false;
        }
    for (size_t i = 0; i < s->n_programs; i++)
        if (s->programs[i].name && strcmp(*out, s->programs[i].name) == 0) {
            diag_note(l->diags, diag_error(l->diags, key->mark, "`%s` is already a program", *out),
                      "steps name programs and peers alike, so each name is used once");
            return false;
        }
    return true;
}

/* ---- programs ------------------------------------------------------------------------------------ */

static void program_run(struct loader *l, const struct node *n, void *into)
{
    struct program *p = into;

    if (read_words(l, n, "`run`", false, &p->run) && p->run.n == 0)
        diag_error(l->diags, n->mark, "`run` names no program");
}

static void listens_read(struct loader *l, const struct node *n, struct endpoint *e)
{
    if (!transport_read(l, n, "what a program listens on", &e->transport, &e->tls) &&
        node_is(n, NODE_SCALAR) && strncasecmp((const char *)n->text.data, "udp", 3) == 0)
        e->transport = TRANSPORT_UDP; /* misspelt */
}

static void program_listens(struct loader *l, const struct node *n, void *into)
{
    struct program *p = into;
    bool map = node_is(n, NODE_MAP);
    size_t count = map ? n->n : 1;

    if (map && count == 0)
        diag_error(l->diags, n->mark, "`listens` names no port");
    p->listens = arena_new(l->arena, count * sizeof *p->listens);
    for (size_t i = 0; i < count; i++) {
        struct endpoint e = {0};

        if (map && !read_name(l, n->items[i]->key, "a port", &e.name))
            continue;
        listens_read(l, map ? n->items[i] : n, &e); /* if in vain, steps are not blamed for it */
        e.port_kind = e.transport == TRANSPORT_UNIX ? PORT_NONE : PORT_GIVEN;
        p->listens[p->n_listens++] = e;
    }
}

static void program_stdin(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"closed", "open", "terminal"};
    static const enum stdin_kind kinds[] = {STDIN_CLOSED, STDIN_OPEN, STDIN_TERMINAL};
    struct program *p = into;
    size_t i;

    p->stdin_given = true;
    if (node_is(n, NODE_SCALAR) && n->style == STYLE_PLAIN) {
        if (read_choice(l, n, "`stdin`", words, array_len(words), &i))
            p->stdin_kind = kinds[i];
    } else {
        p->stdin_kind = STDIN_TEXT; /* its text may name programs, as `args` may */
    }
}

static void program_stdout(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"terminal", "pipe"};
    struct program *p = into;
    size_t i;

    if (read_choice(l, n, "`stdout`", words, array_len(words), &i))
        p->stdout_is_pipe = i == 1;
}

static void program_start(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"per-test", "per-case"};
    struct program *p = into;
    size_t i;

    if (read_choice(l, n, "`start`", words, array_len(words), &i))
        p->start_per_case = i == 1;
}

static void program_cwd(struct loader *l, const struct node *n, void *into)
{
    read_path(l, n, "`cwd`", &((struct program *)into)->cwd);
}

/* Read before or after all others: when all programs are known, for they may name one another. */
static void program_later(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field program_fields[] = {
    {"run", program_run, true}, {"args", program_later},      {"listens", program_listens},
    {"stdin", program_stdin},   {"stdout", program_stdout},   {"start", program_start},
    {"port", program_later},    {"like", program_later},      {"cwd", program_cwd},
    {"env", program_later},     {"path", program_later},      {"shares", program_later},
    {"prints", program_later},  {"trusted", program_trusted},
};

/* What a test may have otherwise. All else is the same in every test: ports, how it is made and run, whose it
 * is.
 */
static void not_in_test(struct loader *l, const struct node *n, void *into)
{
    (void)into;
    diag_note(
        l->diags,
        diag_error(l->diags, n->key->mark, "`%s` of a program is the same in every test", n->key->text.data),
        "declare another program under the spec's `programs`, one that is `like` this one: it starts only "
        "where a test uses it");
}

static const struct field change_fields[] = {
    {"args", program_later}, {"env", program_later},   {"stdin", program_stdin}, {"stdout", program_stdout},
    {"cwd", program_cwd},    {"run", not_in_test},     {"listens", not_in_test}, {"start", not_in_test},
    {"port", not_in_test},   {"like", not_in_test},    {"path", not_in_test},    {"shares", not_in_test},
    {"prints", not_in_test}, {"trusted", not_in_test},
};

/* ---- texts that name programs -------------------------------------------------------------------- */

static void program_args(struct loader *l, const struct node *n, const struct scope *scope, struct program *p)
{
    struct words words = {0};
    bool none = n && node_is(n, NODE_SCALAR) && n->text.len == 0;

    if (!n || (!none && !read_words(l, n, scope->what, true, &words)))
        return;
    p->args = arena_new(l->arena, words.n * sizeof *p->args);
    for (p->n_args = 0; p->n_args < words.n; p->n_args++)
        template_read(l, n, bytes_of(words.word[p->n_args]), scope, &p->args[p->n_args]);
}

static bool variable_name(struct loader *l, const struct node *key, const char **out)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    const char *text;

    if (!read_text(l, key, "the name of a variable", &text))
        return false;
    if (text[strspn(text, letters)] || (*text >= '0' && *text <= '9')) {
        diag_note(l->diags,
                  diag_error(l->diags, key->mark, "no variable can be called %s", quoted(l, key->text)),
                  "its name is made of letters, digits and _, and begins with no digit, like PORT");
        return false;
    }
    *out = text;
    return true;
}

static void program_env(struct loader *l, const struct node *n, const struct scope *scope, struct program *p)
{
    if (!n || n->bad)
        return;
    if (!node_is(n, NODE_MAP)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "`env` is a map of variables"),
                  "like env: {PORT: \"${port}\"}");
        return;
    }
    p->env = arena_new(l->arena, n->n * sizeof *p->env);
    p->n_env = 0;
    for (size_t i = 0; i < n->n; i++) {
        struct variable v = {0};
        const char *text = "";

        if (n->items[i]->bad || !variable_name(l, n->items[i]->key, &v.name))
            continue;
        if (n->items[i]->text.len && !read_text(l, n->items[i], "a variable", &text))
            continue;
        if (template_read(l, n->items[i], bytes_of(text), scope, &v.value))
            p->env[p->n_env++] = v;
    }
}

/* What p is told, by names of `scope`. */
static void program_texts(struct loader *l, const struct node *n, struct scope scope, struct program *p)
{
    size_t errors = l->diags->errors;

    scope.what = "`args`";
    scope.seed = p->start_per_case;
    scope.before_start = true;
    program_args(l, map_get(n, "args"), &scope, p);
    scope.what = "`env`";
    program_env(l, map_get(n, "env"), &scope, p);
    scope.what = "`stdin`";
    if (p->stdin_kind == STDIN_TEXT && map_get(n, "stdin"))
        content_template_read(l, map_get(n, "stdin"), &scope, &p->stdin_text);
    p->texts_bad = l->diags->errors > errors;
}

void program_changes(struct loader *l, const struct node *n, struct program *p)
{
    p->stdin_text = map_get(n, "stdin") ? (struct template){0} : p->stdin_text;
    map_read(l, n, "a program of a test", change_fields, array_len(change_fields), p);
}

/* One that starts in each case may be told what the case knows. */
void program_changes_tell(struct loader *l, const struct node *n, const struct program *self, struct test *t,
                          struct names *names, bool *used, struct program *p)
{
    struct scope scope = {.self = self};
    struct names known = *names;

    if (p->start_per_case) {
        scope.test = t;
        scope.names = &known;
        scope.used = used;
    }
    program_texts(l, n, scope, p);
    trusted_check(l, n, p);
}

const struct template *program_text(const struct program *p, size_t index)
{
    if (index < p->n_args)
        return &p->args[index];
    index -= p->n_args;
    if (index < p->n_env)
        return &p->env[index].value;
    return index == p->n_env ? &p->stdin_text : NULL;
}

/* ---- like ---------------------------------------------------------------------------------------- */

static const struct node *find_like(struct loader *l, const struct node *programs, const struct node *like)
{
    const char **names, *name;
    const struct node *found;

    if (!read_scalar(l, like, "`like`"))
        return NULL;
    name = (const char *)like->text.data;
    found = map_get(programs, name);
    if (found)
        return found;
    names = arena_new(l->arena, programs->n * sizeof *names);
    for (size_t i = 0; i < programs->n; i++)
        names[i] = (const char *)programs->items[i]->key->text.data;
    suggest(l, diag_error(l->diags, like->mark, "there is no program %s", quoted(l, like->text)), name, names,
            programs->n);
    return NULL;
}

/* The node of a program with the keys of those that it is like, where it has none of its own. */
static const struct node *with_likes(struct loader *l, const struct node *programs, const struct node *own)
{
    struct node *all = arena_copy(l->arena, own, sizeof *own);
    const struct node *from = own, *like;
    size_t depth = 0, most = own->n;

    if (own->kind != NODE_MAP || !map_get(own, "like"))
        return own;
    for (size_t i = 0; i < programs->n; i++)
        most += programs->items[i]->n;
    all->items = arena_new(l->arena, most * sizeof *all->items);
    memcpy(all->items, own->items, own->n * sizeof *all->items);
    while ((like = map_get(from, "like")) && (from = find_like(l, programs, like))) {
        if (from == own || depth++ > programs->n) {
            diag_note(l->diags,
                      diag_error(l->diags, like->mark, "%s is like itself", quoted(l, own->key->text)),
                      "one of them must say `run:` and be like no other");
            break;
        }
        for (size_t i = 0; from->kind == NODE_MAP && i < from->n; i++)
            if (!map_get(all, (const char *)from->items[i]->key->text.data))
                all->items[all->n++] = from->items[i];
    }
    return all;
}

/* ---- all ----------------------------------------------------------------------------------------- */

static void program_read(struct loader *l, const struct node *n, struct program *p)
{
    p->mark = n->key->mark;
    map_read(l, n, "a program", program_fields, array_len(program_fields), p);
    if (!map_get(n, "start"))
        p->start_per_case = p->n_listens == 0;
    if (p->n_listens || !map_get(n, "listens")) /* else that is what is wrong */
        program_ports(l, map_get(n, "port"), p);
    program_paths(l, map_get(n, "path"), p);
}

void programs_read(struct loader *l, const struct node *n)
{
    struct spec *s = l->spec;

    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->mark, "`programs` is a map of names"),
                      "like server: {run: ./server, args: \"${port}\", listens: tcp}");
        return;
    }
    if (n->n == 0)
        diag_error(l->diags, n->mark, "`programs` names no program");
    s->programs = arena_new(l->arena, n->n * sizeof *s->programs);
    for (size_t i = 0; i < n->n; i++) {
        struct program p = {.prints = SIZE_MAX};

        if (n->items[i]->bad || !actor_name(l, n->items[i]->key, "a program", &p.name))
            continue;
        program_read(l, with_likes(l, n, n->items[i]), &p);
        s->programs[s->n_programs++] = p;
    }
}

/* `prints: PROTOCOL`. n may be NULL. */
static void program_prints(struct loader *l, const struct node *n, struct program *p)
{
    const struct spec *s = l->spec;
    const char **names = mem_new((s->n_protocols + 1) * sizeof *names);

    for (size_t i = 0; i < s->n_protocols; i++)
        names[i] = s->protocols[i].name;
    if (n && s->n_protocols == 0)
        diag_error(l->diags, n->mark, "this spec declares no protocols");
    else if (n)
        read_choice(l, n, "the protocol of what is printed", names, s->n_protocols, &p->prints);
    mem_free(names);
    if (p->prints < s->n_protocols && s->protocols[p->prints].framing.kind == FRAMING_HTTP)
        diag_note(l->diags, diag_error(l->diags, n->mark, "nobody prints HTTP"),
                  "where its messages end depends on which side speaks, and on what it was asked");
}

void programs_read_args(struct loader *l, const struct node *n)
{
    for (size_t i = 0; i < l->spec->n_programs; i++) {
        struct program *p = &l->spec->programs[i];

        program_shares(l, map_get(n, p->name), p);
        program_prints(l, map_get(with_likes(l, n, map_get(n, p->name)), "prints"), p);
        program_texts(l, with_likes(l, n, map_get(n, p->name)), (struct scope){.self = p}, p);
        trusted_check(l, with_likes(l, n, map_get(n, p->name)), p);
    }
    ports_check(l);
}
