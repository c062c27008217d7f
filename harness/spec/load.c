/* load.c - a spec from its file: the top level, limits, and the order in which parts are read. */
#include "spec/load.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "spec/include.h"
#include "spec/parts.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* ---- limits -------------------------------------------------------------------------------------- */

static void limit_case_time(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`case-time`", 600 * NS_PER_S, &((struct limits *)into)->case_time);
}

static void limit_cpu(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`cpu`", 600 * NS_PER_S, &((struct limits *)into)->cpu);
}

static void limit_memory(struct loader *l, const struct node *n, void *into)
{
    read_size(l, n, "`memory`", UINT64_C(64) << 30, &((struct limits *)into)->memory);
}

static void limit_output(struct loader *l, const struct node *n, void *into)
{
    read_size(l, n, "`output`", UINT64_C(1) << 30, &((struct limits *)into)->output);
}

static void limit_disk(struct loader *l, const struct node *n, void *into)
{
    read_size(l, n, "`disk`", UINT64_C(64) << 30, &((struct limits *)into)->disk);
}

static void limit_processes(struct loader *l, const struct node *n, void *into)
{
    uint64_t value;

    if (read_int(l, n, "`processes`", 1, 10000, &value))
        ((struct limits *)into)->processes = (uint32_t)value;
}

static void limit_open_files(struct loader *l, const struct node *n, void *into)
{
    uint64_t value;

    if (read_int(l, n, "`open-files`", 8, 1000000, &value))
        ((struct limits *)into)->open_files = (uint32_t)value;
}

static void limit_total_time(struct loader *l, const struct node *n, void *into)
{
    read_duration(l, n, "`total-time`", 24 * 3600 * NS_PER_S, &((struct limits *)into)->total_time);
}

static const struct field limit_fields[] = {
    {"case-time", limit_case_time}, {"cpu", limit_cpu},
    {"memory", limit_memory},       {"processes", limit_processes},
    {"output", limit_output},       {"open-files", limit_open_files},
    {"disk", limit_disk},           {"total-time", limit_total_time},
};

/* On top of what a program may need: a JVM does not look for garbage before it has taken a 64th of the
 * machine's memory.
 */
static uint64_t machine_share(void)
{
    long pages = sysconf(_SC_PHYS_PAGES), size = sysconf(_SC_PAGESIZE);

    return pages > 0 && size > 0 ? (uint64_t)pages / 64 * (uint64_t)size : 0;
}

void limits_read(struct loader *l, const struct node *n)
{
    l->spec->limits = (struct limits){
        .case_time = 30 * NS_PER_S,
        .cpu = 30 * NS_PER_S,
        .memory = (UINT64_C(1) << 30) + machine_share(),
        .output = UINT64_C(1) << 20,
        .disk = UINT64_C(64) << 20,
        .processes = 512, /* threads count, where the kernel counts */
        .open_files = 256,
        .total_time = 8 * 60 * NS_PER_S,
    };
    if (n)
        map_read(l, n, "`limits`", limit_fields, array_len(limit_fields), &l->spec->limits);
}

#define EACH 2 /* descriptors, and processes or threads, that a server may need for one of a crowd */

/* Where a crowd comes, a program may need more than the defaults. */
static void limits_fit_crowds(struct loader *l, const struct node *n)
{
    const struct spec *s = l->spec;
    struct limits *limits = &l->spec->limits;
    uint32_t most = 0;

    for (size_t i = 0; i < s->n_tests; i++)
        for (size_t k = 0; k < s->tests[i].n_steps; k++)
            if (s->tests[i].steps[k].verb == VERB_CROWD && s->tests[i].n_peers > most)
                most = (uint32_t)s->tests[i].n_peers;
    if (!n || !map_get(n, "open-files"))
        limits->open_files += EACH * most;
    if (!n || !map_get(n, "processes"))
        limits->processes += EACH * most;
}

/* ---- the top level ------------------------------------------------------------------------------- */

static void top_version(struct loader *l, const struct node *n, void *into)
{
    (void)into;
    if (read_scalar(l, n, "the language's version") && !node_says(n, "1"))
        diag_note(
            l->diags,
            diag_error(l->diags, n->mark, "version %s of the language is not known", quoted(l, n->text)),
            "write `spec: 1`");
}

static void top_name(struct loader *l, const struct node *n, void *into)
{
    read_name(l, n, "a spec", &((struct spec *)into)->name);
}

static void top_title(struct loader *l, const struct node *n, void *into)
{
    read_text(l, n, "`title`", &((struct spec *)into)->title);
}

static void top_handout(struct loader *l, const struct node *n, void *into)
{
    read_text(l, n, "`handout`", &((struct spec *)into)->handout);
}

/* Parts that depend on one another are read in their own order, whatever the file's. */
static void top_part(struct loader *l, const struct node *n, void *into)
{
    (void)l, (void)n, (void)into;
}

