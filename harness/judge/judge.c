/*
 * judge.c - the walk through the planned cases, and the search for what it is that fails.
 *
 * It starts from nothing each time it is asked and follows the trials in their order: the first that is not there is
 * what it wants.
 */
#include "judge/judge.h"
#include "base/mem.h"
#include "judge/evidence.h"
#include "judge/story.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* One judgement in progress. */
struct court {
    const struct judge_input *in;
    const struct test *test;
    struct arena *arena;
    struct test_result *out;
    struct judge_want *want;
    struct trials trials;
    size_t next;        /* the first trial that was not considered yet */
    size_t first_extra; /* trials from here on are experiments */
};

void judge_want_deinit(struct judge_want *w)
{
    for (size_t i = 0; i < w->n; i++)
        split_deinit(&w->keys[i].split);
    mem_free(w->keys);
    *w = (struct judge_want){0};
}

/* ---- asking for plays --------------------------------------------------------------------------------- */

static enum judged want_keys(struct court *c, const struct case_key *keys, size_t n, bool fresh)
{
    c->want->keys = mem_new(n * sizeof *keys);
    c->want->n = n;
    for (size_t i = 0; i < n; i++) {
        c->want->keys[i] = case_key_copy(&keys[i]);
        c->want->keys[i].fresh |= fresh;
    }
    return JUDGE_WANTS;
}

static bool out_of_experiments(const struct court *c)
{
    return c->trials.n - c->first_extra >= JUDGE_MAX_EXPERIMENTS;
}

/* The result of an experiment: known, wanted now (then *wants is set), or never to be known. */
static const struct trial *experiment(struct court *c, const struct case_key *like, const struct split *split,
                                      bool release, bool *wants)
{
    const struct trial *known = trials_find(&c->trials, c->first_extra, like->row, split, release);
    struct case_key key = *like;

    if (known || *wants || out_of_experiments(c))
        return known;
    key.split = *split;
    key.release = release;
    want_keys(c, &key, 1, true);
    *wants = true;
    return NULL;
}

static enum answer answer_of(const struct trial *t)
{
    if (!t)
        return ANSWER_UNKNOWN;
    return t->passed ? ANSWER_PASSED : ANSWER_FAILED;
}

/* ---- the verdict -------------------------------------------------------------------------------------- */

static enum judged error(struct court *c, const char *reason)
{
    c->out->verdict = VERDICT_ERROR;
    c->out->reason = arena_text(c->arena, reason);
    c->out->score = 0;
    return JUDGED;
}

static bool is_deadly(int status)
{
    if (status < 0 || !WIFSIGNALED(status))
        return false;
    switch (WTERMSIG(status)) {
    case SIGSEGV:
    case SIGABRT:
    case SIGBUS:
    case SIGFPE:
    case SIGILL: return true;
    }
    return false;
}

/* A crash that a step had waited for (`exits: SIGABRT`) has been judged there. */
static bool ended_badly(const struct program_record *p)
{
    return (is_deadly(p->exit_status) && (p->exited || p->terminated)) || evidence_sanitizer(p);
}

/* All cases passed, yet a program crashed when it was told to end, or a sanitizer complained. A crash is no mere
 * suspicion: it counts also where its case passes on a fresh start. */
static const struct record *bad_end(const struct court *c, const struct program_record **program)
{
    for (size_t i = 0; i < c->in->n_records; i++)
        for (size_t k = 0; k < c->in->records[i]->n_programs; k++)
            if (ended_badly(&c->in->records[i]->programs[k])) {
                *program = &c->in->records[i]->programs[k];
                return c->in->records[i];
            }
    return NULL;
}

static void set_score(struct court *c)
{
    const struct test *t = c->test;

    if (c->out->verdict == VERDICT_PASS)
        c->out->score = t->points;
    else if (t->score_share && c->out->cases)
        c->out->score = t->points * (double)c->out->passed / (double)c->out->cases;
}

