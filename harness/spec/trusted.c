/*
 * trusted.c - the assignment's own programs: the other side of a pair, from a folder beside the spec.
 *
 * They have a folder and a box of their own, where the student's cannot look; so nothing passes between both
 * but what goes over the network.
 */
#include "spec/parts.h"

#include <string.h>

#define SOLUTION "solution"

size_t spec_owners(const struct spec *s)
{
    return s->trusted.n + 1;
}

/* The same folder is the same owner. */
static size_t owner_of(struct loader *l, const char *folder)
{
    struct words *all = &l->spec->trusted;
    const char **more;

    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->word[i], folder) == 0)
            return i + 1;
    more = arena_new(l->arena, (all->n + 2) * sizeof *more);
    for (size_t i = 0; i < all->n; i++)
        more[i] = all->word[i];
    more[all->n++] = folder;
    all->word = more;
    return all->n;
}

void program_trusted(struct loader *l, const struct node *n, void *program)
{
    struct program *p = program;
    const char *folder = SOLUTION;

    if (node_says(n, "false")) /* of one that is like a trusted one */
        p->owner = 0;
    else if (node_says(n, "true") || read_path(l, n, "`trusted`", &folder))
        p->owner = owner_of(l, path_beside(l->arena, n->mark.file, folder));
}

/* ---- what is apart ------------------------------------------------------------------------------------- */

static bool names_path(const struct program *p)
{
    const struct template *t;

    for (size_t i = 0; (t = program_text(p, i)); i++)
        for (size_t k = 0; k < t->n; k++)
            if (t->pieces[k].kind == PIECE_PATH || t->pieces[k].kind == PIECE_PEER_PATH)
                return true;
    return false;
}

static bool listens_at_path(const struct program *p)
{
    for (size_t i = 0; i < p->n_listens; i++)
        if (p->listens[i].transport == TRANSPORT_UNIX)
            return true;
    return false;
}

void trusted_check(struct loader *l, const struct node *n, const struct program *p)
{
    const struct node *trusted = map_get(n, "trusted");

    if (p->owner == 0 || (!names_path(p) && !listens_at_path(p)))
        return;
    diag_note(l->diags,
              diag_error(l->diags, trusted ? trusted->mark : n->key->mark,
                         "`%s` cannot speak over a Unix socket", p->name),
              "a trusted program has a working directory of its own, which nobody else can see: let it use "
              "tcp or udp");
}

/* ---- who is told of whom ------------------------------------------------------------------------------- */

/* By its own name, or that of a relay to it. */
static bool names(const struct spec *s, const struct template *t, size_t program)
{
    for (size_t i = 0; i < t->n; i++) {
        const struct piece *p = &t->pieces[i];

        if ((p->kind == PIECE_PORT || p->kind == PIECE_HOST || p->kind == PIECE_PATH) &&
            p->program == program)
            return true;
        if ((p->kind == PIECE_PEER_PORT || p->kind == PIECE_PEER_HOST || p->kind == PIECE_PEER_NAME) &&
            s->peers[p->program].kind == PEER_RELAYS && s->peers[p->program].program == program)
            return true;
    }
    return false;
}

bool program_is_told_of(const struct spec *s, const struct program *p, size_t other)
{
    const struct template *t;

    for (size_t i = 0; (t = program_text(p, i)); i++)
        if (names(s, t, other))
            return true;
    return false;
}
