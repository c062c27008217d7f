/*
 * include.c - `include`: a spec in several files, made one tree before anything is read.
 *
 * What an included file holds is as if it stood in the spec itself: lists go on, maps are joined, and nothing
 * may be said twice. Every node knows its file, so the readers need to know nothing of all this.
 */
#include "spec/include.h"
#include "base/fd.h"
#include "base/mem.h"
#include "spec/keys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEPTH_MAX 8u
#define FILES_MAX 64u

struct source {
    const char *path;
    const struct source *within; /* which file includes it; NULL: none, it is the spec */
    size_t depth;
};

struct gather {
    struct loader *l;
    struct source files[FILES_MAX];
    size_t n_files;
    struct node **items; /* the top-level keys of all files, in their order */
    size_t n, cap;
    bool failed;
};

static void gather_file(struct gather *g, const struct node *root, const struct source *self);

/* ---- one file ------------------------------------------------------------------------------------ */

static void fail(struct gather *g, struct diag *d, const char *cure)
{
    if (cure)
        diag_note(g->l->diags, d, "%s", cure);
    g->failed = true;
}

/* Whether `path` is read already. Reports it. */
static bool is_taken(struct gather *g, const struct node *n, const char *path, const struct source *within)
{
    struct loader *l = g->l;

    for (const struct source *s = within; s; s = s->within)
        if (strcmp(s->path, path) == 0) {
            fail(g, diag_error(l->diags, n->mark, "%s would include itself", quoted(l, bytes_of(path))),
                 "remove this: the files that a spec includes do not include the spec");
            return true;
        }
    for (size_t i = 0; i < g->n_files; i++)
        if (strcmp(g->files[i].path, path) == 0) {
            fail(g, diag_error(l->diags, n->mark, "%s is included already", quoted(l, bytes_of(path))),
                 "once is enough: all files of a spec see what the others hold");
            return true;
        }
    return false;
}

/* 0, or what is wrong. A device or a pipe might never end. */
static int read_regular(const char *path, struct buf *out)
{
    _cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat st;

    if (fd < 0 || fstat(fd, &st) < 0)
        return -errno;
    return S_ISREG(st.st_mode) ? fd_read_file(AT_FDCWD, path, YAML_MAX, out) : -EINVAL;
}

static void report_unreadable(struct gather *g, const struct node *n, const char *path, int code)
{
    struct loader *l = g->l;

    if (code == -ENOENT)
        fail(g, diag_error(l->diags, n->mark, "there is no file %s", quoted(l, bytes_of(path))),
             "is its name right, seen from this file's folder? If it is kept from students, say so: "
             "`include: [{file: hidden.yaml, optional: true}]`");
    else if (code == -EINVAL)
        fail(g, diag_error(l->diags, n->mark, "%s is no regular file", quoted(l, bytes_of(path))), NULL);
    else
        fail(g,
             diag_error(l->diags, n->mark, "cannot read %s: %s", quoted(l, bytes_of(path)), strerror(-code)),
             NULL);
}

static void note_absent(struct gather *g, const char *path)
{
    struct spec *s = g->l->spec;

    if (!s->absent.word)
        s->absent.word = arena_new(g->l->arena, (FILES_MAX + 1) * sizeof *s->absent.word);
    s->absent.word[s->absent.n++] = path;
}

static void include_file(struct gather *g, const struct node *n, const char *name, bool optional,
                         const struct source *within)
{
    struct loader *l = g->l;
    const char *path = path_beside(l->arena, within->path, name);
    _cleanup_buf_ struct buf text = BUF_INIT;
    const struct node *root;
    struct source *self;
    int r;

    if (is_taken(g, n, path, within))
        return;
    if (g->n_files + l->spec->absent.n >= FILES_MAX || within->depth == DEPTH_MAX) {
        fail(g, diag_error(l->diags, n->mark, "too many files"),
             "a spec includes at most 63 files, and they one another at most 8 deep");
        return;
    }
    r = read_regular(path, &text);
    if (r == -ENOENT && optional) {
        note_absent(g, path);
        return;
    }
    if (r < 0) {
        report_unreadable(g, n, path, r);
        return;
    }
    self = &g->files[g->n_files++];
    *self = (struct source){path, within, within->depth + 1};
    diags_source(l->diags, path, buf_view(&text));
    root = yaml_parse(l->arena, path, arena_bytes(l->arena, buf_view(&text)), l->diags);
    if (root)
        gather_file(g, root, self);
    else
        g->failed = true;
}

/* ---- the key `include` --------------------------------------------------------------------------- */

struct entry {
    const char *file;
    bool optional;
};

static void entry_file(struct loader *l, const struct node *n, void *into)
{
    read_path(l, n, "the name of an included file", &((struct entry *)into)->file);
}