static void show(struct court *c, struct evidence *e)
{
    struct test_result *out = c->out;

    e->spec = c->in->spec;
    e->test = c->test;
    e->arena = c->arena;
    e->trials = &c->trials;
    e->failed = e->shown ? case_failed_step(e->shown) : NULL;
    e->step = e->failed && e->failed->step != STEP_AFTER ? &c->test->steps[e->failed->step] : NULL;
    if (!e->program)
        e->program = evidence_program(e->spec, e->record, e->step, e->failed);
    out->record = e->record;
    out->shown = e->shown;
    out->failed = e->failed;
    out->headline = story_headline(e);
    out->how = story_how(e);
    diagnose(e, out);
}

static enum judged fail(struct court *c, struct evidence *e)
{
    c->out->verdict = VERDICT_FAIL;
    show(c, e);
    set_score(c);
    return JUDGED;
}

static enum judged pass(struct court *c)
{
    struct evidence e = {0};

    e.record = bad_end(c, &e.program);
    if (e.record) {
        e.shown = &e.record->cases[e.record->n_cases - 1];
        c->out->passed -= c->out->passed > 0; /* the last case of that start, at least, did not end well */
        return fail(c, &e);
    }
    c->out->verdict = VERDICT_PASS;
    set_score(c);
    return JUDGED;
}

/* ---- experiments: what is it that fails? -------------------------------------------------------------- */

/* When there are no more experiments to be had: the failing split with the fewest cuts. */
static void show_smallest(struct court *c, const struct case_key *key, struct evidence *e)
{
    for (size_t i = c->first_extra; i < c->trials.n; i++) {
        const struct trial *t = &c->trials.trials[i];
        const struct split *s = &t->play->key.split, *best = &e->shown->key.split;

        if (t->passed || t->play->key.row != key->row || t->play->key.release || s->kind != SPLIT_CUTS)
            continue;
        if (best->kind != SPLIT_CUTS || split_count(s) < split_count(best)) {
            e->record = t->record;
            e->shown = t->play;
        }
    }
}

/* Shows the smallest split that still fails. False: a play is wanted first. */
static bool shrink(struct court *c, const struct trial *from, struct evidence *e, bool *wants)
{
    const struct case_key *key = &from->play->key;
    size_t steps = c->test->n_steps;
    uint32_t *lengths = arena_new(c->arena, (steps + 1) * sizeof *lengths);
    struct split_trial *tried = arena_new(c->arena, (c->trials.n + 1) * sizeof *tried);
    struct split next = {0};
    size_t n = 0;

    plan_lengths(c->in->spec, c->in->test, key->row, key->seed, lengths);
    for (size_t i = c->first_extra; i < c->trials.n; i++) {
        const struct case_record *t = c->trials.trials[i].play;
        if (t->key.row == key->row && !t->key.release)
            tried[n++] = (struct split_trial){t->key.split, !c->trials.trials[i].passed};
    }
    if (split_shrink(&key->split, lengths, steps, tried, n, &next) == SHRINK_TRY) {
        experiment(c, key, &next, false, wants);
        split_deinit(&next);
        if (*wants)
            return false;
        show_smallest(c, key, e);
    } else {
        const struct trial *smallest = trials_find(&c->trials, c->first_extra, key->row, &next, false);
        split_deinit(&next);
        if (smallest && !smallest->passed) {
            e->shown = smallest->play;
            e->record = smallest->record;
        }
    }
    return true;
}

/* The only cut of the shown case, and the bytes that it falls into; *begin is where its message begins there. NULL:
 * it has none, or several. */
static const struct cuts *only_cut(struct court *c, const struct evidence *e, struct outgoing *o, uint32_t *begin)
{
    const struct case_key *key = &e->shown->key;
    const struct cuts *cut = evidence_only_cut(e);

    if (!cut)
        return NULL;
    *o = plan_outgoing(c->in->spec, c->in->test, cut->step, key->row, key->seed, c->arena);
    *begin = 0;
    for (size_t i = 0; i < o->n && o->ends[i] <= cut->at[0]; i++)
        *begin = o->ends[i];
    return cut;
}

