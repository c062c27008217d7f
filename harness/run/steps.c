/* steps.c - the steps of a test: each is played, and ends in an outcome with its evidence. */
#include "run/steps.h"
#include "base/clock.h"
#include "base/mem.h"
#include "run/step_file.h"
#include "run/step_gets.h"
#include "run/step_program.h"

#include <sys/wait.h>

#define SETTLE_AFTER_FAILURE NS_PER_S

int64_t step_within(const struct step *s)
{
    return s->within ? s->within : SPEC_WITHIN;
}

static void stream_facts(struct stage *st, const struct peer_run *p, struct step_record *r)
{
    struct far_listener listener;
    struct far_end end;

    if (p->open) {
        if (p->stream.tls && p->stream.tls->note[0])
            r->tls = arena_text(&st->case_arena, p->stream.tls->note);
        r->lost = p->stream.lost;
        r->unread = p->stream.unread;
        if (!p->stream.connected && far_listener(st, p, &listener)) {
            r->queued = listener.queued;
            r->backlog = listener.backlog;
        }
    }
    if (!far_end(st, p, &end))
        return;
    r->accepted = end.inode != 0;
    r->unread = end.unread;
    r->tcp_state = end.state;
}

void step_facts(struct stage *st, const struct peer_run *p, struct step_record *r)
{
    programs_reap(st);
    r->timers = st->idle.timers;
    r->next_timer = st->idle.timers ? st->idle.until : 0;
    r->zombies = st->idle.zombies;
    r->reads_end = st->reads_end;
    r->sending = st->idle.sending;
    r->reading = st->idle.reading;
    r->on_stdin = st->idle.on_stdin;
    r->unheard = far_unheard(st);
    if (p && p->is_stream)
        stream_facts(st, p, r);
    else if (p)
        datagram_facts(st, p, r);
}

/* After a step of a program: the connection of which it has left most unread. */
static const struct peer_run *neglected(struct stage *st, size_t program)
{
    const struct peer_run *found = NULL;
    struct far_end end;
    uint32_t most = 0;

    for (size_t i = 0; i < st->test->n_peers; i++) {
        const struct peer_run *p = &st->peers[i];
        bool its = p->spec->kind == PEER_ACCEPTED
                       ? program_names_peer(st->programs[program].spec, p->spec->listener)
                       : p->spec->program == program;

        if (!its || !far_end(st, p, &end) || (found && end.unread <= most))
            continue;
        most = end.unread;
        found = p;
    }
    return found;
}

struct bytes step_came(struct stage *st, struct bytes b, struct step_record *r)
{
    r->came = excerpt_of(&st->case_arena, b);
    return b;
}

bool look_is_the_same(const struct look *last, const struct look *now)
{
    return last->step == now->step && last->came == now->came && last->taken == now->taken &&
           last->more == now->more && last->over == now->over;
}

/* ---- all
 * ------------------------------------------------------------------------------------------------------- */

static enum outcome step_pause(struct stage *st, const struct step *s, struct step_record *r)
{
    int64_t until = clock_now() + s->span;

    while (clock_now() < until && !st->err.code)
        stage_run(st, until - clock_now());
    r->decided = BY_FACT;
    return STEP_PASSED;
}

/* ---- let and check ------------------------------------------------------------------------------------- */

static enum outcome step_let(struct stage *st, const struct step *s)
{
    for (size_t i = 0; i < s->n_lets; i++)
        st->bindings.names[s->lets[i].slot] = value_datum(&s->lets[i].value, &st->bindings, &st->case_arena);
    return st->err.code ? STEP_LIMIT : STEP_PASSED;
}

static bool is_true(const struct datum *d)
{
    return d->kind != DATUM_NONE && (d->kind != DATUM_BOOL || d->i);
}

static enum outcome step_check(struct stage *st, const struct step *s, struct step_record *r)
{
    struct datum d = {0};
    const char *reason = NULL;
    bool holds;

    r->decided = BY_FACT;
    if (s->value.kind == VALUE_LUA)
        holds = expression_holds(s->value.expr, &st->bindings, &st->case_arena, &reason);
    else
        holds = piece_datum(&s->value.text.pieces[0], &st->bindings, &st->case_arena, &d) && is_true(&d);
    if (st->err.code)
        return STEP_LIMIT;
    r->reason = reason ? arena_text(&st->case_arena, reason) : NULL;
    return holds ? STEP_PASSED : STEP_CHECK_FAILED;
}

/* ---- the same order ------------------------------------------------------------------------------------ */

