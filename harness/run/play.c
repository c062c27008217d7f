/* play.c - the runner: sets the stage, plays the cases one after another, and clears up. */
#include "run/play.h"
#include "base/clock.h"
#include "base/mem.h"
#include "launch/rebind.h"
#include "record/stream.h"
#include "run/ports.h"
#include "run/script.h"
#include "run/steps.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TIMER_SLACK_NS 1000 /* the default of 50 µs would be most of a case */

/* ---- telling the supervisor
 * ------------------------------------------------------------------------------------ */

struct teller {
    int out;
    struct buf pending;
};

static void tell(struct teller *t)
{
    fd_write_all(t->out, buf_view(&t->pending)); /* a supervisor that is gone hears nothing */
    t->pending.len = 0;
}

static void tell_play(struct stage *st, struct teller *t)
{
    struct record r = {.version = RECORD_VERSION,
                       .test = (uint32_t)st->request->test,
                       .seed = st->request->seed,
                       .net_private = st->net_private,
                       .settled = (char *)st->settled,
                       .excused = (char *)st->excused,
                       .untraced = (char *)st->untraced};

    record_put_play(&t->pending, &r);
}

static void tell_programs(struct stage *st, struct teller *t)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        if (!p->pid && p->record.readiness == READY_NOT_ASKED)
            continue;
        program_stream_record(st, p);
        record_put_program(&t->pending, &p->record);
    }
}

/* ---- one case
 * ---------------------------------------------------------------------------------------------------- */

/* A program that listens nowhere may end when its peers have left: it was told to, in a way. */
static void excuse_visitors(struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        struct program_run *p = &st->programs[i];
        if (p->running && p->spec->n_listens == 0)
            p->exit_expected = p->record.terminated = true;
    }
}

/* Peers close in good order, and the programs fall asleep again before anybody else comes. */
static void close_case(struct stage *st, struct case_record *c)
{
    int64_t cpu = st->idle.cpu;

    excuse_visitors(st);
    peers_close(st);
    st->spins |= st->spun;
    if (st->spins || st->err.code)
        return;
    if (await_rest(st, SPEC_WITHIN, STEP_SPIN_CPU) == BY_DEADLINE && !st->err.code &&
        st->idle.cpu - cpu >= STEP_SPIN_CPU) {
        c->spun_after = st->spins = st->spun = true;
        c->spun_cpu = st->idle.cpu - cpu;
    }
}

/* A peer that has got too little, and how much that was: not even a handshake, or so many bytes. */
struct waiting {
    struct peer_run *peer;
    bool shook_hands;
    size_t had;
};

static struct waiting waiting_for(struct peer_run *p)
{
    return (struct waiting){p, p->is_stream && stream_is_ready(&p->stream), peer_pending(p).len};
}

static bool is_answered(const struct waiting *w)
{
    return peer_pending(w->peer).len > w->had ||
           (!w->shook_hands && w->peer->is_stream && stream_is_ready(&w->peer->stream));
}

static bool got_more(struct stage *st, void *arg)
{
    struct waiting *w = arg;

    (void)st;
    return is_answered(w) || peer_is_over(w->peer);
}

/* Experiment: the peer of the failed step got too little. Does it get more once the others have gone, last
 * come first gone? */
static void release_others(struct stage *st, const struct step_record *failed, struct release_record *r)
{
    struct peer_run *waiting = &st->peers[st->test->steps[failed->step].actor];
    struct waiting more = waiting_for(waiting);
    struct wait w = {.done = got_more, .arg = &more, .within = SPEC_WITHIN / 5};

    r->tried = true;
    if (!waiting->is_stream) {
        r->closed = (uint32_t)waiting->index;
        r->answered = datagram_asked_again(st, failed->step);
    }
    for (size_t i = st->test->n_peers; i-- > 0 && !r->answered && waiting->is_stream && !st->err.code;) {
        struct peer_run *p = &st->peers[i];
        if (p == waiting || !p->open || !p->is_stream || p->spec->kind == PEER_RELAYS)
            continue;
        stream_close(&p->stream);
        p->open = false;
        r->closed = (uint32_t)i;
        await(st, &w);
        r->answered = is_answered(&more);
    }
}

static bool can_release(const struct stage *st, const struct case_record *c, const struct step_record *s)
{
    return (c->key.experiment == RELEASED || c->key.experiment == ENDING) && s->step != STEP_AFTER &&
           (s->outcome == STEP_TOO_LITTLE || s->outcome == STEP_NO_TLS) &&
           st->test->steps[s->step].actor_kind == ACTOR_PEER && st->test->steps[s->step].verb != VERB_CARRIES;
}

