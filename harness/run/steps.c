/* steps.c - the steps of a test: each is played, and ends in an outcome with its evidence. */
#include "run/steps.h"
#include "base/clock.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define SETTLE_AFTER_FAILURE NS_PER_S

int64_t step_within(const struct step *s)
{
    return s->within ? s->within : SPEC_WITHIN;
}

void step_facts(struct stage *st, const struct peer_run *p, struct step_record *r)
{
    struct sock_info info;

    programs_reap(st);
    r->timers = st->idle.timers;
    r->next_timer = st->idle.timers ? st->idle.until : 0;
    r->zombies = st->idle.zombies;
    r->sending = st->idle.sending;
    r->reading = st->idle.reading;
    if (!p || !p->is_stream || !p->open || !p->stream.connected)
        return;
    if (gate_look((struct stream *)&p->stream, &st->diag, &info) < 0)
        return;
    r->accepted = info.inode != 0;
    r->unread = info.rqueue;
    r->tcp_state = info.state;
}

struct bytes step_came(struct stage *st, struct bytes b, struct step_record *r)
{
    r->came = excerpt_of(&st->case_arena, b);
    return b;
}

/* ---- programs
 * ------------------------------------------------------------------------------------------------ */

static bool has_exited(struct stage *st, void *arg)
{
    (void)st;
    return !((struct program_run *)arg)->running;
}

static bool exit_matches(const struct value *v, int status)
{
    if (v->kind == VALUE_SIGNAL)
        return WIFSIGNALED(status) && WTERMSIG(status) == v->number;
    if (v->kind != VALUE_CODE || v->any)
        return true;
    if (!WIFEXITED(status))
        return false;
    return v->unlike ? WEXITSTATUS(status) != v->number : WEXITSTATUS(status) == v->number;
}

static enum outcome step_exits(struct stage *st, const struct step *s, struct program_run *p,
                               struct step_record *r)
{
    struct wait w = {.done = has_exited, .arg = p, .within = step_within(s)};

    p->exit_expected = true;
    r->decided = await(st, &w);
    r->exit_status = p->record.exit_status;
    if (p->running)
        return STEP_STILL_RUNS;
    p->record.exited = false;
    return exit_matches(&s->value, p->record.exit_status) ? STEP_PASSED : STEP_OTHER_EXIT;
}

static enum outcome step_keeps_running(struct stage *st, const struct step *s, struct program_run *p,
                                       struct step_record *r)
{
    struct wait w = {.done = has_exited, .arg = p, .within = step_within(s), .quiet = true};

    r->decided = await(st, &w);
    r->exit_status = p->record.exit_status;
    return p->running ? STEP_PASSED : STEP_EXITED;
}

static enum outcome step_restarts(struct stage *st, const struct step *s, struct program_run *p,
                                  struct step_record *r)
{
    struct wait w = {.done = has_exited, .arg = p, .within = step_within(s), .quiet = true};

    if (p->running) {
        p->exit_expected = p->record.terminated = true;
        program_signal(st, p, SIGTERM);
        await(st, &w);
        if (p->running)
            program_signal(st, p, SIGKILL);
        w.quiet = false;
        r->decided = await(st, &w);
    }
    p->pid = 0;
    p->record.readiness = READY_NOT_ASKED;
    return program_ready(st, p->index) ? STEP_PASSED : STEP_NOT_LISTENING;
}

/* ---- what a program prints
 * ------------------------------------------------------------------------------------ */

struct printing {
    struct program_run *program;
    struct bytes want; /* with its line feed, for `prints` of a line */
    const struct regex *regex;
    bool line, all;
};

/* The next line without its end; a terminal's driver in raw mode leaves LF alone. */
static struct bytes next_line(struct bytes rest)
{
    const uint8_t *end = rest.len ? memchr(rest.data, '\n', rest.len) : NULL;

    return bytes_slice(rest, 0, end ? (size_t)(end - rest.data) : rest.len);
}

static bool printing_done(struct stage *st, void *arg)
{
    struct printing *w = arg;
    struct bytes rest = capture_rest(&w->program->out);

    (void)st;
    if (w->all)
        return w->program->out.ended;
    if (w->line)
        return next_line(rest).len < rest.len || w->program->out.ended;
    return rest.len >= w->want.len || w->program->out.ended;
}