static void entry_optional(struct loader *l, const struct node *n, void *into)
{
    read_bool(l, n, "`optional`", &((struct entry *)into)->optional);
}

static const struct field entry_fields[] = {{"file", entry_file, true}, {"optional", entry_optional}};

static void include_read(struct gather *g, const struct node *n, const struct source *within)
{
    struct node *self = (struct node *)n;
    struct nodes entries = nodes_of(&self);

    for (size_t i = 0; i < entries.n; i++) {
        const struct node *item = entries.item[i];
        size_t errors = g->l->diags->errors;
        struct entry e = {0};

        if (node_is(item, NODE_MAP))
            map_read(g->l, item, "an entry of `include`", entry_fields, array_len(entry_fields), &e);
        else
            entry_file(g->l, item, &e);
        if (e.file && g->l->diags->errors == errors)
            include_file(g, item, e.file, e.optional, within);
        else
            g->failed = true;
    }
}

/* A file's own keys stand before those of the files that it includes. */
static void gather_file(struct gather *g, const struct node *root, const struct source *self)
{
    const struct node *include;

    if (!node_is(root, NODE_MAP)) {
        if (!root->bad)
            fail(g,
                 diag_error(g->l->diags, root->mark, "a file of a spec is a map of keys, not %s",
                            node_shape(root)),
                 "like `tests:` with a list below it");
        return;
    }
    for (size_t i = 0; i < root->n; i++)
        if (!bytes_equal(root->items[i]->key->text, bytes_of("include")))
            *array_push(g->items, g->n, g->cap) = root->items[i];
    include = map_get(root, "include");
    if (include && !include->bad)
        include_read(g, include, self);
}

/* ---- one tree ------------------------------------------------------------------------------------ */

static struct node *join(struct loader *l, struct node *const *parts, size_t n)
{
    struct node *all = arena_copy(l->arena, parts[0], sizeof *all);
    size_t total = 0;

    for (size_t i = 0; i < n; i++)
        total += parts[i]->n;
    all->items = arena_new(l->arena, (total + 1) * sizeof(struct node *));
    all->n = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < parts[i]->n; k++)
            all->items[all->n++] = parts[i]->items[k];
    if (all->kind == NODE_MAP)
        keys_check(all, l->diags);
    return all;
}

/* What is said once must not be said in another file too. Each file may name the language's version. */
static void refuse_second(struct loader *l, const struct node *first, struct node *second)
{
    struct diag *d;

    if (second->bad || (bytes_equal(first->key->text, bytes_of("spec")) && node_is(second, NODE_SCALAR) &&
                        bytes_equal(first->text, second->text)))
        return;
    d = diag_error(l->diags, second->key->mark, "`%s` is given twice", second->key->text.data);
    diag_note(l->diags, d, "it stands in %s already; one of them would be ignored",
              diag_place(l->diags, first->key->mark, second->key->mark));
    second->bad = true;
}

/* n nodes of the same key. */
static struct node *merge(struct loader *l, struct node *const *same, size_t n)
{
    struct node **parts = mem_new(n * sizeof *parts), *all;
    size_t n_parts = 0;

    for (size_t i = 0; i < n; i++)
        if (i == 0 || (same[0]->kind != NODE_SCALAR && node_is(same[i], same[0]->kind)))
            parts[n_parts++] = same[i];
        else
            refuse_second(l, same[0], same[i]);
    all = n_parts > 1 ? join(l, parts, n_parts) : parts[0];
    mem_free(parts);
    return all;
}

static const struct node *tree_of(struct gather *g, const struct node *root)
{
    struct node *all = arena_copy(g->l->arena, root, sizeof *all);
    struct keyed *keyed = keys_sorted(g->items, g->n);
    struct node **same = mem_new((g->n + 1) * sizeof(struct node *));

    all->items = arena_new(g->l->arena, (g->n + 1) * sizeof(struct node *));
    all->n = 0;
    for (size_t i = 0, k; i < g->n; i = k) {
        for (k = i; k < g->n && bytes_equal(keyed[k].node->key->text, keyed[i].node->key->text); k++)
            same[k - i] = keyed[k].node;
        all->items[all->n++] = merge(g->l, same, k - i);
    }
    mem_free(same);
    mem_free(keyed);
    return all;
}

const struct node *include_all(struct loader *l, const struct node *root)
{
    struct gather g = {.l = l};

    if (root->kind != NODE_MAP || !map_get(root, "include"))
        return root;
    g.files[g.n_files++] = (struct source){.path = l->spec->path};
    gather_file(&g, root, &g.files[0]);
    root = g.failed ? NULL : tree_of(&g, root);
    mem_free(g.items);
    return root;
}