/* Experiment: it got too little. Does it get more once it has said that it will send no more? */
static void end_its_stream(struct stage *st, const struct step_record *failed, struct release_record *r)
{
    struct peer_run *waiting = &st->peers[st->test->steps[failed->step].actor];
    struct waiting more = waiting_for(waiting);
    struct wait w = {.done = got_more, .arg = &more, .within = SPEC_WITHIN / 5};

    r->tried = true;
    r->closed = (uint32_t)waiting->index;
    stream_half_close(&waiting->stream);
    await(st, &w);
    r->answered = is_answered(&more);
}

/* True: every step passed. */
static bool play_script(struct stage *st, struct case_record *c)
{
    struct step_record *last;

    if (script_play(st, c, 0, st->test->n_steps) && !st->err.code) {
        last = array_push(c->steps, c->n_steps, c->cap_steps);
        step_after(st, last);
    }
    if (st->err.code)
        return false;
    last = &c->steps[c->n_steps - 1];
    if (can_release(st, c, last)) {
        if (c->key.experiment == ENDING)
            end_its_stream(st, last, &c->release);
        else
            release_others(st, last, &c->release);
    }
    return last->outcome == STEP_PASSED;
}

/* Does the test ask later for what its peers got? */
static bool asks_for_got(const struct test *t)
{
    for (size_t i = 0; i < t->n_peers; i++)
        if (t->peers[i].kind == PEER_LISTENS && t->peers[i].transport == TRANSPORT_UDP)
            return true; /* for peer_drop_repeats */
    for (size_t i = 0; i < t->n_steps; i++)
        if (t->steps[i].verb == VERB_HAS_GOT || t->steps[i].verb == VERB_SAME_ORDER ||
            t->steps[i].skipping == SKIP_REPEATS)
            return true;
    return false;
}

static void begin_case(struct stage *st, const struct case_key *key)
{
    st->key = key;
    st->bindings = (struct bindings){.spec = st->spec,
                                     .test = st->test,
                                     .row = key->row,
                                     .seed = key->seed,
                                     .ports = st->told,
                                     .err = &st->err};
    st->bindings.names = arena_new(&st->case_arena, (st->test->n_names + 1) * sizeof *st->bindings.names);
    if (!expr_begin(st->spec->expr, key->seed))
        err_say(&st->err, -ENOMEM, "there is no memory for expressions");
    st->keeps_got = asks_for_got(st->test);
    st->last_step = 0;
    st->detour = (struct detour_record){0};
    st->stall = (struct stall_record){0};
    st->acted = NULL;
    st->left_unheard = 0;
    st->case_begun = clock_now();
    st->case_deadline = st->case_begun + (st->test->timeout ? st->test->timeout : st->spec->limits.case_time);
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        capture_begin_case(&st->programs[i].out);
        capture_begin_case(&st->programs[i].err);
        st->programs[i].look = (struct look){.step = NULL};
    }
    xray_begin(st);
    networks_begin(st);
    peers_listen(st);
    st->unheard = datagrams_unheard(st);
}

static bool play_case(struct stage *st, const struct case_key *key, struct teller *t)
{
    struct case_record c = {.key = *key};
    int64_t begun = clock_now();
    bool passed;

    programs_forget(st, true);
    paths_clear(st);
    begin_case(st, key);
    record_put_case(&t->pending, key);
    passed = !st->err.code && play_script(st, &c);
    if (!passed || st->request->keep_steps) {
        c.impaired = st->impaired;
        c.n_impaired = st->n_impaired;
        c.n_more_impaired = st->n_more_impaired;
    }
    c.detour = st->detour;
    c.stall = st->stall;
    xray_closes(st, &c);
    close_case(st, &c);
    xray_end(st, &c);
    programs_stop(st, true);
    c.took = clock_now() - begun;
    c.complete = !st->err.code;
    for (size_t i = 0; i < c.n_steps && (!passed || st->request->keep_steps); i++)
        record_put_step(&t->pending, &c.steps[i]);
    record_put_case_end(&t->pending, &c);
    mem_free(c.steps);
    arena_deinit(&st->case_arena);
    return passed;
}

/* ---- the play
 * ------------------------------------------------------------------------------------------------------ */

