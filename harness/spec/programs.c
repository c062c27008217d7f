/* programs.c - `build` and `programs`: what the student wrote, and how it is started. */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/values.h"

#include <string.h>

/* ---- build --------------------------------------------------------------------------------------- */

#define BUILD_TIME (120 * NS_PER_S)
#define POINTS_MAX 1e6

static void build_command(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;

    if (read_words(l, n, "the build command", false, &b->command))
        b->text = (const char *)arena_bytes(l->arena, n->kind == NODE_SCALAR ? n->text : n->source).data;
}

static void build_makes(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;
    struct node *self = (struct node *)n;
    struct nodes files = nodes_of(&self);
    const char **paths = arena_new(l->arena, (files.n + 1) * sizeof *paths);
    size_t fine = 0;

    for (size_t i = 0; i < files.n; i++)
        fine += read_path(l, files.item[i], "a file that the build makes", &paths[fine]);
    b->makes = (struct words){paths, fine};
}

static void build_time(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;

    read_duration(l, n, "`time`", 3600 * NS_PER_S, &b->time);
}

static void build_points(struct loader *l, const struct node *n, void *into)
{
    struct build *b = into;

    read_number(l, n, "`points`", POINTS_MAX, &b->points);
}

static const struct field build_fields[] = {
    {"command", build_command, true}, {"makes", build_makes}, {"time", build_time}, {"points", build_points}};

void build_read(struct loader *l, const struct node *n)
{
    struct build *b = &l->spec->build;

    b->time = BUILD_TIME;
    if (!n)
        return;
    b->mark = n->mark;
    if (n->kind == NODE_MAP)
        map_read(l, n, "`build`", build_fields, array_len(build_fields), b);
    else
        build_command(l, n, b);
}

/* ---- names of actors ----------------------------------------------------------------------------- */

bool actor_name(struct loader *l, const struct node *key, const char *what, const char **out)
{
    static const char *const reserved[] = {"each",  "file",      "pause",  "repeat", "let",       "check",
                                           "crowd", "same",      "at",     "it",     "milestone", "port",
                                           "seed",  "unordered", "within", "after",  "split",     "skipping",
                                           "as",    "when",      "hint"};
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

static const char *const later_listens[] = {"unix", "tls"};
static const char *const transports[] = {"tcp", "udp"};

static void program_run(struct loader *l, const struct node *n, void *into)
{
    struct program *p = into;

    if (read_words(l, n, "`run`", false, &p->run) && p->run.n == 0)
        diag_error(l->diags, n->mark, "`run` names no program");
}

static void transport_read(struct loader *l, const struct node *n, enum transport *out)
{
    size_t i;

    for (i = 0; i < array_len(later_listens); i++)
        if (node_says(n, later_listens[i])) {
            report_later(l, n->mark, quoted(l, n->text));
            return;
        }
    if (read_choice(l, n, "what a program listens on", transports, 2, &i))
        *out = i == 1 ? TRANSPORT_UDP : TRANSPORT_TCP;
    else if (node_is(n, NODE_SCALAR) && strncasecmp((const char *)n->text.data, "udp", 3) == 0)
        *out = TRANSPORT_UDP; /* misspelt */
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
        transport_read(l, map ? n->items[i] : n, &e.transport); /* if in vain, steps are not blamed for it */
        p->listens[p->n_listens++] = e;
    }
}

static void program_port(struct loader *l, const struct node *n, void *into)
{
    (void)into;
    if (node_says(n, "given"))
        return;
    report_later(l, n->mark, node_says(n, "found") ? "`port: found`" : "a fixed port");
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
    } else if (content_read(l, n, "`stdin`", &p->stdin_text)) {
        p->stdin_kind = STDIN_TEXT;
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

/* Read when all programs are known: they may name one another. */
static void program_args_later(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field program_fields[] = {
    {"run", program_run, true},
    {"args", program_args_later},
    {"listens", program_listens},
    {"stdin", program_stdin},
    {"stdout", program_stdout},
    {"start", program_start},
    {"port", program_port},
    {"like", NULL},
    {"cwd", NULL},
    {"env", NULL},
    {"prints", NULL},
    {"trusted", NULL},
};

static bool args_name_port(const struct program *p, size_t self, size_t endpoint)
{
    for (size_t i = 0; i < p->n_args; i++)
        for (size_t j = 0; j < p->args[i].n; j++) {
            const struct piece *piece = &p->args[i].pieces[j];

            if (piece->kind == PIECE_PORT && piece->program == self && piece->index == endpoint)
                return true;
        }
    return false;
}

static void warn_of_ports(struct loader *l, const struct program *p)
{
    for (size_t i = 0; i < p->n_listens; i++) {
        const char *name = p->listens[i].name;

        if (args_name_port(p, (size_t)(p - l->spec->programs), i))
            continue;
        diag_note(l->diags,
                  diag_warning(l->diags, p->mark, "`%s` is never told the port it listens on", p->name),
                  "put ${port%s%s} into its `args`", name ? "." : "", name ? name : "");
    }
}

static void program_args(struct loader *l, const struct node *n, struct program *p)
{
    struct scope scope = {.what = "`args`", .self = p, .seed = p->start_per_case};
    size_t errors = l->diags->errors;
    struct words words = {0};

    if (n && !node_is_empty(n) && !read_words(l, n, "`args`", true, &words))
        return;
    p->args = arena_new(l->arena, words.n * sizeof *p->args);
    for (p->n_args = 0; p->n_args < words.n; p->n_args++)
        template_read(l, n, bytes_of(words.word[p->n_args]), &scope, &p->args[p->n_args]);
    if (l->diags->errors == errors)
        warn_of_ports(l, p);
}

static void program_read(struct loader *l, const struct node *n, struct program *p)
{
    p->mark = n->key->mark;
    map_read(l, n, "a program", program_fields, array_len(program_fields), p);
    if (!map_get(n, "start"))
        p->start_per_case = p->n_listens == 0;
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
        struct program p = {0};

        if (n->items[i]->bad || !actor_name(l, n->items[i]->key, "a program", &p.name))
            continue;
        program_read(l, n->items[i], &p);
        s->programs[s->n_programs++] = p;
    }
}

void programs_read_args(struct loader *l, const struct node *n)
{
    for (size_t i = 0; i < l->spec->n_programs; i++)
        program_args(l, map_get(map_get(n, l->spec->programs[i].name), "args"), &l->spec->programs[i]);
}
