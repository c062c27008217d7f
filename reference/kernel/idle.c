#include "kernel/idle.h"

#include <stdbool.h>
#include <unistd.h>

static bool is_asleep(enum wait_kind kind)
{
    switch (kind) {
    case WAIT_INPUT:
    case WAIT_OUTPUT:
    case WAIT_TIMED:
    case WAIT_STOPPED: return true;
    case WAIT_RUNNING:
    case WAIT_UNKNOWN:
    case WAIT_ZOMBIE:
    case WAIT_HIDDEN: return false;
    }
    return false;
}

static void count(struct idle *out, const struct thread_sample *t)
{
    if (t->kind == WAIT_ZOMBIE) {
        out->zombies++;
        return;
    }
    out->threads++;
    out->stopped += t->kind == WAIT_STOPPED;
    out->sending += t->sends && (t->kind == WAIT_OUTPUT || t->kind == WAIT_TIMED);
    out->reading += t->kind == WAIT_INPUT && t->fd >= 0;
    out->on_stdin += t->kind == WAIT_INPUT && t->fd == STDIN_FILENO;
    out->cpu += t->cpu;
    out->starved += t->starved;
    if (t->kind == WAIT_TIMED && !t->excused) {
        bool sooner = out->timers == 0 || t->timeout < out->until; /* -1, unknown, is the soonest of all */

        out->until = sooner ? t->timeout : out->until;
        out->timers++;
    }
}

static bool any_hidden(const struct tree_sample *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->threads[i].kind == WAIT_HIDDEN)
            return true;
    return false;
}

void idle_single(const struct tree_sample *s, struct idle *out)
{
    *out = (struct idle){.state = any_hidden(s) ? IDLE_HIDDEN : IDLE_BUSY, .until = -1};
    for (size_t i = 0; i < s->n; i++)
        count(out, &s->threads[i]);
}

/* Did this thread sleep from one sample to the other? A runtime's own timers may have fired, if it sleeps in
 * the same place again. A zombie must have been one before: in the samples of one pass a parent may look
 * asleep while its child is about to end, and only that the child is new shows that something ran. */
static bool slept(const struct thread_sample *a, const struct thread_sample *b)
{
    if (a->pid != b->pid || a->tid != b->tid)
        return false;
    if (a->kind == WAIT_ZOMBIE || b->kind == WAIT_ZOMBIE)
        return a->kind == b->kind;
    if (!is_asleep(a->kind) || !is_asleep(b->kind))
        return false;
    if (a->runs == b->runs)
        return true;
    return a->kind == WAIT_TIMED && b->kind == WAIT_TIMED && a->excused && b->excused && a->where == b->where;
}

static bool all_slept(const struct tree_sample *a, const struct tree_sample *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!slept(&a->threads[i], &b->threads[i]))
            return false;
    return true;
}

void idle_compare(const struct tree_sample *a, const struct tree_sample *b, struct idle *out)
{
    idle_single(b, out);
    if (out->state == IDLE_HIDDEN || any_hidden(a))
        out->state = IDLE_HIDDEN;
    else if (all_slept(a, b))
        out->state = out->timers ? IDLE_UNTIL : IDLE_ASLEEP;
}