/* The next message of p, from *at on, that counts; NULL: there is none. */
static const struct got *next_counted(struct stage *st, const struct peer_run *p,
                                      const struct messages *which, size_t *at)
{
    while (*at < p->n_got) {
        const struct got *g = &p->got[(*at)++];
        struct incoming in = peer_incoming(st, p, g->content);

        in.http.to_head = g->to_head;
        if (which->n == 0 || message_is_any(which, &in, &st->bindings, &st->case_arena))
            return g;
    }
    return NULL;
}

/* All actors got the same messages in the same order: compared with the first one's. */
static enum outcome step_same_order(struct stage *st, const struct step *s, struct step_record *r)
{
    struct messages which = messages_resolve(&s->value, &st->bindings, &st->case_arena);

    r->decided = BY_FACT;
    for (size_t i = 1; i < s->n_actors; i++) {
        size_t here = 0, there = 0;

        for (r->count = 1;; r->count++) {
            const struct got *a = next_counted(st, &st->peers[s->actors[0]], &which, &here);
            const struct got *b = next_counted(st, &st->peers[s->actors[i]], &which, &there);

            if (!a && !b)
                break;
            if (a && b && bytes_equal(a->content, b->content))
                continue;
            r->item = (uint32_t)i;
            r->expected = excerpt_of(&st->case_arena, a ? a->content : (struct bytes){0});
            step_came(st, b ? b->content : (struct bytes){0}, r);
            return STEP_OTHER_ORDER;
        }
    }
    return STEP_PASSED;
}

/* ---- after: when it came ------------------------------------------------------------------------------- */

/* From the end of the step before. A program that waited for a CPU is not late for that. */
static enum outcome check_time(struct stage *st, const struct step *s, int64_t starved, struct step_record *r)
{
    int64_t ended = st->came_at ? st->came_at : clock_wall();

    r->waited = st->last_step ? ended - st->last_step : 0;
    if (r->waited < 0)
        r->waited = 0;
    st->last_step = ended;
    if (s->after_min && r->waited < s->after_min)
        return STEP_TOO_SOON;
    starved = st->idle.starved > starved ? st->idle.starved - starved : 0;
    return s->after_max && r->waited - starved > s->after_max ? STEP_TOO_LATE : STEP_PASSED;
}

/* ---- one step ------------------------------------------------------------------------------------------ */

/* A fault of the expression leaves the step out, and ends the case. */
bool step_is_played(struct stage *st, size_t index)
{
    const struct template *when = &st->test->steps[index].when;
    struct datum d = {0};

    return when->n == 0 || (piece_datum(&when->pieces[0], &st->bindings, &st->case_arena, &d) && is_true(&d));
}

/* What an experiment leaves out. */
static bool is_left_out(const struct case_key *k, enum verb v)
{
    bool slows = v == VERB_STOPS_READING || v == VERB_RESUMES || v == VERB_PAUSES || v == VERB_CONTINUES;
    bool ends = v == VERB_HALF_CLOSES || v == VERB_TYPES_END || v == VERB_GETS_END; /* the answer to an end */

    return (experiment_is_calm(k->experiment) && slows) || (k->experiment == UNENDED && ends);
}

static enum outcome play_one(struct stage *st, size_t index, struct step_record *r)
{
    const struct step *s = &st->test->steps[index];

    if (is_left_out(st->key, s->verb))
        return STEP_PASSED;
    switch (s->actor_kind) {
    case ACTOR_PEER: return step_play_peer(st, index, &st->peers[s->actor], r);
    case ACTOR_PROGRAM: return step_play_program(st, s, &st->programs[s->actor], r);
    case ACTOR_FILE: return step_play_file(st, s, r);
    case ACTOR_NONE: break;
    }
    if (s->verb == VERB_SAME_ORDER)
        return step_same_order(st, s, r);
    if (s->verb == VERB_LET)
        return step_let(st, s);
    if (s->verb == VERB_CHECK)
        return step_check(st, s, r);
    return s->verb == VERB_PAUSE ? step_pause(st, s, r)
                                 : STEP_PASSED; /* a milestone is passed when it is reached */
}

bool step_is_ready(struct stage *st, size_t index)
{
    const struct step *s = &st->test->steps[index];

    if (!step_is_played(st, index))
        return true;
    switch (s->actor_kind) {
    case ACTOR_PEER: return step_peer_is_ready(st, s, &st->peers[s->actor]);
    case ACTOR_PROGRAM: return step_program_is_ready(st, s, &st->programs[s->actor]);
    case ACTOR_FILE: return false;
    case ACTOR_NONE: break;
    }
    return true;
}

/* Whose connection speaks about the step; NULL: none does. */
static const struct peer_run *subject(struct stage *st, const struct step *s)
{
    switch (s->actor_kind) {
    case ACTOR_PEER: return &st->peers[s->actor];
    case ACTOR_PROGRAM: return neglected(st, s->actor);
    case ACTOR_FILE:
    case ACTOR_NONE: break;
    }
    return NULL;
}

