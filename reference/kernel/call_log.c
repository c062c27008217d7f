#include "kernel/call_log.h"

#include "base/mem.h"

#include <string.h>

#define LAST (CALLS_KEPT - CALLS_FIRST)
#define LAST_OTHERS (LAST / 2) /* at most so many of the last ones are no transfers */

struct logged_call {
    struct call call;
    uint64_t order;
};

/* The rings overlap the list of the first ones nowhere: transfers, and then the others. */
static struct logged_call *transfer(const struct call_log *l, uint64_t i)
{
    return &l->kept[CALLS_FIRST + i % LAST];
}

static struct logged_call *other(const struct call_log *l, uint64_t i)
{
    return &l->kept[CALLS_FIRST + LAST + i % LAST_OTHERS];
}

static uint64_t smaller(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static uint64_t others(const struct call_log *l)
{
    return l->n - smaller(l->n, CALLS_FIRST) - l->transfers;
}

void call_log_deinit(struct call_log *l)
{
    mem_free(l->kept);
    *l = (struct call_log){0};
}

/* An event loop asks again and again whether there is anything: that is told once. */
static bool is_same(const struct call *a, const struct call *b)
{
    return a->kind == b->kind && a->result == b->result && a->fd == b->fd && a->program == b->program &&
           a->process == b->process && a->thread == b->thread && a->len == 0 && b->len == 0 &&
           (a->kind == CALL_SIGNAL || call_waits_for_many(a->kind) || a->result < 0);
}

static bool is_transfer(const struct call *c)
{
    return (call_receives(c->kind) || call_sends(c->kind)) && c->result > 0;
}

/* Where the next one goes. */
static struct logged_call *place(struct call_log *l, const struct call *c)
{
    if (l->n < CALLS_FIRST)
        return &l->kept[l->n];
    return is_transfer(c) ? transfer(l, l->transfers++) : other(l, others(l));
}

void call_log_add(struct call_log *l, const struct call *c)
{
    struct logged_call *at;

    if (l->last && is_same(l->last, c)) {
        l->last->more += l->last->more < UINT32_MAX;
        l->last->ended = c->ended;
        return;
    }
    if (!l->kept)
        l->kept = mem_new((CALLS_KEPT + LAST_OTHERS) * sizeof *l->kept);
    at = place(l, c);
    *at = (struct logged_call){*c, l->n++};
    l->last = &at->call;
}

static uint64_t kept_others(const struct call_log *l)
{
    return smaller(others(l), LAST_OTHERS);
}

static uint64_t kept_transfers(const struct call_log *l)
{
    return smaller(l->transfers, LAST - kept_others(l));
}

uint64_t call_log_lost(const struct call_log *l)
{
    return l->n - smaller(l->n, CALLS_FIRST) - kept_others(l) - kept_transfers(l);
}

struct call *call_log_list(const struct call_log *l, size_t *n)
{
    struct call *list = mem_new((CALLS_KEPT + CALLS_WAITING) * sizeof *list);
    uint64_t t = l->transfers - kept_transfers(l), o = others(l) - kept_others(l);

    for (*n = 0; *n < l->n && *n < CALLS_FIRST; ++*n)
        list[*n] = l->kept[*n].call;
    while (t < l->transfers || o < others(l)) {
        bool next_is_other =
            o < others(l) && (t == l->transfers || other(l, o)->order < transfer(l, t)->order);

        list[(*n)++] = next_is_other ? other(l, o++)->call : transfer(l, t++)->call;
    }
    return list;
}
