#include "spec/expect.h"
#include "base/fd.h"
#include "spec/fields.h"

#include <fcntl.h>
#include <string.h>

struct reading {
    struct loader loader;
    const struct spec *spec;
    struct expectation *into;
};

void expectations_deinit(struct expectations *e)
{
    arena_deinit(&e->arena);
    *e = (struct expectations){0};
}

static void read_diagnosis(struct loader *l, const struct node *n, void *into)
{
    struct reading *r = into;
    const char *id;

    if (read_name(l, n, "the diagnosis", &id))
        r->into->diagnosis = strcmp(id, "none") == 0 ? NULL : id;
}

static void read_fails(struct loader *l, const struct node *n, void *into)
{
    struct reading *r = into;
    struct node *const self = (struct node *)n;
    struct nodes ids = nodes_of(&self);

    for (size_t i = 0; i < ids.n; i++) {
        const char *id;
        bool found = false;

        if (!read_name(l, ids.item[i], "a test", &id))
            continue;
        for (size_t t = 0; t < r->spec->n_tests; t++)
            if (strcmp(r->spec->tests[t].id, id) == 0)
                found = r->into->fails[t] = true;
        if (!found)
            diag_error(l->diags, ids.item[i]->mark, "the spec has no test `%s`", id);
    }
}

static void read_advice(struct loader *l, const struct node *n, void *into)
{
    struct reading *r = into;
    struct node *const self = (struct node *)n;
    struct nodes ids = nodes_of(&self);

    r->into->advice = arena_new(l->arena, (ids.n + 1) * sizeof *r->into->advice);
    for (size_t i = 0; i < ids.n; i++)
        r->into->n_advice += read_name(l, ids.item[i], "the advice", &r->into->advice[r->into->n_advice]);
}

bool expectation_advises(const struct expectation *x, const char *id)
{
    for (size_t i = 0; x && i < x->n_advice; i++)
        if (strcmp(x->advice[i], id) == 0)
            return true;
    return false;
}

static bool names_right_program(const char *name)
{
    return strcmp(name, "solution") == 0 || strncmp(name, "others/", 7) == 0;
}

static void read_all(struct reading *r, const struct node *root, struct expectations *out)
{
    static const struct field mutant[] = {
        {"diagnosis", read_diagnosis, true}, {"fails", read_fails, true}, {"advice", read_advice, false}};
    static const struct field right[] = {{"advice", read_advice, true}};
    struct loader *l = &r->loader;

    if (root->kind != NODE_MAP) {
        diag_error(l->diags, root->mark, "expected a mutant's name on each line, and what it fails");
        return;
    }
    out->items = arena_new(&out->arena, (root->n + 1) * sizeof *out->items);
    for (size_t i = 0; i < root->n; i++) {
        r->into = &out->items[out->n++];
        r->into->name = (const char *)root->items[i]->key->text.data;
        r->into->mark = root->items[i]->key->mark;
        r->into->fails = arena_new(&out->arena, (r->spec->n_tests + 1) * sizeof(bool));
        r->into->right = names_right_program(r->into->name);
        if (r->into->right)
            map_read(l, root->items[i], "a right program", right, sizeof right / sizeof *right, r);
        else
            map_read(l, root->items[i], "a mutant", mutant, sizeof mutant / sizeof *mutant, r);
    }
}

bool expect_load(const char *path, const struct spec *spec, struct expectations *out, struct diags *diags)
{
    struct reading r = {.loader = {.diags = diags, .arena = &out->arena}, .spec = spec};
    _cleanup_buf_ struct buf text = BUF_INIT;
    const struct node *root;
    const char *file;
    int error;

    *out = (struct expectations){0};
    file = arena_text(&out->arena, path);
    error = fd_read_file(AT_FDCWD, path, YAML_MAX, &text);
    if (error < 0) {
        diag_error(diags, (struct mark){.file = file}, "cannot be read: %s", strerror(-error));
        return false;
    }
    diags_source(diags, file, buf_view(&text));
    root = yaml_parse(&out->arena, file, arena_bytes(&out->arena, buf_view(&text)), diags);
    if (root)
        read_all(&r, root, out);
    return diags->errors == 0;
}
