/*
 * await.c - the one place where the grader waits.
 *
 * A wait ends with the fact it is for, or with the proof that the fact will not come: everything that was
 * sent has arrived, nothing is under way, and every thread of every program sleeps until somebody sends more.
 * Time is only the backstop, for a program that goes on working, and it does not run while the programs wait
 * for a CPU: a loaded machine fails nobody.
 */
#include "base/clock.h"
#include "kernel/proc.h"
#include "kernel/spin.h"
#include "kernel/timers.h"
#include "run/steps.h"

#include <signal.h>

#define FIRST_NAP (30 * NS_PER_US)
#define LONGEST_NAP (2 * NS_PER_MS)
/* While all sleep, and only a timer can wake them: until it fires, within these bounds. */
#define TIMER_NAP (10 * NS_PER_MS)
#define LONGEST_TIMER_NAP (50 * NS_PER_MS)
#define TIMER_WATCHED (NS_PER_S + NS_PER_S / 10)
#define TICK_LATE (50 * NS_PER_MS) /* from when a timer fires until the program is done with what follows */
#define SETTLE_TIME (200 * NS_PER_MS)
#define COUNT_AFTER NS_PER_MS /* who waits for a CPU is counted from here on: most waits are over by then */
#define STARVED_AT_MOST 10    /* a deadline is put off to this many times itself at most */

enum stillness {
    UNDER_WAY, /* something has yet to arrive: the programs were not looked at */
    BUSY,
    STILL,
    STILL_UNTIL,
    UNKNOWABLE
};

struct vigil {
    int64_t begun, starved, cpu; /* when the wait began */
    int64_t last_event;
    int64_t looked;     /* when the programs were looked at last, or the wait began */
    bool counted;       /* starved is set */
    bool based;         /* cpu is set */
    int64_t suspicious; /* ns of CPU time after which a busy program is looked at next */
    int64_t timer_over; /* a program's own timer was seen, and has fired by then; 0: none seen */
    int64_t period;     /* the longest that the programs' timers had to go */
    uint64_t unheard;   /* what they had yet to take when they were looked at last … */
    int64_t changed;    /* … and since when */
};

int stage_run(struct stage *st, int64_t timeout)
{
    int64_t due = st->flows ? 0 : networks_due(st);
    int n = loop_run(&st->loop, due >= 0 && due < timeout ? due : timeout);

    if (n < 0)
        return n;
    st->flows = networks_flow(st);
    return n + st->flows + answers_flow(st);
}

bool stage_pump(struct stage *st)
{
    int n = stage_run(st, 0);

    if (n < 0 && !st->err.code)
        err_set(&st->err, n, "epoll");
    return n > 0;
}

static bool fault(struct stage *st, int code, const char *what)
{
    if (code < 0 && !st->err.code)
        err_set(&st->err, code, "%s", what);
    return code < 0;
}

/* A program that is gone, and whose exit has yet to be reported, is no sleeping program. */
static bool exits_reported(const struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        const struct program_run *p = &st->programs[i];
        bool alive = !p->running;

        for (size_t k = 0; k < st->sample_b.n && !alive; k++)
            alive = st->sample_b.threads[k].pid == p->pid && st->sample_b.threads[k].kind != WAIT_ZOMBIE;
        if (!alive)
            return false;
    }
    return true;
}

static bool outputs_came(struct stage *st)
{
    bool any = false;

    for (size_t i = 0; i < st->spec->n_programs; i++) {
        any |= capture_drain(&st->programs[i].out);
        any |= capture_drain(&st->programs[i].err);
    }
    return any;
}

static bool several_run(const struct stage *st)
{
    size_t n = 0;

    for (size_t i = 0; i < st->spec->n_programs; i++)
        n += st->programs[i].running;
    return n > 1;
}

static bool at_work(const struct tree_sample *s)
{
    for (size_t i = 0; i < s->n; i++)
        if (s->threads[i].kind == WAIT_RUNNING)
            return true;
    return false;
}

/* Does anything go from one program to another, or by datagrams? Asked between two looks at the programs: if
 * nobody ran from the first to the second, nothing can come to be under way. Where somebody does run, the
 * costly question is not worth asking. */
static bool anything_flows(struct stage *st)
{
    int held = several_run(st) && !at_work(&st->sample_a) ? sockdiag_tcp_holds_back(&st->diag) : 0;

    return fault(st, held, "listing sockets") || held > 0 || !peers_wire_quiet(st);
}

