/* told.c - the ports of a start: which are chosen, what programs are told, and when steps can name them. */
#include "base/fd.h"
#include "base/mem.h"
#include "run/ports.h"
#include "run/stage.h"

#include <errno.h>

/* ---- choosing ------------------------------------------------------------------------------------------ */

/* Where the port at `index` comes from; *fixed: that number, else 0. */
static enum port_kind kind_at(const struct spec *s, size_t index, uint16_t *fixed)
{
    *fixed = 0;
    for (size_t i = 0; i < s->n_programs; i++) {
        const struct program *p = &s->programs[i];

        if (index < p->n_listens) {
            *fixed = p->listens[index].port_kind == PORT_FIXED ? p->listens[index].port : 0;
            return p->listens[index].port_kind;
        }
        index -= p->n_listens;
    }
    for (size_t i = 0; i < s->n_peers; i++)
        if (s->peers[i].kind == PEER_LISTENS && index-- == 0)
            *fixed = s->peers[i].port;
    return *fixed ? PORT_FIXED : PORT_GIVEN;
}

static bool is_fixed(const struct spec *s, size_t index)
{
    uint16_t port;

    return kind_at(s, index, &port) == PORT_FIXED;
}

bool ports_any_fixed(const struct spec *s)
{
    for (size_t i = 0; i < port_count(s); i++)
        if (is_fixed(s, i))
            return true;
    return false;
}

/* Where the network is shared and ports cannot be exchanged, the very port has to be had. 0 or -errno. */
static int claim_fixed(struct stage *st, uint16_t port, int *lock)
{
    enum port_claim claim = ports_claim(&st->loop, &st->diag, port, lock);

    switch (claim) {
    case PORT_CLAIMED: return 0;
    case PORT_PRIVILEGED:
        st->excused =
            arena_printf(&st->arena, "it needs port %u, which only root may use on this machine", port);
        return -EACCES;
    case PORT_TAKEN:
        st->excused = arena_printf(&st->arena, "it needs port %u, which is in use on this machine", port);
        return -EADDRINUSE;
    }
    return -EINVAL;
}

/* What is broadcast to a port is for all that hear it there. */
static void share_broadcast(struct stage *st)
{
    uint16_t shared = 0;

    for (size_t i = 0; i < st->spec->n_peers; i++) {
        const struct peer *p = &st->spec->peers[i];
        size_t at = p->kind == PEER_LISTENS ? port_index_of_peer(st->spec, i) : 0;

        if (p->kind != PEER_LISTENS || !p->broadcast || p->port)
            continue;
        shared = shared ? shared : st->ports[at];
        st->ports[at] = st->told[at] = shared;
    }
}

static void share_programs(struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_programs; i++)
        for (size_t k = 0; k < st->spec->programs[i].n_listens; k++) {
            const struct endpoint *e = &st->spec->programs[i].listens[k];
            size_t at = port_index(st->spec, i, k), from = port_index(st->spec, e->shares, 0);

            if (e->port_kind != PORT_SHARED)
                continue;
            st->ports[at] = st->ports[from];
            st->told[at] = st->told[from];
        }
}

int ports_begin(struct stage *st)
{
    size_t n = port_count(st->spec), n_chosen = 0;
    size_t *at = arena_new(&st->arena, (n + 1) * sizeof *at);
    uint16_t *chosen = arena_new(&st->arena, (n + 1) * sizeof *chosen);
    int r;

    ports_release(st->port_locks, n);
    for (size_t i = 0; i < n; i++) {
        uint16_t fixed;
        enum port_kind kind = kind_at(st->spec, i, &fixed);

        st->ports[i] = st->told[i] = fixed;
        if (kind == PORT_GIVEN || (kind == PORT_FIXED && st->exchanges))
            at[n_chosen++] = i;
    }
    r = ports_choose(&st->rng, st->net_private, &st->diag, st->told, n, chosen, st->port_locks, n_chosen);
    if (r < 0)
        return err_set(&st->err, r, "choosing ports");
    for (size_t i = 0; i < n_chosen; i++) {
        st->ports[at[i]] = chosen[i];
        if (!st->told[at[i]])
            st->told[at[i]] = chosen[i];
    }
    share_broadcast(st);
    share_programs(st);
    for (size_t i = 0; i < n && !st->net_private && !st->exchanges; i++)
        if (is_fixed(st->spec, i)) {
            r = claim_fixed(st, st->ports[i], &st->port_locks[n_chosen++]);
            if (r < 0)
                return r;
        }
    return 0;
}

