/*
 * judge.c - the walk through the planned cases, and the verdict.
 *
 * It starts from nothing each time it is asked and follows the trials in their order: the first that is not
 * there is what it wants.
 */
#include "judge/judge.h"
#include "base/mem.h"
#include "judge/court.h"
#include "judge/phrases.h"
#include "judge/story.h"

void judge_want_deinit(struct judge_want *w)
{
    for (size_t i = 0; i < w->n; i++)
        split_deinit(&w->keys[i].split);
    mem_free(w->keys);
    *w = (struct judge_want){0};
}

/* ---- asking for plays --------------------------------------------------------------------------------- */

enum judged court_want(struct court *c, const struct case_key *keys, size_t n, bool fresh)
{
    c->want->keys = mem_new(n * sizeof *keys);
    c->want->n = n;
    for (size_t i = 0; i < n; i++) {
        c->want->keys[i] = case_key_copy(&keys[i]);
        c->want->keys[i].fresh |= fresh;
    }
    return JUDGE_WANTS;
}

/* ---- the verdict -------------------------------------------------------------------------------------- */

static enum judged error(struct court *c, const char *reason)
{
    c->out->verdict = VERDICT_ERROR;
    c->out->reason = arena_text(c->arena, reason);
    c->out->score = 0;
    return JUDGED;
}

/* A crash that a step had waited for (`exits: SIGABRT`) has been judged there. */
static bool ended_badly(const struct spec *s, const struct program_record *p)
{
    if (s->programs[p->program].owner)
        return false;
    return (evidence_is_crash(p->exit_status) && (p->exited || p->terminated)) || evidence_sanitizer(p);
}

/* All cases passed, yet a program crashed when it was told to end, or a sanitizer complained. A crash is no
 * mere suspicion: it counts also where its case passes on a fresh start. */
static const struct record *bad_end(const struct court *c, const struct program_record **program)
{
    for (size_t i = 0; i < c->in->n_records; i++)
        for (size_t k = 0; k < c->in->records[i]->n_programs; k++)
            if (ended_badly(c->in->spec, &c->in->records[i]->programs[k])) {
                *program = &c->in->records[i]->programs[k];
                return c->in->records[i];
            }
    return NULL;
}

/* Points of the milestones that stand before the step that failed. */
static double reached(const struct court *c)
{
    const struct step_record *failed = c->out->failed;
    double sum = 0;

    for (size_t i = 0; i < c->test->n_steps && failed && i < failed->step; i++)
        if (c->test->steps[i].verb == VERB_MILESTONE)
            sum += c->test->steps[i].points;
    return sum < c->test->points ? sum : c->test->points;
}

static void set_score(struct court *c)
{
    const struct test *t = c->test;

    if (c->out->verdict == VERDICT_PASS)
        c->out->score = t->points;
    else if (!t->score_share)
        c->out->score = reached(c);
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
        e->program = evidence_program(e->test, e->record, e->step, e->failed);
    out->record = e->record;
    out->shown = e->shown;
    out->failed = e->failed;
    out->headline = story_headline(e);
    out->how = story_how(e);
    diagnose(e, out);
}

enum judged court_fail(struct court *c, struct evidence *e)
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
        return court_fail(c, &e);
    }
    c->out->verdict = VERDICT_PASS;
    set_score(c);
    return JUDGED;
}

/* ---- a failing case ----------------------------------------------------------------------------------- */

/* Trials come in the order in which they were wanted. NULL: the next has yet to be played. */
static const struct trial *next_trial(struct court *c)
{
    return c->next < c->trials.n ? &c->trials.trials[c->next++] : NULL;
}

/*
 * A failure on a start that other cases used is a suspicion; the verdict is what a fresh start shows. A
 * failure there is replayed once: it fails again, or "sometimes: 1 of 2". None is ever retried into a pass.
 */
enum confirmed { CONFIRM_WANTS, CONFIRM_CLEARED, CONFIRM_FAILED, CONFIRM_SOMETIMES };