static enum outcome step_prints(struct stage *st, const struct step *s, struct program_run *p,
                                struct step_record *r)
{
    struct messages m = messages_resolve(&s->value, &st->bindings, &st->case_arena);

    r->items = (uint32_t)m.n;
    for (size_t i = 0; i < m.n; i++) {
        const struct message *want = &m.items[i];
        struct printing w = {p, want->content, want->regex, want->framed, s->verb == VERB_PRINTED};
        struct wait wait = {.done = printing_done, .arg = &w, .within = step_within(s)};
        struct bytes rest, got;
        bool matches;

        r->decided = await(st, &wait);
        rest = capture_rest(&p->out);
        got = w.all ? rest : w.line ? next_line(rest) : bytes_slice(rest, 0, want->content.len);
        r->item = (uint32_t)i;
        r->expected = excerpt_of(&st->case_arena, want->regex ? bytes_of(want->source) : want->content);
        step_came(st, got, r);
        r->at = match_prefix(got, want->content);
        matches = want->regex ? regex_match(want->regex, got) == MATCHED : bytes_equal(got, want->content);
        if (!matches)
            return STEP_NOT_PRINTED;
        p->out.taken += got.len + (w.line && got.len < rest.len);
    }
    return STEP_PASSED;
}

static bool printed_something(struct stage *st, void *arg)
{
    (void)st;
    return capture_rest(&((struct program_run *)arg)->out).len > 0;
}

static enum outcome step_prints_nothing(struct stage *st, const struct step *s, struct program_run *p,
                                        struct step_record *r)
{
    struct wait w = {
        .done = printed_something, .arg = p, .within = step_within(s), .quiet = true, .watches_timers = true};

    r->decided = await(st, &w);
    if (!printed_something(st, p))
        return STEP_PASSED;
    step_came(st, capture_rest(&p->out), r);
    return STEP_CAME_UNASKED;
}

static enum outcome step_types(struct stage *st, const struct step *s, struct program_run *p)
{
    struct messages m = messages_resolve(&s->value, &st->bindings, &st->case_arena);

    for (size_t i = 0; i < m.n; i++)
        buf_append(&p->to_type, m.items[i].content);
    if (s->verb == VERB_TYPES_END)
        p->typing_ends = true;
    program_type(st, p);
    return STEP_PASSED;
}

/* A signal takes effect when the program's threads get to it. */
static bool is_stopped(struct stage *st, void *arg)
{
    const struct program_run *p = arg;

    if (box_sample(&st->box, &st->sample_a) < 0 || !p->running)
        return true;
    for (size_t i = 0; i < st->sample_a.n; i++)
        if (st->sample_a.threads[i].pid == p->pid && st->sample_a.threads[i].kind != WAIT_STOPPED)
            return false;
    return true;
}

static enum outcome step_pauses(struct stage *st, const struct step *s, struct program_run *p,
                                struct step_record *r)
{
    struct wait w = {.done = is_stopped, .arg = p, .within = step_within(s)};

    program_signal(st, p, SIGSTOP);
    do /* asleep is not stopped yet */
        r->decided = await(st, &w);
    while (!is_stopped(st, p) && r->decided == BY_IDLE && !st->err.code);
    return STEP_PASSED;
}