static enum stillness look(struct stage *st)
{
    if (!peers_arrived(st) || !programs_typed(st) || networks_due(st) >= 0)
        return UNDER_WAY;
    if (st->request->distrust) {
        st->settled = st->request->distrust;
        return UNKNOWABLE;
    }
    if (fault(st, owners_sample(st, &st->sample_a), "reading /proc"))
        return BUSY;
    if (anything_flows(st))
        return UNDER_WAY;
    if (fault(st, owners_sample(st, &st->sample_b), "reading /proc"))
        return BUSY;
    idle_compare(&st->sample_a, &st->sample_b, &st->idle);
    if (st->sample_b.n > 1 && !st->talks) { /* look again, at the wire too */
        st->talks = true;
        return BUSY;
    }
    if (outputs_came(st) || stage_pump(st) || !exits_reported(st)) /* it answered meanwhile, or ended */
        return BUSY;
    if (st->idle.state != IDLE_BUSY)
        watching_note(st);
    switch (st->idle.state) {
    case IDLE_BUSY: return BUSY;
    case IDLE_ASLEEP: return networks_release(st) ? BUSY : STILL;
    case IDLE_UNTIL: return networks_release(st) ? BUSY : STILL_UNTIL;
    case IDLE_HIDDEN: return UNKNOWABLE;
    }
    return BUSY;
}

/* Asked anew, as the programs are not looked at while events keep coming. */
int64_t programs_starved(struct stage *st)
{
    struct idle now = {0};

    if (!st->request->distrust && !fault(st, owners_sample(st, &st->sample_b), "reading /proc"))
        idle_single(&st->sample_b, &now);
    return now.starved;
}

/* The same with the grader, on which they may wait in turn: until it drains a terminal, say. */
static int64_t starvation(struct stage *st)
{
    return programs_starved(st) + proc_own_starvation();
}

/* Each thread has had as much of a CPU, more or less, or all of them together what the whole machine could
 * give: with nobody beside them they would be late, too. */
static bool has_worked_enough(const struct stage *st, const struct vigil *v, const struct wait *w)
{
    size_t cpus = proc_cpus(), at_once = st->sample_b.n < cpus ? st->sample_b.n : cpus;

    return v->based && at_once && st->idle.cpu - v->cpu >= (int64_t)at_once * w->within;
}

static bool out_of_time(struct stage *st, struct vigil *v, const struct wait *w)
{
    int64_t elapsed = clock_now() - v->begun, starved;

    if (!v->counted && elapsed > COUNT_AFTER) {
        v->starved = starvation(st);
        v->counted = true;
    }
    if (elapsed < w->within)
        return false;
    if (has_worked_enough(st, v, w))
        return true;
    starved = starvation(st) - v->starved;
    if (starved < 0 || starved > elapsed)
        starved = starved < 0 ? 0 : elapsed;
    return elapsed - starved >= w->within || elapsed >= STARVED_AT_MOST * w->within;
}

/* The case's own deadline, put off in the same way. What the programs have waited for a CPU in earlier cases
 * of this start counts too, for it costs nothing to be that patient once in a while. */
static bool case_is_over(struct stage *st)
{
    int64_t elapsed = clock_now() - st->case_begun, most = st->case_deadline - st->case_begun, starved;

    if (elapsed <= most)
        return false;
    starved = starvation(st);
    return elapsed - (starved < elapsed ? starved : elapsed) >= most || elapsed >= STARVED_AT_MOST * most;
}

static bool spins(struct stage *st, const struct vigil *v, const struct wait *w)
{
    return v->based && w->spin_cpu && st->idle.cpu - v->cpu >= w->spin_cpu;
}

/* Something waits for the programs to take it, and a tick of their own may let them: a program that polls
 * looks at its sockets then, and takes one connection at a time. Two ticks that change nothing are enough to
 * see that none will. */
static bool takes_by_timer(struct stage *st, struct vigil *v)
{
    int64_t now = clock_now();
    uint64_t unheard = st->idle.until < 0 || st->idle.until > TIMER_WATCHED ? 0 : far_unheard(st);

    if (unheard == 0 || unheard == st->left_unheard)
        return false;
    if (st->idle.until > v->period)
        v->period = st->idle.until;
    if (unheard != v->unheard)
        v->changed = now;
    v->unheard = unheard;
    if (now <= v->changed + 2 * v->period + TICK_LATE)
        return true;
    st->left_unheard = unheard;
    return false;
}

/* A program's own timer ends a wait that expects nothing, once it was watched for its period, where that is
 * short: the first time in a start of the programs. */
