/*
 * owners.c - whose programs are on stage: the student's and the assignment's own, in a box and a working
 * directory of their own each.
 *
 * In one box they could read each other's files and end each other's processes. They share the network, and
 * with it the question whether all are asleep.
 */
#include "base/mem.h"
#include "kernel/timers.h"
#include "launch/place.h"
#include "launch/workdir.h"
#include "run/stage.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>

static void on_box(struct watch *w, uint32_t events)
{
    struct owner *o = (struct owner *)((char *)w - offsetof(struct owner, watch));

    (void)events;
    programs_reap(o->stage);
    if (o->stage->err.code)
        loop_remove(&o->stage->loop, w);
}

void owners_init(struct stage *st)
{
    st->n_owners = spec_owners(st->spec);
    st->owners = mem_new(st->n_owners * sizeof *st->owners);
    for (size_t i = 0; i < st->n_owners; i++)
        st->owners[i] =
            (struct owner){.stage = st, .lodging = &st->request->lodgings[i], .watch = WATCH_INIT(on_box)};
}

static void close_owner(struct owner *o)
{
    if (!o->open)
        return;
    loop_remove(&o->stage->loop, &o->watch);
    box_close(&o->box);
    o->sample.n = 0;
    o->open = false;
}

void owners_deinit(struct stage *st)
{
    for (size_t i = 0; st->owners && i < st->n_owners; i++) {
        close_owner(&st->owners[i]);
        tree_sample_deinit(&st->owners[i].sample);
    }
    mem_free(st->owners);
}

int owners_move_in(struct stage *st)
{
    for (size_t i = 0; i < st->n_owners; i++) {
        const struct lodging *at = st->owners[i].lodging;
        int r = at->built ? workdir_copy(at->built, at->work, NULL, at->uid, at->gid, &st->err) : COPIED;

        if (r != COPIED)
            return st->err.code = st->err.code ? st->err.code : -EFBIG;
    }
    return 0;
}

int owners_place(struct stage *st, const char *path, struct bytes content)
{
    int r = 0;

    for (size_t i = 0; i < st->n_owners && r == 0; i++) {
        const struct lodging *at = st->owners[i].lodging;
        r = place_file(at->work, path, content, at->uid, at->gid);
    }
    return r;
}

/* Where the assignment came without its own programs, nothing can be said of the student's. */
static int excuse(struct owner *o)
{
    struct stage *st = o->stage;
    const char *folder = st->spec->trusted.word[o - st->owners - 1];

    st->excused =
        arena_printf(&st->arena, "it needs the assignment's own programs, and %s is not here", folder);
    return err_say(&st->err, -ENOENT, "%s", st->excused);
}

int owner_open(struct owner *o)
{
    struct stage *st = o->stage;
    const struct play_request *q = st->request;
    const struct limits *l = &st->spec->limits;
    struct box_config config = {
        .isolation = q->isolation,
        .uid = o->lodging->uid,
        .gid = o->lodging->gid,
        .work = o->lodging->work,
        .network = true,
        .limits = {l->cpu, l->memory, l->disk, l->processes, l->open_files},
        .expose = q->expose,
        .hosts = st->names,
    };

    if (o->open)
        return 0;
    if (!o->lodging->built)
        return excuse(o);
    if (box_open(&o->box, &config, &st->err) < 0)
        return st->err.code;
    o->open = true;
    return loop_add(&st->loop, &o->watch, o->box.control, EPOLLIN);
}

void owners_close_used(struct stage *st)
{
    for (size_t i = 0; i < st->n_owners; i++) {
        struct owner *o = &st->owners[i];

        if (o->open)
            box_sample(&o->box, &o->sample);
        if (o->sample.n)
            close_owner(o);
    }
}

/* ---- looking at them ----------------------------------------------------------------------------------- */

static int by_thread(const void *a, const void *b)
{
    const struct thread_sample *x = a, *y = b;

    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return (x->tid > y->tid) - (x->tid < y->tid);
}

int owners_sample(struct stage *st, struct tree_sample *out)
{
    out->n = 0;
    for (size_t i = 0; i < st->n_owners; i++) {
        struct owner *o = &st->owners[i];
        int r = o->open ? box_sample(&o->box, &o->sample) : 0;

        if (r < 0)
            return r;
        for (size_t k = 0; k < o->sample.n; k++)
            *array_push(out->threads, out->n, out->cap) = o->sample.threads[k];
    }
    if (out->n)
        qsort(out->threads, out->n, sizeof *out->threads, by_thread);
    return 0;
}

int owners_hidden_timer(struct stage *st, int64_t *until)
{
    int found = TIMER_NONE;

    for (size_t i = 0; i < st->n_owners; i++) {
        int64_t soonest = -1;
        int r = st->owners[i].open ? box_hidden_timer(&st->owners[i].box, &soonest) : TIMER_NONE;

        if (r < 0)
            return r;
        if (r == TIMER_NONE)
            continue;
        if (found == TIMER_NONE || soonest < *until) /* -1, unknown, is the soonest of all */
            *until = soonest;
        found = r;
    }
    return found;
}

struct owner *owner_of(const struct stage *st, const struct program_run *p)
{
    return &st->owners[p->spec->owner];
}

int owner_sockets(struct owner *o, struct socket_list *out)
{
    return o->open ? box_sockets(&o->box, out) : 0;
}

bool trusted_fails(struct stage *st, const struct program_run *p, const char *how)
{
    if (p->spec->owner && !st->err.code)
        err_say(&st->err, -ECHILD, "the assignment's own program %s %s", p->spec->name, how);
    return p->spec->owner != 0;
}