/* ---- telling ------------------------------------------------------------------------------------------- */

struct bindings program_bindings(struct stage *st, const struct program_run *p)
{
    size_t n = port_count(st->spec), own = port_index(st->spec, p->index, 0);
    uint16_t *ports = arena_copy(&st->arena, st->ports, n * sizeof *ports);
    struct bindings b = st->bindings;

    for (size_t i = own; i < own + p->spec->n_listens; i++)
        ports[i] = st->told[i];
    b.ports = ports;
    return b;
}

/* Its own first: another program may have the same port in its source. */
size_t program_exchanges(struct stage *st, const struct program_run *p, struct box_exchange *out)
{
    size_t own = port_index(st->spec, p->index, 0), all = port_count(st->spec), n = 0;

    for (size_t k = 0; k < all && n < BOX_EXCHANGES && st->exchanges; k++) {
        size_t i = (own + k) % all;

        if (is_fixed(st->spec, i))
            out[n++] = (struct box_exchange){st->told[i], st->ports[i]};
    }
    return n;
}

int files_place(struct stage *st, bool named)
{
    struct bindings b = {.spec = st->spec, .test = st->test, .ports = st->told};

    for (size_t i = 0; i < st->test->n_files; i++) {
        const struct file *f = &st->test->files[i];
        struct bytes content = f->content;
        int r;

        if ((f->text.n > 0) != named)
            continue;
        if (named)
            content = template_fill(&f->text, &b, &st->arena);
        r = owners_place(st, f->path, content);
        if (r < 0)
            return err_set(&st->err, r, "placing %s", f->path);
    }
    return 0;
}

/* ---- ports that are found ------------------------------------------------------------------------------ */

bool program_ports_known(const struct stage *st, const struct program_run *p)
{
    size_t own = port_index(st->spec, p->index, 0);

    for (size_t i = own; i < own + p->spec->n_listens; i++)
        if (st->told[i] == 0 && kind_at(st->spec, i, &(uint16_t){0}) != PORT_NONE)
            return false;
    return true;
}

static const struct value *cell_of(const struct stage *st, size_t column)
{
    return &st->test->cells[st->key->row * st->test->n_columns + column];
}

/* SIZE_MAX: every port in it is known by now; else whose is not. */
static size_t unknown_in(struct stage *st, const struct template *t)
{
    size_t unknown = SIZE_MAX;

    for (size_t i = 0; i < t->n && unknown == SIZE_MAX; i++) {
        const struct piece *p = &t->pieces[i];

        if (p->kind == PIECE_CELL)
            unknown = unknown_in(st, &cell_of(st, p->index)->text);
        else if (p->kind == PIECE_PORT && st->told[port_index(st->spec, p->program, p->index)] == 0 &&
                 !program_ready(st, p->program))
            unknown = p->program;
    }
    return unknown;
}

static size_t unknown_port(struct stage *st, const struct value *v)
{
    size_t unknown = unknown_in(st, v->kind == VALUE_CELL ? &cell_of(st, v->index)->text : &v->text);

    for (size_t i = 0; i < v->n && unknown == SIZE_MAX; i++)
        unknown = unknown_port(st, &v->items[i]);
    return unknown;
}

bool step_ports_known(struct stage *st, const struct step *s, struct step_record *r)
{
    size_t program = unknown_port(st, &s->value);

    if (program != SIZE_MAX)
        r->program = program_at_fault(st, program);
    return program == SIZE_MAX;
}
