/* submission.c - `submission` of a spec, and the submission's own sockgrade.yaml. */
#include "spec/submission.h"
#include "base/mem.h"
#include "spec/parts.h"

#include <string.h>

static const char *as_written(struct loader *l, const struct node *n)
{
    return (const char *)arena_bytes(l->arena, n->kind == NODE_SCALAR ? n->text : n->source).data;
}

struct manner manner_new(const struct spec *s, struct arena *arena)
{
    return (struct manner){.run = arena_new(arena, (s->n_programs + 1) * sizeof(struct words)),
                           .run_text = arena_new(arena, (s->n_programs + 1) * sizeof(const char *))};
}

/* `build: ""` says that nothing is to be built. */
static void build_of_manner(struct loader *l, const struct node *n, void *into)
{
    struct manner *m = into;

    if (n->kind == NODE_SCALAR && !n->tag && n->style != STYLE_PLAIN && n->text.len == 0)
        m->build = (struct words){arena_new(l->arena, sizeof *m->build.word), 0};
    else if (!read_words(l, n, "the build command", false, &m->build))
        return;
    m->says_build = true;
    m->build_text = as_written(l, n);
}

/* ---- how programs are run ------------------------------------------------------------------------ */

struct running {
    struct manner *manner;
    size_t program;
};

static void run_of(struct loader *l, const struct node *n, void *into)
{
    const struct running *r = into;
    struct words words = {0};

    if (!read_words(l, n, "`run`", false, &words))
        return;
    if (words.n == 0)
        diag_error(l->diags, n->mark, "`run` names no program");
    r->manner->run[r->program] = words;
    r->manner->run_text[r->program] = as_written(l, n);
}

static bool is_theirs(struct loader *l, const struct node *key, const struct program *p)
{
    if (p->owner)
        diag_error(l->diags, key->mark, "`%s` is the assignment's own program, and no submission's", p->name);
    return p->owner == 0;
}

/* Its index, or n_programs after a diagnostic. */
static size_t program_of(struct loader *l, const struct node *key)
{
    const struct spec *s = l->spec;
    const char **names = arena_new(l->arena, (s->n_programs + 1) * sizeof *names);
    const char *name = (const char *)key->text.data;
    struct diag *d;

    for (size_t i = 0; i < s->n_programs; i++) {
        names[i] = s->programs[i].name;
        if (strcmp(name, names[i]) == 0)
            return is_theirs(l, key, &s->programs[i]) ? i : s->n_programs;
    }
    d = diag_error(l->diags, key->mark, "the assignment has no program %s", quoted(l, key->text));
    suggest(l, d, name, names, s->n_programs);
    return s->n_programs;
}

static void not_theirs(struct loader *l, const struct node *n, void *into)
{
    (void)into;
    diag_note(l->diags,
              diag_error(l->diags, n->key->mark, "%s is the assignment's to decide", quoted(l, n->key->text)),
              "a submission says how its programs are run; what they are told follows `run`");
}

static bool same_words(const struct words *a, const struct words *b)
{
    bool same = a->n == b->n;

    for (size_t i = 0; i < a->n && same; i++)
        same = strcmp(a->word[i], b->word[i]) == 0;
    return same;
}

/* Programs that the spec runs alike (`like`, say) are one: what is said of one holds for all that nothing is
 * said of. */
static void spread(const struct spec *s, struct manner *m)
{
    for (size_t i = 0; i < s->n_programs; i++)
        for (size_t j = 0; j < s->n_programs && !m->run[i].n; j++)
            if (m->run[j].n && same_words(&s->programs[i].run, &s->programs[j].run)) {
                m->run[i] = m->run[j];
                m->run_text[i] = m->run_text[j];
            }
}

static const struct field theirs[] = {
    {"run", run_of, true}, {"args", not_theirs},  {"listens", not_theirs},
    {"port", not_theirs},  {"stdin", not_theirs}, {"stdout", not_theirs},
    {"start", not_theirs}, {"env", not_theirs},   {"cwd", not_theirs},
};

static void programs_of(struct loader *l, const struct node *n, void *into)
{
    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->mark, "`programs` is a map of names"),
                      "like server: {run: java Server}");
        return;
    }
    for (size_t i = 0; i < n->n; i++) {
        struct running r = {into, n->items[i]->bad ? l->spec->n_programs : program_of(l, n->items[i]->key)};

        if (r.program < l->spec->n_programs)
            map_read(l, n->items[i], "a program here", theirs, array_len(theirs), &r);
    }
}

static const struct field file_fields[] = {{"build", build_of_manner}, {"programs", programs_of}};

bool manner_load(const struct spec *s, struct bytes text, struct arena *arena, struct diags *diags,
                 struct manner *out)
{
    struct loader l = {
        .spec = (struct spec *)s, .diags = diags, .arena = arena}; /* which its readers leave as it is */
    size_t errors = diags->errors;
    const struct node *root;

    *out = manner_new(s, arena);
    diags_source(diags, SUBMISSION_FILE, text);
    root = yaml_parse(arena, SUBMISSION_FILE, arena_bytes(arena, text), diags);
    if (root)
        map_read(&l, root, SUBMISSION_FILE, file_fields, array_len(file_fields), out);
    spread(s, out);
    return diags->errors == errors;
}