static bool timer_decides(struct stage *st, struct vigil *v, const struct wait *w)
{
    int64_t now = clock_now();

    if (w->heard)
        return !takes_by_timer(st, v);
    if (!w->quiet || !w->watches_timers || st->timers_watched || st->idle.until < 0 ||
        st->idle.until > TIMER_WATCHED)
        return w->quiet;
    if (v->timer_over == 0)
        v->timer_over = now + st->idle.until;
    st->timers_watched = now > v->timer_over;
    return st->timers_watched;
}

/* All sleep, and the soonest timer fires when the wait is over. */
static bool timer_is_too_late(const struct stage *st, const struct vigil *v, const struct wait *w)
{
    return st->idle.until >= 0 && clock_now() + st->idle.until > v->begun + w->within;
}

/* Before sleep becomes a verdict: is there a timer that does not show in any system call? Then st->idle tells
 * of it. */
static bool has_hidden_timer(struct stage *st)
{
    int64_t until = -1;
    int found = owners_hidden_timer(st, &until);

    if (fault(st, found, "looking for timers") || found == TIMER_NONE)
        return false;
    if (st->idle.timers == 0 || until < st->idle.until) /* -1, unknown, is the soonest of all */
        st->idle.until = until;
    st->idle.timers++;
    return true;
}

static bool minds_timers(const struct wait *w)
{
    return !w->quiet || w->watches_timers;
}

/* All sleep but for timers. */
static bool timer_ends(struct stage *st, struct vigil *v, const struct wait *w, int64_t *nap,
                       enum decided *decided)
{
    *decided = BY_TIMER;
    *nap = st->idle.until < TIMER_NAP ? TIMER_NAP : st->idle.until;
    if (*nap > LONGEST_TIMER_NAP)
        *nap = LONGEST_TIMER_NAP;
    return timer_decides(st, v, w) || timer_is_too_late(st, v, w);
}

static bool sleeps_on(struct stage *st)
{
    struct idle idle;

    if (fault(st, owners_sample(st, &st->sample_a), "reading /proc"))
        return false;
    idle_compare(&st->sample_b, &st->sample_a, &idle);
    return idle.state == IDLE_ASLEEP && !outputs_came(st) && !stage_pump(st);
}

/* Whoever looks whether bytes have arrived reads what came meanwhile: is some of it ignored, or answered in
 * the background? */
static bool flows_on(struct stage *st)
{
    int n = answers_flow(st);

    st->flows |= n > 0;
    return n > 0;
}

/* Looks at the programs once. True when that ends the wait. */
static bool look_decides(struct stage *st, struct vigil *v, const struct wait *w, int64_t *nap,
                         enum decided *decided)
{
    enum stillness s = look(st);

    if (!v->based && s != UNDER_WAY) {
        v->cpu = st->idle.cpu;
        v->based = true;
    }
    if (flows_on(st))
        return false;
    if (w->done(st, w->arg)) {
        *decided = BY_FACT;
        return true;
    }
    switch (s) {
    case UNDER_WAY:
    case BUSY: return false;
    case STILL:
        if (minds_timers(w) && has_hidden_timer(st))
            return timer_ends(st, v, w, nap, decided);
        *decided = BY_IDLE;
        return w->quiet || sleeps_on(st); /* a timer may have fired just before it was looked for */
    case STILL_UNTIL:
        if (!w->quiet)
            has_hidden_timer(st); /* it may be the sooner one */
        return timer_ends(st, v, w, nap, decided);
    case UNKNOWABLE:
        *decided = BY_SETTLING;
        if (!st->settled)
            st->settled = "the programs' threads cannot be looked at here (/proc/PID/syscall is denied)";
        return clock_now() - v->last_event >= SETTLE_TIME && !networks_release(st);
    }
    return false;
}

static bool never(struct stage *st, void *arg)
{
    (void)st, (void)arg;
    return false;
}

enum decided await_rest(struct stage *st, int64_t within, int64_t spin_cpu)
{
    struct wait w = {.done = never, .within = within, .quiet = true, .spin_cpu = spin_cpu};

    return await(st, &w);
}

void await_turn(struct stage *st, const void *actor)
{
    struct wait w = {
        .done = never, .within = SPEC_WITHIN, .quiet = true, .heard = true, .spin_cpu = STEP_SPIN_CPU};

    if (!st->together && st->acted && st->acted != actor && !st->spins)
        await(st, &w);
    st->acted = actor;
}

#define MEMORY_LOOK (20 * NS_PER_MS) /* between two looks at what memory the programs use */

static void end_for_limit(struct stage *st, struct program_run *p, const char *limit)
{
    if (!p->running || p->record.limit)
        return;
    p->record.limit = arena_text(&st->arena, limit);
    program_signal(st, p, SIGKILL);
}

