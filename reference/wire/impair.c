#include "wire/impair.h"
#include "base/mem.h"
#include "base/rng.h"

#include <string.h>

struct impair_count {
    uint32_t seen[2]; /* datagrams that could have been meant */
    uint32_t done;
};

struct impair_held {
    struct packet packet; /* owns its payload */
    int64_t came, until;
    uint32_t behind; /* so many later ones go first */
    uint32_t copies; /* that are still to go on */
};

void impair_init(struct impair *p, const struct impairment *list, size_t n, uint64_t seed)
{
    *p = (struct impair){.list = list, .n = n, .seed = seed};
    p->counts = mem_new((n + 1) * sizeof *p->counts);
}

void impair_deinit(struct impair *p)
{
    for (size_t i = 0; i < p->n_held; i++)
        mem_free((void *)p->held[i].packet.payload.data);
    mem_free(p->held);
    mem_free(p->counts);
    mem_free(p->notes);
    *p = (struct impair){0};
}

/* ---- which, and what becomes of it --------------------------------------------------------------------- */

/* A decision's own random numbers. */
static struct rng draws(const struct impair *p, size_t index, enum impair_way way, uint32_t nth)
{
    return rng_seed(p->seed, (uint64_t)(index + 1) << 40 ^ (uint64_t)way << 32 ^ nth);
}

static bool is_listed(const struct impairment *what, uint32_t nth)
{
    for (size_t i = 0; i < what->n_nth; i++)
        if (what->nth[i] == nth)
            return true;
    return what->n_nth == 0;
}

/* Each counts all that it could mean, whatever others do to it: so numbers are the same for all. */
static bool is_meant(struct impair *p, size_t index, const struct packet *d, const char *name)
{
    const struct impairment *what = &p->list[index];
    struct impair_count *count = &p->counts[index];
    struct rng r;

    if (!what->ways[d->way])
        return false;
    if (what->message && !(name && strcmp(what->message, name) == 0))
        return false;
    count->seen[d->way]++;
    if ((what->times && count->done >= what->times) || !is_listed(what, count->seen[d->way]))
        return false;
    r = draws(p, index, d->way, count->seen[d->way]);
    return rng_below(&r, IMPAIR_ALL) < what->share;
}

static void note(struct impair *p, const struct packet *d, const char *name, enum impair_kind kind,
                 uint64_t detail)
{
    struct bytes head = bytes_slice(d->payload, 0, IMPAIR_HEAD);
    struct impair_note *n;

    if (p->n_notes >= IMPAIR_NOTES_MAX) {
        p->unnoted++;
        return;
    }
    n = array_push(p->notes, p->n_notes, p->cap_notes);
    *n = (struct impair_note){kind, d->way, p->came[d->way], detail, name, (uint32_t)d->payload.len, {0}};
    if (head.len)
        memcpy(n->head, head.data, head.len);
}

/* Turns one bit of a payload that is not empty. Returns in which byte. */
static size_t corrupt(struct bytes payload, struct rng *r)
{
    size_t at = rng_below(r, payload.len);

    ((uint8_t *)payload.data)[at] ^= (uint8_t)(1u << rng_below(r, 8));
    return at;
}

/* To h, which came as `packet`. h->copies 0: it was dropped. */
static void apply(struct impair *p, size_t index, const struct packet *packet, const char *name,
                  struct impair_held *h)
{
    const struct impairment *what = &p->list[index];
    struct rng r = draws(p, index, packet->way, ~p->came[packet->way]);
    uint64_t detail = 0;

    switch (what->kind) {
    case IMPAIR_DROP: h->copies = 0; break;
    case IMPAIR_DUPLICATE: h->copies++; break;
    case IMPAIR_REORDER: detail = h->behind = what->by; break;
    case IMPAIR_DELAY:
        h->until += what->delay;
        detail = (uint64_t)what->delay;
        break;
    case IMPAIR_CORRUPT:
        if (packet->payload.len == 0)
            return;
        detail = corrupt(h->packet.payload, &r);
        break;
    }
    p->counts[index].done++;
    note(p, packet, name, what->kind, detail);
}

void impair_feed(struct impair *p, const struct packet *packet, int64_t now)
{
    struct impair_held h = {.packet = *packet, .came = now, .until = now, .copies = 1};
    const char *name = p->n && p->name_of ? p->name_of(p->arg, packet->way, packet->payload) : NULL;
    uint8_t *copy = mem_new(packet->payload.len + 1);

    if (packet->payload.len)
        memcpy(copy, packet->payload.data, packet->payload.len);
    h.packet.payload.data = copy;
    p->came[packet->way]++;
    for (size_t i = 0; i < p->n; i++)
        if (is_meant(p, i, packet, name) && h.copies)
            apply(p, i, packet, name, &h);
    if (h.copies && p->kept >= IMPAIR_MAX_KEPT) {
        note(p, packet, name, IMPAIR_DROP, 0);
        h.copies = 0;
    }
    if (!h.copies) {
        mem_free(copy);
        return;
    }
    p->kept += packet->payload.len + sizeof h;
    *array_push(p->held, p->n_held, p->cap_held) = h;
}

/* ---- what goes on -------------------------------------------------------------------------------------- */

/* Of those that may go, who was to go first; p->n_held: none may. */
static size_t first_ready(const struct impair *p, int64_t now)
{
    size_t first = p->n_held;

    for (size_t i = 0; i < p->n_held; i++)
        if (p->held[i].behind == 0 && p->held[i].until <= now &&
            (first == p->n_held || p->held[i].until < p->held[first].until))
            first = i;
    return first;
}

/* It has overtaken those of its direction that came before it. */
static void go_by(struct impair *p, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (p->held[i].packet.way == p->held[index].packet.way && p->held[i].behind)
            p->held[i].behind--;
}

static void forget(struct impair *p, size_t index)
{
    go_by(p, index);
    p->kept -= p->held[index].packet.payload.len + sizeof *p->held;
    p->n_held--;
    memmove(&p->held[index], &p->held[index + 1], (p->n_held - index) * sizeof *p->held);
}

bool impair_next(struct impair *p, int64_t now, struct packet *out)
{
    size_t index = first_ready(p, now);
    struct impair_held *h;

    if (index == p->n_held)
        return false;
    h = &p->held[index];
    *out = h->packet;
    out->at += now - h->came;
    if (--h->copies == 0) {
        forget(p, index);
        return true;
    }
    out->payload.data = memcpy(mem_new(out->payload.len + 1), out->payload.data, out->payload.len);
    return true;
}

int64_t impair_due(const struct impair *p)
{
    int64_t due = -1;

    for (size_t i = 0; i < p->n_held; i++)
        if (p->held[i].behind == 0 && (due < 0 || p->held[i].until < due))
            due = p->held[i].until;
    return due;
}

bool impair_release(struct impair *p)
{
    bool any = false;

    for (size_t i = 0; i < p->n_held; i++) {
        any |= p->held[i].behind > 0;
        p->held[i].behind = 0;
    }
    return any;
}
