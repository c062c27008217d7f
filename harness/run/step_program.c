/* step_program.c - the steps of a program: what it prints, how it ends, what is done to it. */
#include "run/step_program.h"
#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* ---- its end ------------------------------------------------------------------------------------------- */

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

static int no_such(struct stage *st, const struct value *v, const char *what, const char *text)
{
    return err_say(&st->err, -EINVAL, "%s:%d:%d: %s %s", v->mark.file, v->mark.line, v->mark.col, what, text);
}

/* With names in it, what it says in this case. */
static struct value exit_wanted(struct stage *st, const struct step *s, struct step_record *r)
{
    struct value v = s->value;
    struct bytes text;

    if (v.kind != VALUE_BYTES)
        return v;
    text = arena_bytes(&st->case_arena, template_fill(&v.text, &st->bindings, &st->case_arena));
    r->expected = excerpt_of(&st->case_arena, text);
    if (!exit_parse(text, &v))
        no_such(st, &v, "no program exits with", (const char *)text.data);
    return v;
}

static enum outcome step_exits(struct stage *st, const struct step *s, struct program_run *p,
                               struct step_record *r)
{
    struct value wanted = exit_wanted(st, s, r);
    struct wait w = {.done = has_exited, .arg = p, .within = step_within(s)};

    p->exit_expected = true;
    r->decided = await(st, &w);
    r->exit_status = p->record.exit_status;
    if (p->running)
        return STEP_STILL_RUNS;
    p->record.exited = false;
    return exit_matches(&wanted, p->record.exit_status) ? STEP_PASSED : STEP_OTHER_EXIT;
}

static enum outcome step_keeps_running(struct stage *st, const struct step *s, struct program_run *p,
                                       struct step_record *r)
{
    struct wait w = {.done = has_exited, .arg = p, .within = step_within(s), .quiet = true};

    r->decided = await(st, &w);
    r->exit_status = p->record.exit_status;
    return p->running ? STEP_PASSED : STEP_EXITED;
}

/* One that a later step types to may need that before it listens: whoever needs it to listen awaits it. */
static enum outcome step_starts(struct stage *st, const struct step *s, struct program_run *p)
{
    for (const struct step *later = s + 1; later < st->test->steps + st->test->n_steps; later++)
        if (later->actor_kind == ACTOR_PROGRAM && later->actor == s->actor && later->verb == VERB_TYPES)
            return STEP_PASSED;
    return program_ready(st, p->index) ? STEP_PASSED : STEP_NOT_LISTENING;
}

static enum outcome step_restarts(struct stage *st, const struct step *s, struct program_run *p,
                                  struct step_record *r)
{
    struct wait w = {.done = has_exited, .arg = p, .within = step_within(s), .quiet = true};
    enum outcome o;

    if (p->running) {
        await_turn(st, p);
        p->exit_expected = p->record.terminated = true;
        program_signal(st, p, SIGTERM);
        await(st, &w);
        if (p->running)
            program_signal(st, p, SIGKILL);
        w.quiet = false;
        r->decided = await(st, &w);
    }
    leftovers_note(st, p);
    p->pid = 0;
    p->base.taken = false;
    p->record.readiness = READY_NOT_ASKED;
    if (program_start(st, p->index) < 0)
        return STEP_LIMIT;
    r->program = program_at_fault(st, p->index);
    o = step_starts(st, s, p);
    if (o != STEP_PASSED)
        leftovers_tell(st, p);
    return o;
}

/* ---- what a program prints
 * ------------------------------------------------------------------------------------ */

struct printing {
    struct stage *st;
    struct program_run *program;
    const struct message *want;
    bool all; /* `printed` */
    /* found by look_for */
    struct bytes content;
    size_t total; /* bytes that it takes up */
    bool whole;   /* it has the end that its framing asks for */
};

static const struct protocol *printed_protocol(const struct stage *st, const struct program_run *p)
{
    return p->spec->prints < st->spec->n_protocols ? &st->spec->protocols[p->spec->prints] : NULL;
}