static uint32_t processes(const struct tree_sample *s)
{
    uint32_t n = 0;

    for (size_t i = 0; i < s->n; i++)
        n += i == 0 || s->threads[i].pid != s->threads[i - 1].pid;
    return n;
}

/* Of all its processes; pages that they share count in each. */
static int64_t resident(const struct tree_sample *s)
{
    int64_t sum = 0;

    for (size_t i = 0; i < s->n; i++)
        sum += i == 0 || s->threads[i].pid != s->threads[i - 1].pid ? proc_resident(s->threads[i].pid) : 0;
    return sum;
}

static void end_all_for_limit(struct stage *st, const struct owner *o, const char *limit)
{
    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (owner_of(st, &st->programs[i]) == o)
            end_for_limit(st, &st->programs[i], limit);
}

static bool takes_too_much(const struct stage *st, struct owner *o)
{
    int64_t most = (int64_t)st->spec->limits.memory;

    return o->open && resident(&o->sample) > most && box_memory(&o->box, most) > most;
}

static void enforce_limits(struct stage *st)
{
    int64_t now = clock_now();
    bool looks = now >= st->memory_next;

    if (looks)
        fault(st, owners_sample(st, &st->sample_b), "reading /proc"); /* nobody may have looked for long */
    for (size_t i = 0; i < st->n_owners; i++) {
        struct owner *o = &st->owners[i];

        /* Where the kernel does not count them: a uid that is not the box's own. Many processes take much
         * memory, and are named first. */
        if (processes(&o->sample) > st->spec->limits.processes)
            end_all_for_limit(st, o, "processes");
        if (looks && takes_too_much(st, o))
            end_all_for_limit(st, o, "memory");
    }
    if (looks)
        st->memory_next = now + MEMORY_LOOK + 10 * (clock_now() - now); /* a crowd of threads takes long */
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        if (capture_over_limit(&p->out) || capture_over_limit(&p->err))
            end_for_limit(st, p, "output");
    }
}

#define SUSPICIOUS_CPU (300 * NS_PER_MS)
#define WATCHED_FOR NS_PER_S

/* The thread that is at work; 0: none, or several. */
static pid_t busy_thread(const struct stage *st)
{
    pid_t found = 0;

    for (size_t i = 0; i < st->sample_b.n; i++)
        if (st->sample_b.threads[i].kind == WAIT_RUNNING) {
            if (found)
                return 0;
            found = st->sample_b.threads[i].tid;
        }
    return found;
}

/* It has read the end of a stream, and burns CPU time since. Does it read that end again and again? Then no
 * time will change that. What it computes may take as long as it likes. */
static bool reads_end(struct stage *st, struct vigil *v)
{
    pid_t busy;

    if (!v->based || st->idle.cpu - v->cpu < v->suspicious || !peers_have_ended_one(st))
        return false;
    busy = busy_thread(st);
    if (!busy)
        return false;
    v->suspicious *= 2;
    st->reads_end = proc_reads_end(busy, WATCHED_FOR);
    return st->reads_end;
}

enum decided await(struct stage *st, const struct wait *w)
{
    struct vigil v = {
        .begun = clock_now(), .last_event = clock_now(), .looked = clock_now(), .suspicious = SUSPICIOUS_CPU};
    int64_t nap = w->quiet ? 0 : FIRST_NAP;
    enum decided decided = BY_DEADLINE;
    int64_t now;

    flows_on(st);
    if (w->done(st, w->arg))
        return BY_FACT;
    for (;;) {
        int n = stage_run(st, nap);

        if (fault(st, n, "epoll") || st->err.code)
            return BY_DEADLINE;
        if (n > 0)
            v.last_event = clock_now();
        if (w->done(st, w->arg))
            return BY_FACT;
        enforce_limits(st);
        if (out_of_time(st, &v, w) || spins(st, &v, w) || reads_end(st, &v) || case_is_over(st))
            return BY_DEADLINE;
        if (n > 0 && !w->quiet)
            continue;
        nap = nap ? nap * 3 / 2 : FIRST_NAP / 2;
        if (nap > LONGEST_NAP)
            nap = LONGEST_NAP;
        now = clock_now();
        if (!w->quiet &&
            now - v.looked < st->look_takes) /* of many threads it takes longer than most waits */
            continue;
        if (look_decides(st, &v, w, &nap, &decided)) {
            if (decided == BY_IDLE)
                st->acted = NULL;
            return decided;
        }
        v.looked = clock_now();
        st->look_takes = v.looked - now;
    }
}