/* ---- the command line ---------------------------------------------------------------------------- */

static struct node text_node(struct arena *arena, const char *option, const char *text)
{
    struct bytes b = arena_bytes(arena, bytes_of(text));

    return (struct node){
        .kind = NODE_SCALAR, .style = STYLE_DOUBLE, .mark = {option, 0, 0}, .text = b, .source = b};
}

bool manner_build(const char *command, struct arena *arena, struct diags *diags, struct manner *out)
{
    struct node n = text_node(arena, "--build", command);
    struct loader l = {.diags = diags, .arena = arena};
    size_t errors = diags->errors;

    build_of_manner(&l, &n, out);
    return diags->errors == errors;
}

bool manner_run(const struct spec *s, const char *text, struct arena *arena, struct diags *diags,
                struct manner *out)
{
    const char *equals = strchr(text, '=');
    struct node name =
        text_node(arena, "--run", equals ? arena_printf(arena, "%.*s", (int)(equals - text), text) : text);
    struct node command = text_node(arena, "--run", equals ? equals + 1 : "");
    struct loader l = {.spec = (struct spec *)s, .diags = diags, .arena = arena};
    struct running r = {out, 0};
    size_t errors = diags->errors;

    if (!equals) {
        diag_error(diags, name.mark, "--run takes NAME=COMMAND, like --run server='java Server'");
        return false;
    }
    r.program = program_of(&l, &name);
    if (r.program < s->n_programs)
        run_of(&l, &command, &r);
    spread(s, out);
    return diags->errors == errors;
}

/* ---- `submission` -------------------------------------------------------------------------------- */

static void language_when(struct loader *l, const struct node *n, void *into)
{
    struct language *lang = into;
    struct node *self = (struct node *)n;
    struct nodes files = nodes_of(&self);
    const char **paths = arena_new(l->arena, (files.n + 1) * sizeof *paths);
    size_t fine = 0;

    if (files.n == 0)
        diag_error(l->diags, n->mark, "`when` names no file");
    for (size_t i = 0; i < files.n; i++)
        fine += read_path(l, files.item[i], "a file of `when`", &paths[fine]);
    lang->when = (struct words){paths, fine};
}

static void language_build(struct loader *l, const struct node *n, void *into)
{
    build_of_manner(l, n, &((struct language *)into)->manner);
}

/* Of the only program, or a map of several. */
static void language_run(struct loader *l, const struct node *n, void *into)
{
    struct running r = {&((struct language *)into)->manner, 0};
    const struct spec *s = l->spec;

    if (!node_is(n, NODE_MAP)) {
        if (s->n_programs == 1)
            run_of(l, n, &r);
        else if (s->n_programs > 1)
            diag_note(
                l->diags,
                diag_error(l->diags, n->mark, "there are several programs: `run` is a map of their names"),
                "like {%s: java Server}", s->programs[0].name);
        return;
    }
    for (size_t i = 0; i < n->n; i++) {
        r.program = n->items[i]->bad ? s->n_programs : program_of(l, n->items[i]->key);
        if (r.program < s->n_programs)
            run_of(l, n->items[i], &r);
    }
}

static const struct field language_fields[] = {
    {"when", language_when, true}, {"build", language_build}, {"run", language_run, true}};

static void languages_of(struct loader *l, const struct node *n, void *into)
{
    struct submission *s = into;

    if (!node_is(n, NODE_MAP)) {
        if (!n->bad)
            diag_note(l->diags, diag_error(l->diags, n->mark, "`languages` is a map of names"),
                      "like java: {when: Server.java, build: \"javac Server.java\", run: \"java Server\"}");
        return;
    }
    s->languages = arena_new(l->arena, (n->n + 1) * sizeof *s->languages);
    for (size_t i = 0; i < n->n; i++) {
        struct language lang = {.mark = n->items[i]->key->mark, .manner = manner_new(l->spec, l->arena)};

        lang.manner.says_build = true; /* none, unless it says otherwise */
        if (n->items[i]->bad || !read_name(l, n->items[i]->key, "a language", &lang.name))
            continue;
        map_read(l, n->items[i], "a language", language_fields, array_len(language_fields), &lang);
        spread(l->spec, &lang.manner);
        s->languages[s->n_languages++] = lang;
    }
}

static const struct field submission_fields[] = {{"languages", languages_of, true}};

void submission_read(struct loader *l, const struct node *n)
{
    struct submission *s = &l->spec->submission;

    s->mark = n->mark;
    if (node_is(n, NODE_SCALAR) && node_says(n, "fixed"))
        s->fixed = true;
    else if (node_is(n, NODE_MAP))
        map_read(l, n, "`submission`", submission_fields, array_len(submission_fields), s);
    else if (!n->bad)
        diag_note(
            l->diags,
            diag_error(l->diags, n->mark, "`submission` cannot be %s",
                       node_is(n, NODE_SCALAR) ? quoted(l, n->text) : node_shape(n)),
            "write `fixed`, or {languages: {java: {when: Server.java, build: \"javac Server.java\", run: "
            "\"java Server\"}}}");
}