static enum confirmed confirm(struct court *c, const struct trial **failed)
{
    const struct trial *first = *failed, *again;

    if (!first->play->key.fresh) {
        first = next_trial(c);
        if (!first) {
            court_want(c, &(*failed)->play->key, 1, true);
            return CONFIRM_WANTS;
        }
        if (first->passed)
            return CONFIRM_CLEARED;
        *failed = first;
    }
    again = next_trial(c);
    if (!again) {
        court_want(c, &first->play->key, 1, true);
        return CONFIRM_WANTS;
    }
    return again->passed ? CONFIRM_SOMETIMES : CONFIRM_FAILED;
}

static enum judged sometimes(struct court *c, const struct trial *t)
{
    struct evidence e = {.record = t->record, .shown = t->play};

    c->out->sometimes = true;
    return court_fail(c, &e);
}

static enum judged walk(struct court *c)
{
    const struct case_list *cases = c->in->cases;
    const struct trial *worst = NULL;
    /* What is repeated is to show what happens seldom: on a used start that would be no more than a
     * suspicion. */
    bool fresh_each = c->test->score_share || c->test->repeat > 1, worst_sometimes = false;
    size_t pos = 0;

    while (pos < cases->n) {
        const struct trial *t = next_trial(c);
        enum confirmed confirmed;

        if (!t && bad_end(c, &(const struct program_record *){NULL}))
            break; /* nothing that is still to be played can undo that */
        if (!t)
            return court_want(c, cases->keys + pos, cases->n - pos, fresh_each);
        pos++;
        if (t->passed) {
            c->out->passed++;
            continue;
        }
        confirmed = c->test->score_share ? CONFIRM_FAILED : confirm(c, &t);
        switch (confirmed) {
        case CONFIRM_WANTS: return JUDGE_WANTS;
        case CONFIRM_CLEARED: /* what earlier cases left behind: from here on each case has its own start */
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
    return worst_sometimes ? sometimes(c, worst) : court_explore(c, worst);
}

/* Nothing can be said about the program where the machine lacks what the test needs. */
static const char *excuse_of(const struct court *c)
{
    for (size_t i = 0; i < c->in->n_records; i++)
        if (c->in->records[i]->excused)
            return c->in->records[i]->excused;
    return NULL;
}

static enum judged excuse(struct court *c, const char *why)
{
    c->out->verdict = VERDICT_EXCUSED;
    c->out->reason = phrase_text(c->arena, why);
    c->out->max = 0;
    return JUDGED;
}

/* Why a record cannot be judged; NULL: it can. One that brings no case would be asked for without end. */
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

/* Whatever became of the test, somebody played it. */
static void add_advice(struct court *c)
{
    const struct evidence e = {.spec = c->in->spec, .test = c->test, .arena = c->arena, .trials = &c->trials};

    if (c->out->verdict == VERDICT_PASS || c->out->verdict == VERDICT_FAIL)
        advise(&e, c->out);
}

enum judged judge_test(const struct judge_input *in, struct arena *a, struct test_result *out,
                       struct judge_want *want)
{
    struct court c = {.in = in, .test = &in->spec->tests[in->test], .arena = a, .out = out, .want = want};
    enum judged judged;

    *want = (struct judge_want){0};
    *out = (struct test_result){
        .test = c.test, .index = in->test, .max = c.test->extra_credit ? 0 : c.test->points};
    out->cases = in->cases->n;
    if (in->cases->n == 0)
        return error(&c, "the test plans no case at all");
    if (excuse_of(&c))
        return excuse(&c, excuse_of(&c));
    for (size_t i = 0; i < in->n_records; i++) {
        const char *fault = fault_of(in->records[i]);

        if (fault)
            return error(&c, fault);
        for (size_t k = 0; k < in->records[i]->n_cases; k++)
            out->took += in->records[i]->cases[k].took;
    }
    c.trials = trials_of(in->records, in->n_records, a);
    judged = walk(&c);
    if (judged == JUDGED)
        add_advice(&c);
    return judged;
}
