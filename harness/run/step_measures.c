/*
 * step_measures.c - see step_measures.h.
 *
 * What counts is when the kernel got each datagram, never when we woke up to look. And a program that waits
 * for a CPU sends later than it would: what that time may explain is no finding.
 */
#include "run/step_measures.h"
#include "base/clock.h"
#include "run/steps.h"

#include <errno.h>

#define REPEATS 3

struct measuring {
    struct peer_run *peer;
    int64_t until;   /* ns since 1970 */
    int64_t last;    /* when the last of them came */
    int64_t gap;     /* the longest between two */
    uint64_t count;  /* of messages */
    int64_t starved; /* ns for which the programs waited for a CPU meanwhile */
};

static void pass_gap(struct measuring *m, int64_t to)
{
    if (m->count && to - m->last > m->gap)
        m->gap = to - m->last;
    m->last = to;
}

static void count_what_came(struct stage *st, struct measuring *m)
{
    const struct arrival *a;

    while ((a = peer_arrival(m->peer)) && a->at < m->until) {
        pass_gap(m, a->at);
        m->count++;
        peer_take(st, m->peer, a->payload, 0);
    }
}

static bool is_over(struct stage *st, void *arg)
{
    struct measuring *m = arg;

    count_what_came(st, m);
    return clock_wall() >= m->until;
}

static bool has_come(struct stage *st, void *arg)
{
    (void)st;
    return peer_arrival(arg) != NULL;
}

/* The next message that no step has taken. False: none came. */
static bool await_message(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    struct wait w = {.done = has_come, .arg = p, .within = step_within(s)};

    r->decided = BY_FACT;
    if (!has_come(st, p))
        r->decided = await(st, &w);
    return has_come(st, p);
}

static struct measuring measure(struct stage *st, const struct step *s, struct peer_run *p,
                                struct step_record *r)
{
    struct measuring m = {.peer = p};
    struct wait w = {.done = is_over, .arg = &m, .within = s->span + SPEC_WITHIN};

    if (!await_message(st, s, p, r))
        return m;
    m.until = peer_arrival(p)->at + s->span;
    m.starved = programs_starved(st);
    r->decided = await(st, &w);
    while (!has_come(st, p) && stage_pump(st)) /* what came in time, and has not been read yet */
        count_what_came(st, &m);
    pass_gap(&m, m.until);
    m.starved = programs_starved(st) - m.starved;
    return m;
}

/* If each bound is wider by what can happen in `slack` ns. */
static bool is_right(const struct step *s, const struct measuring *m, int64_t slack)
{
    double least = s->pace.min * (double)(s->span - slack) / NS_PER_S;
    double most = s->pace.max * (double)(s->span + slack) / NS_PER_S;

    return (double)m->count >= least && (s->pace.max <= 0 || (double)m->count <= most) &&
           (s->pace.longest_gap == 0 || m->gap - slack <= s->pace.longest_gap);
}

enum outcome step_measures(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    p->measured = true;
    for (int again = 0; again <= REPEATS && !st->err.code; again++) {
        struct measuring m = measure(st, s, p, r);
        int64_t starved = m.starved > 0 ? m.starved : 0;

        r->count = m.count;
        r->gap = m.gap;
        if (m.count && is_right(s, &m, 0))
            return STEP_PASSED;
        if (again == 0 && (m.count == 0 || !is_right(s, &m, starved)))
            return STEP_OTHER_PACE;
        /* Who is measured again may have come to the end of what there is to send: not so if more comes. */
        if (!await_message(st, s, p, r))
            break;
        if (!is_right(s, &m, starved))
            return STEP_OTHER_PACE;
    }
    err_say(
        &st->err, -EBUSY,
        "this machine is too busy to measure the pace at which %s gets messages: programs waited for a CPU",
        p->spec->name);
    return STEP_LIMIT;
}