/* A crash when it was told to end: the judge must hear of it, and later starts would write over it. */
static bool crashed_at_end(const struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        int status = st->programs[i].record.exit_status;
        if (st->programs[i].record.terminated && status >= 0 && WIFSIGNALED(status) &&
            WTERMSIG(status) != SIGTERM && WTERMSIG(status) != SIGKILL)
            return true;
    }
    return false;
}

/* 0, or negative: the play is over. Everything that ran is ended, also what the programs left behind, and new
 * ports are chosen. */
static int fresh_start(struct stage *st)
{
    int r;

    programs_stop(st, false);
    if (st->err.code || crashed_at_end(st))
        return -ECANCELED;
    owners_close_used(st);
    programs_forget(st, false);
    st->spins = st->timers_watched = false;
    r = ports_begin(st);
    if (r == 0)
        r = files_place(st, true);
    return r;
}

/* One that cases share has ended in the last one, as it should: it cannot serve the next. */
static bool one_has_ended(const struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (st->programs[i].pid && !st->programs[i].running && st->programs[i].exit_expected &&
            !st->programs[i].spec->start_per_case)
            return true;
    return false;
}

static void play_cases(struct stage *st, struct teller *t)
{
    const struct play_request *q = st->request;
    bool started = false, passed = true;

    for (size_t i = 0; i < q->n_keys && !st->err.code; i++) {
        struct case_key key = q->keys[i];

        if (!started || key.fresh || !passed || st->spins || one_has_ended(st)) {
            if (fresh_start(st) < 0)
                break;
            key.fresh = true;
        }
        started = true;
        passed = play_case(st, &key, t);
        tell_programs(st, t);
        if (!passed && !st->test->score_share)
            break;
        tell(t);
    }
    programs_stop(st, false);
    tell_programs(st, t);
}

static int set_stage(struct stage *st)
{
    const struct play_request *q = st->request;
    size_t ports = port_count(st->spec) + 1;
    int r;

    if (q->isolation == ISOLATION_FULL && netns_enter(&st->err) < 0)
        return st->err.code;
    st->net_private = q->isolation == ISOLATION_FULL;
    if ((r = loop_init(&st->loop)) < 0 || (r = sockdiag_init(&st->diag)) < 0 ||
        (r = netns_wire_init(&st->wire, st->net_private)) < 0)
        return err_set(&st->err, r, "setting the stage");
    st->ports = mem_new(ports * sizeof *st->ports);
    st->told = mem_new(ports * sizeof *st->told);
    st->exchanges = !st->net_private && ports_any_fixed(st->spec) && rebind_possible();
    st->port_locks = mem_new(ports * sizeof *st->port_locks);
    memset(st->port_locks, -1, ports * sizeof *st->port_locks);
    st->rng = rng_seed(q->seed, q->test + 1 + (q->plays << 32)); /* other ports in each play */
    owners_init(st);
    programs_init(st);
    peers_init(st);
    if (hosts_begin(st) < 0 || owners_move_in(st) < 0 || files_place(st, false) < 0 || secure_begin(st) < 0)
        return st->err.code;
    return 0;
}

static void clear_stage(struct stage *st)
{
    peers_deinit(st);
    owners_deinit(st);
    programs_deinit(st);
    if (st->port_locks)
        ports_release(st->port_locks, port_count(st->spec));
    mem_free(st->ports);
    mem_free(st->told);
    mem_free(st->port_locks);
    tree_sample_deinit(&st->sample_a);
    tree_sample_deinit(&st->sample_b);
    netns_wire_deinit(&st->wire);
    xray_deinit(&st->xray);
    certs_deinit(&st->certs);
    sockdiag_deinit(&st->diag);
    loop_deinit(&st->loop);
    arena_deinit(&st->case_arena);
    arena_deinit(&st->arena);
}

int play_run(const struct play_request *request, int out)
{
    struct stage st = {
        .request = request, .spec = request->spec, .test = &request->spec->tests[request->test]};
    struct teller t = {.out = out};

    prctl(PR_SET_TIMERSLACK, TIMER_SLACK_NS);
    st.oom_kills = proc_oom_kills();
    st.loop.epoll = st.diag.fd = -1;
    if (set_stage(&st) == 0) {
        tell_play(&st, &t);
        play_cases(&st, &t);
        if (st.settled || st.excused || st.untraced)
            tell_play(&st, &t);
    } else
        tell_play(&st, &t);
    if (st.err.code && !st.excused)
        record_put_fault(&t.pending, st.err.text);
    clear_stage(&st);
    record_put_end(&t.pending);
    tell(&t);
    buf_deinit(&t.pending);
    return 0;
}
