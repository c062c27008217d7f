/* names.c - see names.h. */
#include "spec/names.h"

#include <string.h>

struct named {
    const char *name;
    struct piece piece;
    const struct named *next;
};

const struct piece *names_find(const struct names *n, struct bytes name)
{
    for (const struct named *k = n ? n->known : NULL; k; k = k->next)
        if (bytes_equal(bytes_of(k->name), name))
            return k->piece.kind == PIECE_NONE ? NULL : &k->piece;
    return NULL;
}

static const struct named *named_new(struct loader *l, const char *name, struct piece piece,
                                     const struct named *next)
{
    struct named *k = arena_new(l->arena, sizeof *k);

    *k = (struct named){arena_text(l->arena, name), piece, next};
    return k;
}

void names_put(struct loader *l, struct names *n, const char *name, struct piece piece)
{
    n->known = named_new(l, name, piece, n->known);
}

/* ---- slots --------------------------------------------------------------------------------------- */

static size_t slot_of(struct loader *l, struct names *n, const char *name)
{
    struct test *t = n->test;

    for (size_t i = 0; i < t->n_names && !n->apart; i++)
        if (strcmp(t->names[i], name) == 0)
            return i;
    if (t->n_names == t->cap_names) {
        const char **all;

        t->cap_names = t->cap_names ? 2 * t->cap_names : 8;
        all = arena_new(l->arena, t->cap_names * sizeof *all);
        if (t->n_names)
            memcpy(all, t->names, t->n_names * sizeof *all);
        t->names = all;
    }
    t->names[t->n_names] = arena_text(l->arena, name);
    return t->n_names++;
}

static bool may_be_called(struct loader *l, const char *name, struct mark at)
{
    static const char digits[] = "0123456789";
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    struct diag *d;

    if (name[0] && !strchr(digits, name[0]) && name[strspn(name, letters)] == 0 &&
        strcmp(name, "port") != 0 && strcmp(name, "seed") != 0 && strcmp(name, "got") != 0 &&
        strcmp(name, "i") != 0)
        return true;
    d = diag_error(l->diags, at, "nothing can be called %s", quoted(l, bytes_of(name)));
    diag_note(l->diags, d,
              "a name is made of A-Z a-z 0-9 _ and begins with no digit; i, port, seed and got have a "
              "meaning already");
    return false;
}

size_t names_capture(struct loader *l, struct names *n, const char *name, struct mark at)
{
    size_t slot;

    if (!may_be_called(l, name, at))
        return SIZE_MAX;
    slot = slot_of(l, n, name);
    n->fresh = named_new(l, name, (struct piece){.kind = PIECE_NAME, .index = slot}, n->fresh);
    return slot;
}

void names_settle(struct names *n)
{
    while (n->fresh) {
        struct named *k = (struct named *)n->fresh;

        n->fresh = k->next;
        k->next = n->known;
        n->known = k;
    }
}

void names_keep(struct loader *l, struct names *n, const struct names *inside)
{
    const struct named *before = n->known;

    for (const struct named *k = inside->known; k && k != before; k = k->next)
        if (k->piece.kind == PIECE_NAME)
            names_put(l, n, k->name, k->piece);
}

size_t names_list(const struct names *n, const char **out, size_t max)
{
    size_t count = 0;

    for (const struct named *k = n ? n->known : NULL; k && count < max; k = k->next)
        if (k->piece.kind != PIECE_NONE)
            out[count++] = k->name;
    return count;
}