/* With a length field: does a cut inside it fail, and one behind it? Asked of the message that the shown cut is in. */
static void ask_header(struct court *c, const struct case_key *key, struct evidence *e, bool *wants)
{
    struct split header = {0}, body = {0};
    const struct framing *f;
    struct outgoing o;
    uint32_t begin;
    const struct cuts *cut = only_cut(c, e, &o, &begin);

    if (!cut)
        return;
    f = step_framing(c->in->spec, &c->test->steps[cut->step]);
    if (f->kind != FRAMING_LENGTH || f->width < 2 || begin + f->width + 1 >= o.bytes.len)
        return;
    split_add(&header, cut->step, begin + 1);
    split_add(&body, cut->step, begin + f->width + 1);
    e->cut_in_header = answer_of(experiment(c, key, &header, false, wants));
    e->cut_in_body = answer_of(experiment(c, key, &body, false, wants));
    split_deinit(&header);
    split_deinit(&body);
}

/* Whole messages came in the same read before the part: does it pass when the part comes by itself? */
static void ask_parted(struct court *c, const struct case_key *key, struct evidence *e, bool *wants)
{
    struct split s = {0};
    struct outgoing o;
    uint32_t begin;
    const struct cuts *cut = only_cut(c, e, &o, &begin);

    if (!cut || begin == 0 || begin == cut->at[0])
        return;
    split_add(&s, cut->step, begin);
    split_add(&s, cut->step, cut->at[0]);
    e->parted = answer_of(experiment(c, key, &s, false, wants));
    split_deinit(&s);
}

/* How many peers of the failed step's program have done something by then. */
static size_t clients_by(const struct court *c, uint32_t step)
{
    const struct spec *s = c->in->spec;
    const struct test *t = c->test;
    size_t n = 0;

    for (size_t p = 0; p < s->n_peers; p++) {
        size_t i = 0;

        while (i <= step && !(t->steps[i].actor_kind == ACTOR_PEER && t->steps[i].actor == p))
            i++;
        n += i <= step && s->peers[p].program == s->peers[t->steps[step].actor].program;
    }
    return n;
}

/* Another client may hold the program up: does the waiting one get its answer once the others have gone? */
static void ask_release(struct court *c, const struct trial *from, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    const struct trial *t;

    if (!failed || failed->outcome != STEP_TOO_LITTLE || failed->step == STEP_AFTER ||
        c->test->steps[failed->step].actor_kind != ACTOR_PEER || clients_by(c, failed->step) < 2)
        return;
    t = experiment(c, &from->play->key, &e->shown->key.split, true, wants);
    e->release = t && t->play->release.tried ? &t->play->release : NULL;
}

static bool sends_lists(const struct court *c, const struct trial *from)
{
    for (size_t i = 0; i < c->test->n_steps; i++)
        if (step_sends_stream(c->in->spec, &c->test->steps[i]) &&
            plan_outgoing(c->in->spec, c->in->test, i, from->play->key.row, from->play->key.seed, c->arena).n > 1)
            return true;
    return false;
}

/* `from` failed twice on fresh starts: what is the smallest case that shows why? */
static enum judged explore(struct court *c, const struct trial *from)
{
    static const struct split whole = {.kind = SPLIT_WHOLE}, apart = {.kind = SPLIT_APART};
    struct evidence e = {.spec = c->in->spec, .test = c->test, .record = from->record, .shown = from->play};
    const struct case_key *key = &from->play->key;
    const struct trial *t;
    bool wants = false;

    if (key->split.kind != SPLIT_WHOLE) {
        t = experiment(c, key, &whole, false, &wants);
        e.whole = answer_of(t);
        if (e.whole == ANSWER_FAILED) {
            e.record = t->record;
            e.shown = t->play;
        } else if (!wants && !shrink(c, from, &e, &wants))
            return JUDGE_WANTS;
    } else
        e.whole = ANSWER_FAILED;
    if (wants)
        return JUDGE_WANTS;
    if (e.whole == ANSWER_FAILED && sends_lists(c, from))
        e.apart = answer_of(experiment(c, key, &apart, false, &wants));
    else if (e.whole == ANSWER_PASSED) {
        ask_header(c, key, &e, &wants);
        ask_parted(c, key, &e, &wants);
    }
    ask_release(c, from, &e, &wants);
    return wants ? JUDGE_WANTS : fail(c, &e);
}

/* ---- a failing case ----------------------------------------------------------------------------------- */