/* Messages of a protocol; else lines. A terminal's driver in raw mode leaves LF alone. */
static const struct framing *printed_framing(const struct printing *w)
{
    static const struct framing line = {.kind = FRAMING_DELIMITER, .delimiter = {(const uint8_t *)"\n", 1}};
    const struct protocol *protocol = printed_protocol(w->st, w->program);

    return protocol ? &protocol->framing : &line;
}

/* True: what the step asks about is there, or can no longer come. */
static bool look_for(struct printing *w)
{
    struct bytes rest = capture_rest(&w->program->out);
    struct frame f;

    w->content = rest;
    w->total = rest.len;
    if (w->all) { /* what was taken before, too */
        w->content = buf_view(&w->program->out.text);
        return w->program->out.ended;
    }
    if (!w->want->framed) {
        w->content = bytes_slice(rest, 0, w->total = w->want->content.len);
        return w->program->out.ended || rest.len >= w->want->content.len;
    }
    switch (framing_next(printed_framing(w), rest, &f)) {
    case FRAMED_MESSAGE:
        w->content = f.body;
        w->total = f.total;
        w->whole = true;
        return true;
    case FRAMED_PARTIAL: return w->program->out.ended;
    case FRAMED_TOO_LONG:
    case FRAMED_INVALID: break;
    }
    return true;
}

static bool printing_done(struct stage *st, void *arg)
{
    (void)st;
    return look_for(arg);
}

static struct printing printing_of(struct stage *st, const struct step *s, struct program_run *p,
                                   const struct message *want)
{
    return (struct printing){.st = st, .program = p, .want = want, .all = s->verb == VERB_PRINTED};
}

/* The first of what the step expects is there, or can no longer come. */
static bool printing_is_done(struct stage *st, const struct step *s, struct program_run *p)
{
    struct listed all = messages_list(&s->value, &st->bindings, &st->case_arena);
    struct message first;
    struct printing w;

    if (all.n == 0)
        return true;
    first = message_resolve(all.items[0], &st->bindings, &st->case_arena);
    w = printing_of(st, s, p, &first);
    return look_for(&w);
}

static bool printing_is_ready(struct stage *st, const struct step *s, struct program_run *p)
{
    struct look now = {
        .step = s, .came = p->out.text.len + p->out.dropped, .taken = p->out.taken, .over = p->out.ended};

    if (!look_is_the_same(&p->look, &now)) {
        now.ready = printing_is_done(st, s, p);
        p->look = now;
    }
    return p->look.ready;
}

static bool print_one(struct stage *st, const struct step *s, struct printing *w, struct step_record *r)
{
    struct wait wait = {.done = printing_done, .arg = w, .within = step_within(s)};
    struct caught caught = {0};
    struct incoming in;

    r->decided = await(st, &wait);
    look_for(w);
    in = (struct incoming){.content = w->content, .protocol = printed_protocol(st, w->program)};
    message_show(w->want, &st->case_arena, r);
    step_came(st, w->content, r);
    r->came_is_message = w->whole;
    r->at = match_prefix(w->content, w->want->content);
    if (!message_is(w->want, &in, &st->bindings, &st->case_arena, &caught)) {
        r->reason = caught.reason ? arena_text(&st->case_arena, caught.reason) : NULL;
        if (w->content.len)
            typed_explain(&in, w->want, &st->case_arena, r);
        return false;
    }
    caught_name(&caught, s->as, &in, &st->bindings, &st->case_arena);
    caught_keep(&caught, &st->bindings, &st->case_arena);
    w->program->out.taken += w->total;
    return true;
}

static enum outcome step_prints(struct stage *st, const struct step *s, struct program_run *p,
                                struct step_record *r)
{
    struct listed all = messages_list(&s->value, &st->bindings, &st->case_arena);

