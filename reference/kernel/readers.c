#include "kernel/readers.h"

#include "base/clock.h"
#include "base/mem.h"

#define ENOUGH NS_PER_MS /* of CPU time: a hundred times as much as it takes */

void readers_deinit(struct readers *r)
{
    tree_sample_deinit(&r->inside);
    *r = (struct readers){0};
}

static bool sleeps(const struct thread_sample *t)
{
    return t->kind != WAIT_RUNNING && t->kind != WAIT_HIDDEN;
}

static const struct thread_sample *find(const struct tree_sample *s, pid_t tid)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->threads[i].tid == tid)
            return &s->threads[i];
    return NULL;
}

static bool is_inside(const struct thread_sample *then, const struct tree_sample *now)
{
    const struct thread_sample *t = find(now, then->tid);

    return t && !sleeps(t) && t->cpu - then->cpu < ENOUGH;
}

/* A thread that begins later finds the queue empty. */
static void begin(struct readers *r, const struct tree_sample *now)
{
    for (size_t i = 0; i < now->n; i++)
        if (!sleeps(&now->threads[i]))
            *array_push(r->inside.threads, r->inside.n, r->inside.cap) = now->threads[i];
    r->begun = true;
}

bool readers_left(struct readers *r, const struct tree_sample *now)
{
    size_t left = 0;

    if (!r->begun)
        begin(r, now);
    for (size_t i = 0; i < r->inside.n; i++)
        if (is_inside(&r->inside.threads[i], now))
            r->inside.threads[left++] = r->inside.threads[i];
    r->inside.n = left;
    return left == 0;
}
