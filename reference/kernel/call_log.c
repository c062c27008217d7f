#include "kernel/call_log.h"

#include "base/mem.h"

#include <string.h>

#define RING (CALLS_KEPT - CALLS_FIRST)

static struct call *place(const struct call_log *l, uint64_t i)
{
    return &l->calls[i < CALLS_FIRST ? i : CALLS_FIRST + (i - CALLS_FIRST) % RING];
}

void call_log_deinit(struct call_log *l)
{
    mem_free(l->calls);
    *l = (struct call_log){0};
}

/* An event loop asks again and again whether there is anything: that is told once. */
static bool is_same(const struct call *a, const struct call *b)
{
    return a->kind == b->kind && a->result == b->result && a->fd == b->fd && a->program == b->program &&
           a->process == b->process && a->thread == b->thread && a->len == 0 && b->len == 0 &&
           (a->kind == CALL_SIGNAL || a->kind == CALL_POLL || a->kind == CALL_SELECT ||
            a->kind == CALL_EPOLL_WAIT || a->result < 0);
}

void call_log_add(struct call_log *l, const struct call *c)
{
    struct call *last = l->n ? place(l, l->n - 1) : NULL;

    if (last && is_same(last, c)) {
        last->more += last->more < UINT32_MAX;
        last->ended = c->ended;
        return;
    }
    if (!l->calls)
        l->calls = mem_new(CALLS_KEPT * sizeof *l->calls);
    *place(l, l->n++) = *c;
}

uint64_t call_log_lost(const struct call_log *l)
{
    return l->n > CALLS_KEPT ? l->n - CALLS_KEPT : 0;
}

struct call *call_log_list(const struct call_log *l, size_t *n)
{
    struct call *list = mem_new((CALLS_KEPT + CALLS_WAITING) * sizeof *list);
    uint64_t lost = call_log_lost(l);

    *n = 0;
    for (uint64_t i = 0; i < l->n; i++) {
        if (i == CALLS_FIRST)
            i += lost;
        list[(*n)++] = *place(l, i);
    }
    return list;
}