/* Did the program say what it may not? That tells more than that something else was expected. */
static bool check_rules(struct stage *st, struct peer_run *p, struct step_record *r)
{
    const struct conversation *c;

    conversation_hears(st, p);
    c = conversation_broken(p);
    if (!c)
        return false;
    r->breach = c->breach;
    r->program = (uint32_t)c->program;
    step_came(st, c->breaking, r);
    return true;
}

/* May that be how a step of its peer ends when the program says what it may not? */
static bool may_be_breach(enum outcome o)
{
    return o == STEP_PASSED || o == STEP_OTHER_CAME || o == STEP_CAME_UNASKED;
}

/* The same of any step, and of programs that talk through a relay: one that says what it may not leads the
 * other astray in any way. But that it crashed, too, says more. */
static bool may_come_of_breach(enum outcome o, const struct step_record *r)
{
    bool crashed = r->exit_status >= 0 && WIFSIGNALED(r->exit_status);

    return o != STEP_LIMIT && o != STEP_NOT_LISTENING && o != STEP_EXITED && !crashed;
}

static bool breaks_rules(struct stage *st, const struct step *s, enum outcome o, struct step_record *r)
{
    if (s->actor_kind == ACTOR_PEER && may_be_breach(o) && check_rules(st, &st->peers[s->actor], r))
        return true;
    for (size_t i = 0; i < st->test->n_peers && may_come_of_breach(o, r); i++)
        if (st->peers[i].spec->kind == PEER_RELAYS && check_rules(st, &st->peers[i], r))
            return true;
    return false;
}

enum outcome step_play(struct stage *st, size_t index, struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    int64_t begun = clock_now(), cpu = st->idle.cpu, starved = st->idle.starved;
    enum outcome o, time;

    *r = (struct step_record){
        .step = (uint32_t)index, .began = begun - st->case_begun, .exit_status = -1, .program = UINT32_MAX};
    st->came_at = 0;
    st->reads_end = false;
    o = step_ports_known(st, s, r) ? play_one(st, index, r) : STEP_NOT_LISTENING;
    r->took = clock_now() - begun;
    r->cpu = st->idle.cpu > cpu ? st->idle.cpu - cpu : 0; /* who has ended counts no more */
    networks_note(st, index);
    time = check_time(st, s, starved, r);
    if (o == STEP_PASSED)
        o = time;
    if (breaks_rules(st, s, o, r))
        o = STEP_BROKE_RULES;
    if (o != STEP_PASSED && !st->err.code) {
        step_facts(st, subject(st, s), r);
        if (s->actor_kind == ACTOR_PEER && (o == STEP_CAME_UNASKED || o == STEP_OTHER_CAME))
            too_soon_facts(st, &st->peers[s->actor], index, r);
        /* What ended the step may be the first sign of the program's end: it is told with its status. */
        if (await_rest(st, SETTLE_AFTER_FAILURE, STEP_SPIN_CPU) != BY_DEADLINE)
            watching_facts(st, subject(st, s), r);
        programs_reap(st);
    }
    return r->outcome = o;
}

/* What is broadcast comes to all that hear it, and is for those whom the test names. */
static bool is_bystander(const struct stage *st, const struct peer_run *p)
{
    return p->spec->broadcast && !test_has_actor(st->test, ACTOR_PEER, p->index);
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
    for (size_t i = 0; i < st->test->n_peers; i++) {
        struct peer_run *p = &st->peers[i];
        peer_drop_repeats(st, p);
        r->item = (uint32_t)i; /* which peer: this is no step of one */
        if (check_rules(st, p, r))
            return STEP_BROKE_RULES;
        /* Who came to a listening peer, and was not accepted, is no mistake; what a bad network doubles, or
         * makes a program say again, is none either, nor how a stream goes on whose pace was measured. */
        if (!p->open || p->measured || is_bystander(st, p) || !peer_has_more(p) ||
            network_of(st, p->via ? p->via : p))
            continue;
        r->program = (uint32_t)p->spec->program;
        step_came(st, peer_pending(p), r);
        return STEP_CAME_UNASKED;
    }
    return STEP_PASSED;
}

enum outcome step_after(struct stage *st, struct step_record *r)
{
    int64_t begun = clock_now();

    *r = (struct step_record){
        .step = STEP_AFTER, .began = begun - st->case_begun, .exit_status = -1, .program = UINT32_MAX};
    r->decided = st->spins ? BY_DEADLINE : await_rest(st, SPEC_WITHIN, STEP_SPIN_CPU);
    programs_reap(st);
    networks_note(st, STEP_AFTER);
    r->outcome = check_after(st, r);
    r->took = clock_now() - begun;
    return r->outcome;
}