static enum outcome play_program(struct stage *st, const struct step *s, struct program_run *p,
                                 struct step_record *r)
{
    r->program = (uint32_t)p->index;
    if (s->verb != VERB_RESTARTS && program_start(st, p->index) < 0)
        return STEP_LIMIT;
    if (p->record.readiness == READY_NOT_FOUND)
        return STEP_NOT_LISTENING;
    switch (s->verb) {
    case VERB_STARTS: return program_ready(st, p->index) ? STEP_PASSED : STEP_NOT_LISTENING;
    case VERB_RESTARTS: return step_restarts(st, s, p, r);
    case VERB_TYPES:
    case VERB_TYPES_END: return step_types(st, s, p);
    case VERB_PRINTS:
    case VERB_PRINTED: return step_prints(st, s, p, r);
    case VERB_PRINTS_NOTHING: return step_prints_nothing(st, s, p, r);
    case VERB_EXITS: return step_exits(st, s, p, r);
    case VERB_KEEPS_RUNNING: return step_keeps_running(st, s, p, r);
    case VERB_RECEIVES: program_signal(st, p, s->value.number); return STEP_PASSED;
    case VERB_PAUSES: return step_pauses(st, s, p, r);
    case VERB_CONTINUES: program_signal(st, p, SIGCONT); return STEP_PASSED;
    case VERB_CONNECTS:
    case VERB_IS_REFUSED:
    case VERB_SENDS:
    case VERB_GETS:
    case VERB_GETS_NOTHING:
    case VERB_GETS_END:
    case VERB_GETS_RESET:
    case VERB_GETS_NO_REPLY:
    case VERB_GETS_ANY_ORDER:
    case VERB_GETS_ONE_OF:
    case VERB_HALF_CLOSES:
    case VERB_CLOSES:
    case VERB_RESETS:
    case VERB_STOPS_READING:
    case VERB_RESUMES:
    case VERB_IS_STALLED:
    case VERB_PAUSE: break; /* not a program's */
    }
    return STEP_LIMIT;
}

/* ---- all
 * ------------------------------------------------------------------------------------------------------- */

static enum outcome step_pause(struct stage *st, const struct step *s, struct step_record *r)
{
    int64_t until = clock_now() + s->span;

    while (clock_now() < until && !st->err.code)
        loop_run(&st->loop, until - clock_now());
    r->decided = BY_FACT;
    return STEP_PASSED;
}

enum outcome step_play(struct stage *st, size_t index, struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    int64_t begun = clock_now(), cpu = st->idle.cpu;
    struct peer_run *peer = s->actor_kind == ACTOR_PEER ? &st->peers[s->actor] : NULL;
    enum outcome o;

    *r = (struct step_record){.step = (uint32_t)index, .exit_status = -1, .program = UINT32_MAX};
    if (peer)
        o = step_play_peer(st, index, peer, r);
    else if (s->actor_kind == ACTOR_PROGRAM)
        o = play_program(st, s, &st->programs[s->actor], r);
    else
        o = step_pause(st, s, r);
    r->took = clock_now() - begun;
    r->cpu = st->idle.cpu - cpu;
    if (o != STEP_PASSED && !st->err.code) {
        step_facts(st, peer, r);
        /* What ended the step may be the first sign of the program's end: it is told with its status. */
        await_rest(st, SETTLE_AFTER_FAILURE, STEP_SPIN_CPU);
        programs_reap(st);
    }
    return r->outcome = o;
}

static enum outcome check_after(struct stage *st, struct step_record *r)
{
    for (size_t i = 0; i < st->spec->n_programs; i++) {
        const struct program_run *p = &st->programs[i];
        bool crashed = p->record.exit_status >= 0 && WIFSIGNALED(p->record.exit_status);

        if (p->pid && !p->running && p->record.exited && (p->spec->n_listens || crashed)) {
            r->program = (uint32_t)i;
            r->exit_status = p->record.exit_status;
            return STEP_EXITED;
        }
    }
    for (size_t i = 0; i < st->spec->n_peers; i++) {
        const struct peer_run *p = &st->peers[i];
        if (!p->open || !peer_has_more(p))
            continue;
        r->item = (uint32_t)i; /* which peer: this is no step of one */
        step_came(st, peer_pending(p), r);
        return STEP_CAME_UNASKED;
    }
    return STEP_PASSED;
}

enum outcome step_after(struct stage *st, struct step_record *r)
{
    int64_t begun = clock_now();

    *r = (struct step_record){.step = STEP_AFTER, .exit_status = -1, .program = UINT32_MAX};
    r->decided = st->spins ? BY_DEADLINE : await_rest(st, SPEC_WITHIN, STEP_SPIN_CPU);
    programs_reap(st);
    r->outcome = check_after(st, r);
    r->took = clock_now() - begun;
    return r->outcome;
}