static const struct field top_fields[] = {
    {"spec", top_version, true}, {"name", top_name, true},  {"title", top_title},
    {"handout", top_handout},    {"build", top_part},       {"programs", top_part, true},
    {"peers", top_part},         {"protocol", top_part},    {"protocols", top_part},
    {"files", top_part},         {"limits", top_part},      {"tests", top_part, true},
    {"include", top_part},       {"submission", top_part},  {"verbs", top_part},
    {"functions", top_part},     {"impairments", top_part}, {"groups", top_part},
    {"defaults", top_part},
};

/* `functions`, and what evaluates all expressions. */
static void functions_read(struct loader *l, const struct node *n)
{
    struct bytes text = n && node_is(n, NODE_SCALAR) ? n->text : bytes_of("");
    struct expr_error e;

    if (n && !n->bad && (!node_is(n, NODE_SCALAR) || n->style == STYLE_PLAIN))
        diag_note(l->diags, diag_error(l->diags, n->mark, "`functions` is a block of Lua"),
                  "like `functions: |`, and below it `function double(x) return 2 * x end`");
    l->spec->expr = expr_new(text, EXPR_LIMITS, &e);
    l->spec->eval = expr_message_eval(l->spec->expr);
    if (l->spec->expr)
        return;
    diag_error(l->diags, (struct mark){n->mark.file, n->mark.line + (e.line > 0 ? e.line : 0), 1},
               "no Lua: %s", e.text);
    l->spec->expr = expr_new(bytes_of(""), EXPR_LIMITS, &e);
    l->spec->eval = expr_message_eval(l->spec->expr);
}

static void top_read(struct loader *l, const struct node *root)
{
    const struct node *n;

    map_read(l, root, "a spec", top_fields, array_len(top_fields), l->spec);
    if (root->kind != NODE_MAP)
        return;
    functions_read(l, map_get(root, "functions"));
    build_read(l, map_get(root, "build"));
    limits_read(l, map_get(root, "limits"));
    files_read(l, map_get(root, "files"));
    l->spec->files = l->files;
    l->spec->n_files = l->n_files;
    if ((n = map_get(root, "programs")))
        programs_read(l, n);
    if ((n = map_get(root, "submission")))
        submission_read(l, n);
    protocols_read(l, map_get(root, "protocol"), map_get(root, "protocols"));
    if ((n = map_get(root, "impairments")))
        impairments_read(l, n);
    if ((n = map_get(root, "peers")))
        peers_read(l, n);
    programs_read_args(l, map_get(root, "programs"));
    peers_find_programs(l);
    files_fill(l, map_get(root, "files"));
    verbs_read(l, map_get(root, "verbs"));
    if ((n = map_get(root, "tests")))
        tests_read(l, n, map_get(root, "defaults"), map_get(root, "groups"));
    limits_fit_crowds(l, map_get(root, "limits"));
    spec_check(l);
}

static struct spec *spec_new(const char *path)
{
    struct spec *s = mem_new(sizeof *s);

    s->path = arena_text(&s->arena, path);
    return s;
}

struct spec *spec_load_bytes(const char *path, struct bytes text, struct diags *diags)
{
    struct spec *s = spec_new(path);
    struct loader l = {.spec = s, .diags = diags, .arena = &s->arena};
    size_t errors = diags->errors;
    const struct node *root;

    diags_source(diags, path, text);
    root = yaml_parse(&s->arena, s->path, arena_bytes(&s->arena, text), diags);
    if (root)
        root = include_all(&l, root);
    if (root)
        top_read(&l, root);
    if (diags->errors == errors)
        return s;
    spec_free(s);
    return NULL;
}

struct spec *spec_load(const char *path, struct diags *diags)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    int r = fd_read_file(AT_FDCWD, path, YAML_MAX, &text);

    if (r < 0) {
        diag_error(diags, (struct mark){path, 0, 0}, "cannot be read: %s", strerror(-r));
        return NULL;
    }
    return spec_load_bytes(path, buf_view(&text), diags);
}

/* ---- what others ask ----------------------------------------------------------------------------- */

void spec_free(struct spec *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n_regexes; i++)
        regex_free(s->regexes[i]);
    mem_free(s->regexes);
    for (size_t i = 0; i < s->n_protocols; i++)
        message_set_deinit(&s->protocols[i].messages);
    for (size_t i = 0; i < s->n_likes; i++)
        message_set_deinit(s->likes[i]);
    mem_free(s->likes);
    expr_free(s->expr);
    arena_deinit(&s->arena);
    mem_free(s);
}

double spec_points(const struct spec *s)
{
    double sum = s->build.points;

    for (size_t i = 0; i < s->n_tests; i++)
        if (!s->tests[i].extra_credit)
            sum += s->tests[i].points;
    return sum;
}