/* The next trial: plays are recorded in the order in which they were wanted. NULL: it has yet to be played. */
static const struct trial *next_trial(struct court *c)
{
    return c->next < c->trials.n ? &c->trials.trials[c->next++] : NULL;
}

/*
 * A failure on a start that other cases used is a suspicion; the verdict is what a fresh start shows. A failure there is
 * replayed once: it fails again, or "sometimes: 1 of 2". None is ever retried into a pass.
 */
enum confirmed { CONFIRM_WANTS, CONFIRM_CLEARED, CONFIRM_FAILED, CONFIRM_SOMETIMES };

static enum confirmed confirm(struct court *c, const struct trial **failed)
{
    const struct trial *first = *failed, *again;

    if (!first->play->key.fresh) {
        first = next_trial(c);
        if (!first) {
            want_keys(c, &(*failed)->play->key, 1, true);
            return CONFIRM_WANTS;
        }
        if (first->passed)
            return CONFIRM_CLEARED;
        *failed = first;
    }
    again = next_trial(c);
    if (!again) {
        want_keys(c, &first->play->key, 1, true);
        return CONFIRM_WANTS;
    }
    return again->passed ? CONFIRM_SOMETIMES : CONFIRM_FAILED;
}

static enum judged sometimes(struct court *c, const struct trial *t)
{
    struct evidence e = {.record = t->record, .shown = t->play};

    c->out->sometimes = true;
    return fail(c, &e);
}

static enum judged walk(struct court *c)
{
    const struct case_list *cases = c->in->cases;
    const struct trial *worst = NULL;
    bool fresh_each = c->test->score_share, worst_sometimes = false;
    size_t pos = 0;

    while (pos < cases->n) {
        const struct trial *t = next_trial(c);
        enum confirmed confirmed;

        if (!t)
            return want_keys(c, cases->keys + pos, cases->n - pos, fresh_each);
        pos++;
        if (t->passed) {
            c->out->passed++;
            continue;
        }
        confirmed = c->test->score_share ? CONFIRM_FAILED : confirm(c, &t);
        switch (confirmed) {
        case CONFIRM_WANTS: return JUDGE_WANTS;
        case CONFIRM_CLEARED: /* something that earlier cases left behind: from here on each case has its own start */
            c->out->passed++;
            fresh_each = true;
            continue;
        case CONFIRM_FAILED:
        case CONFIRM_SOMETIMES: break;
        }
        if (!worst) {
            worst = t;
            worst_sometimes = confirmed == CONFIRM_SOMETIMES;
        }
        if (!c->test->score_share)
            break;
    }
    c->first_extra = c->next;
    c->out->experiments = c->trials.n - pos;
    if (!worst)
        return pass(c);
    return worst_sometimes ? sometimes(c, worst) : explore(c, worst);
}

/* Why a record cannot be judged; NULL: it can. Each play brings a case at least, or judging would never end. */
static const char *fault_of(const struct record *r)
{
    bool any = false;

    if (r->fault)
        return r->fault;
    if (!r->complete)
        return "the process that played the case ended before it was done";
    for (size_t i = 0; i < r->n_cases; i++) {
        const struct step_record *failed = case_failed_step(&r->cases[i]);

        if (failed && failed->outcome == STEP_LIMIT)
            return "a step could not be decided";
        any |= r->cases[i].complete;
    }
    return any ? NULL : "no case was recorded to its end";
}

enum judged judge_test(const struct judge_input *in, struct arena *a, struct test_result *out, struct judge_want *want)
{
    struct court c = {.in = in, .test = &in->spec->tests[in->test], .arena = a, .out = out, .want = want};

    *want = (struct judge_want){0};
    *out = (struct test_result){.test = c.test, .index = in->test, .max = c.test->extra_credit ? 0 : c.test->points};
    out->cases = in->cases->n;
    if (in->cases->n == 0)
        return error(&c, "the test plans no case at all");
    for (size_t i = 0; i < in->n_records; i++) {
        const char *fault = fault_of(in->records[i]);

        if (fault)
            return error(&c, fault);
        for (size_t k = 0; k < in->records[i]->n_cases; k++)
            out->took += in->records[i]->cases[k].took;
    }
    c.trials = trials_of(in->records, in->n_records, a);
    return walk(&c);
}
