/* files.c - `files`: what is placed in the working directory, for all tests or for one of them. */
#include "base/buf.h"
#include "base/mem.h"
#include "spec/content.h"
#include "spec/parts.h"

#include <string.h>

/* One path may not be the folder of another. */
static bool path_under(const char *path, const char *folder)
{
    size_t len = strlen(folder);

    return strncmp(path, folder, len) == 0 && path[len] == '/';
}

/* Puts a file behind the others of l->files, or in place of one of the first `inherited`. */
static void file_add(struct loader *l, const struct file *f, size_t inherited)
{
    size_t at = l->n_files;

    for (size_t i = 0; i < l->n_files; i++) {
        const char *other = l->files[i].path;

        if (i < inherited && strcmp(other, f->path) == 0)
            at = i;
        if (path_under(f->path, other) || path_under(other, f->path))
            diag_error(l->diags, f->mark, "`%s` is a file, so nothing can be below it",
                       path_under(f->path, other) ? other : f->path);
    }
    l->files[at] = *f;
    l->n_files += at == l->n_files;
}

static bool names_programs(const struct node *content)
{
    return node_is(content, NODE_SCALAR) && bytes_find(content->text, bytes_of("${"));
}

/* A content, or a list of them, one behind the other. */
static bool file_content_read(struct loader *l, const struct node *n, struct bytes *out)
{
    _cleanup_buf_ struct buf all = BUF_INIT;
    struct bytes part;

    if (!node_is(n, NODE_LIST) || n->n == 0)
        return content_read(l, n, "a file's content", out);
    for (size_t i = 0; i < n->n; i++) {
        if (!content_read(l, n->items[i], "a part of a file's content", &part))
            return false;
        buf_append(&all, part);
    }
    *out = arena_bytes(l->arena, buf_view(&all));
    return true;
}

void files_read(struct loader *l, const struct node *n)
{
    struct file *all;
    size_t inherited = l->n_files;

    if (!n || n->bad)
        return;
    if (!node_is(n, NODE_MAP)) {
        diag_note(l->diags, diag_error(l->diags, n->mark, "`files` is a map of paths"),
                  "like {in.txt: \"hello\\n\"}");
        return;
    }
    all = arena_new(l->arena, (inherited + n->n) * sizeof *all);
    if (inherited)
        memcpy(all, l->files, inherited * sizeof *all);
    l->files = all;
    for (size_t i = 0; i < n->n; i++) {
        const struct node *item = n->items[i];
        struct file f = {.mark = item->key->mark};

        if (!item->bad && read_path(l, item->key, "the path of a file", &f.path) &&
            (names_programs(item) || file_content_read(l, item, &f.content)))
            file_add(l, &f, inherited);
    }
}

void files_fill(struct loader *l, const struct node *n)
{
    struct scope scope = {.what = "a file's content", .before_start = true};

    for (size_t i = 0; n && i < l->n_files; i++) {
        const struct node *item = map_get(n, l->files[i].path);

        if (item && names_programs(item))
            content_template_read(l, item, &scope, &l->files[i].text);
    }
}