    r->items = (uint32_t)all.n;
    for (size_t i = 0; i < all.n; i++) {
        struct message want = message_resolve(all.items[i], &st->bindings, &st->case_arena);
        struct printing w = printing_of(st, s, p, &want);

        r->item = (uint32_t)i;
        if (!print_one(st, s, &w, r))
            return STEP_NOT_PRINTED;
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

static enum outcome step_types(struct stage *st, const struct step *s, struct program_run *p,
                               struct step_record *r)
{
    struct messages m = messages_resolve(&s->value, &st->bindings, &st->case_arena);

    await_turn(st, p);
    for (size_t i = 0; i < m.n; i++)
        buf_append(&p->to_type, m.items[i].content);
    if (m.n)
        r->sent = excerpt_of(&st->case_arena, m.items[0].content);
    if (s->verb == VERB_TYPES_END)
        p->typing_ends = true;
    program_type(st, p);
    return STEP_PASSED;
}

/* Threads of the program and its children that a signal has stopped, and others. */
static void count_threads(struct stage *st, const struct program_run *p, size_t *stopped, size_t *others)
{
    *stopped = *others = 0;
    if (owners_sample(st, &st->sample_a) < 0 || !p->running)
        return;
    for (size_t i = 0; i < st->sample_a.n; i++) {
        const struct thread_sample *t = &st->sample_a.threads[i];

        if ((t->pid != p->pid && t->group != p->pid) || t->kind == WAIT_ZOMBIE)
            continue;
        *(t->kind == WAIT_STOPPED ? stopped : others) += 1;
    }
}

static bool is_stopped(struct stage *st, void *arg)
{
    size_t stopped, others;

    count_threads(st, arg, &stopped, &others);
    return others == 0;
}

static bool has_gone_on(struct stage *st, void *arg)
{
    size_t stopped, others;

    count_threads(st, arg, &stopped, &others);
    return stopped == 0;
}

static enum outcome step_signals(struct stage *st, struct program_run *p, int sig)
{
    await_turn(st, &p->pid); /* not p: what was typed comes to it by another way */
    program_signal(st, p, sig);
    return STEP_PASSED;
}

static enum outcome step_receives(struct stage *st, const struct step *s, struct program_run *p)
{
    int sig = s->value.number;
    const char *name;

    if (s->value.kind == VALUE_BYTES) {
        name = (const char *)arena_bytes(&st->case_arena,
                                         template_fill(&s->value.text, &st->bindings, &st->case_arena))
                   .data;
        sig = signal_number(name);
        if (!sig)
            no_such(st, &s->value, "there is no signal", name);
    }
    return st->err.code ? STEP_LIMIT : step_signals(st, p, sig);
}

/* A signal takes effect when the program's threads get to it, and when a tracer lets them: asleep is not
 * stopped yet, and stopped is not at rest. */
static enum outcome step_stops(struct stage *st, const struct step *s, struct program_run *p, int sig,
                               struct step_record *r)
{
    struct wait w = {.done = sig == SIGSTOP ? is_stopped : has_gone_on, .arg = p, .within = step_within(s)};
    int64_t end = clock_now() + w.within;

    step_signals(st, p, sig);
    do
        r->decided = await(st, &w);
    while (!w.done(st, p) && r->decided == BY_IDLE && clock_now() < end && !st->err.code);
    return STEP_PASSED;
}

/* ---- what it holds ------------------------------------------------------------------------------------- */

static bool is_stuck(struct stage *st, void *arg)
{
    (void)arg;
    return st->idle.sending > 0 && (st->idle.state == IDLE_ASLEEP || st->idle.state == IDLE_UNTIL);
}

/* A thread of it waits in send: the other side does not read, and all buffers are full. */
static enum outcome step_is_stuck(struct stage *st, const struct step *s, struct step_record *r)
{
    struct wait w = {.done = is_stuck, .within = step_within(s), .quiet = true, .watches_timers = true};

    st->idle.sending = 0;
    r->decided = await(st, &w);
    return is_stuck(st, NULL) ? STEP_PASSED : STEP_NOT_STUCK;
}

#define LEAK_LEAST 3u

/* One descriptor more may be anything that it opens when it is first needed. One more for every second that
 * came, and no fewer than three, is a leak. */
static bool rises(const struct step_record *r)
{
    uint32_t more = r->fds_now > r->fds_before ? r->fds_now - r->fds_before : 0;

    return more >= LEAK_LEAST && more * 2 >= r->visits;
}

static enum outcome step_leaks_nothing(struct stage *st, const struct step *s, struct program_run *p,
                                       struct step_record *r)
{
    r->decided = await_rest(st, step_within(s), STEP_SPIN_CPU);
    r->fds_before = p->base.fds;
    r->visits = p->visits;
    if (!p->running)
        return STEP_EXITED;
    if (program_holds(st, p, &r->fds_now, &r->stale) < 0)
        return STEP_LIMIT;
    return r->stale || st->idle.zombies || (p->base.taken && rises(r)) ? STEP_LEAKS : STEP_PASSED;
}

static enum outcome step_holds_no_ip(struct stage *st, const struct step *s, struct program_run *p,
                                     struct step_record *r)
{
    char text[ADDR_TEXT + 8];
    int held;

    r->decided = await_rest(st, step_within(s), STEP_SPIN_CPU);
    if (!p->running)
        return STEP_EXITED;
    held = program_holds_ip(st, p, text, sizeof text);
    if (held < 0)
        return STEP_LIMIT;
    if (held)
        step_came(st, bytes_of(text), r);
    return held ? STEP_HOLDS_IP : STEP_PASSED;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

/* Those that look for what is not there are decided by sleep alone. */
bool step_program_is_ready(struct stage *st, const struct step *s, struct program_run *p)
{
    if (s->verb == VERB_PRINTS || s->verb == VERB_PRINTED)
        return p->pid && (!p->running || printing_is_ready(st, s, p));
    if (s->verb == VERB_EXITS)
        return p->pid && !p->running;
    return s->verb != VERB_PRINTS_NOTHING && s->verb != VERB_KEEPS_RUNNING &&
           s->verb != VERB_IS_STUCK_SENDING && s->verb != VERB_LEAKS_NOTHING && s->verb != VERB_HOLDS_NO_IP;
}

enum outcome step_play_program(struct stage *st, const struct step *s, struct program_run *p,
                               struct step_record *r)
{
    if (s->verb != VERB_RESTARTS && program_start(st, p->index) < 0)
        return STEP_LIMIT;
    r->program = program_at_fault(st, p->index);
    if (s->verb != VERB_RESTARTS && !p->pid)
        return STEP_NOT_LISTENING;
    switch (s->verb) {
    case VERB_STARTS: return step_starts(st, s, p);
    case VERB_RESTARTS: return step_restarts(st, s, p, r);
    case VERB_TYPES:
    case VERB_TYPES_END: return step_types(st, s, p, r);
    case VERB_PRINTS:
    case VERB_PRINTED: return step_prints(st, s, p, r);
    case VERB_PRINTS_NOTHING: return step_prints_nothing(st, s, p, r);
    case VERB_EXITS: return step_exits(st, s, p, r);
    case VERB_KEEPS_RUNNING: return step_keeps_running(st, s, p, r);
    case VERB_IS_STUCK_SENDING: return step_is_stuck(st, s, r);
    case VERB_LEAKS_NOTHING: return step_leaks_nothing(st, s, p, r);
    case VERB_HOLDS_NO_IP: return step_holds_no_ip(st, s, p, r);
    case VERB_RECEIVES: return step_receives(st, s, p);
    case VERB_PAUSES: /* paused before it listens it never would */
        return program_ready(st, p->index) ? step_stops(st, s, p, SIGSTOP, r) : STEP_NOT_LISTENING;
    case VERB_CONTINUES: return step_stops(st, s, p, SIGCONT, r);
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
    case VERB_CUTS_OFF:
    case VERB_CLOSES:
    case VERB_RESETS:
    case VERB_STOPS_READING:
    case VERB_RESUMES:
    case VERB_IS_STALLED:
    case VERB_HAS_GOT:
    case VERB_MEASURES:
    case VERB_SPEAKS:
    case VERB_ANSWERS:
    case VERB_ACCEPTS:
    case VERB_ACCEPTS_NOTHING:
    case VERB_CARRIES:
    case VERB_CUTS:
    case VERB_EQUALS:
    case VERB_MATCHES:
    case VERB_IS_ABSENT:
    case VERB_HAS_MODE:
    case VERB_PAUSE:
    case VERB_MILESTONE:
    case VERB_SAME_ORDER:
    case VERB_UNORDERED:
    case VERB_TOGETHER:
    case VERB_CROWD:
    case VERB_LET:
    case VERB_CHECK: break; /* not a program's */
    }
    return STEP_LIMIT;
}
