/*
 * explore.c - what is it that fails? Plays of the same case, cut apart in other ways, tell.
 *
 * Each question is asked once, and its answer found among the trials when judging starts anew.
 */
#include "judge/court.h"

#include <sys/wait.h>

static bool out_of_experiments(const struct court *c)
{
    return c->trials.n - c->first_extra >= JUDGE_MAX_EXPERIMENTS;
}

/* The result of an experiment: known, wanted now (then *wants is set), or never to be known. */
static const struct trial *experiment(struct court *c, const struct case_key *key, bool *wants)
{
    const struct trial *known = trials_find(&c->trials, c->first_extra, key);

    if (known || *wants || out_of_experiments(c))
        return known;
    court_want(c, key, 1, true);
    *wants = true;
    return NULL;
}

/* The same case, cut apart in another way. */
static const struct trial *resplit(struct court *c, const struct case_key *like, const struct split *split,
                                   bool *wants)
{
    struct case_key key = *like;

    key.split = *split;
    return experiment(c, &key, wants);
}

/* The case that is shown, played again with an experiment. */
static const struct trial *replay(struct court *c, const struct evidence *e, enum experiment how, bool *wants)
{
    struct case_key key = e->shown->key;

    key.experiment = how;
    return experiment(c, &key, wants);
}

static enum answer answer_of(const struct trial *t)
{
    if (!t)
        return ANSWER_UNKNOWN;
    return t->passed ? ANSWER_PASSED : ANSWER_FAILED;
}

/* When there are no more experiments to be had: the failing split with the fewest cuts. */
static void show_smallest(struct court *c, const struct case_key *key, struct evidence *e)
{
    for (size_t i = c->first_extra; i < c->trials.n; i++) {
        const struct trial *t = &c->trials.trials[i];
        const struct split *s = &t->play->key.split, *best = &e->shown->key.split;

        if (t->passed || t->play->key.row != key->row || t->play->key.experiment || s->kind != SPLIT_CUTS)
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
        if (t->key.row == key->row && !t->key.experiment)
            tried[n++] = (struct split_trial){t->key.split, !c->trials.trials[i].passed};
    }
    if (split_shrink(&key->split, lengths, steps, tried, n, &next) == SHRINK_TRY) {
        resplit(c, key, &next, wants);
        split_deinit(&next);
        if (*wants)
            return false;
        show_smallest(c, key, e);
    } else {
        struct case_key smallest_key = *key;
        const struct trial *smallest;

        smallest_key.split = next;
        smallest = trials_find(&c->trials, c->first_extra, &smallest_key);
        split_deinit(&next);
        if (smallest && !smallest->passed) {
            e->shown = smallest->play;
            e->record = smallest->record;
        }
    }
    return true;
}

/* The only cut of the shown case, and the bytes that it falls into; *begin is where its message begins there.
 * NULL: it has none, or several. */
static const struct cuts *only_cut(struct court *c, const struct evidence *e, struct outgoing *o,
                                   uint32_t *begin)
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

/* Where the message that this byte belongs to ends. */
static uint32_t message_end(const struct outgoing *o, uint32_t at)
{
    uint32_t end = 0;

    for (size_t i = 0; i < o->n && end <= at; i++)
        end = o->ends[i];
    return end;
}

/* Does a cut pass at each of these two places? At one alone it may pass by chance, where a program looks
 * whether the rest has come meanwhile. */
static enum answer ask_both(struct court *c, const struct case_key *key, uint32_t step, const uint32_t at[2],
                            bool *wants)
{
    enum answer answer = ANSWER_PASSED;

    for (size_t i = 0; i < 2 && answer == ANSWER_PASSED; i++) {
        struct split s = {0};

        split_add(&s, step, at[i]);
        answer = answer_of(resplit(c, key, &s, wants));
        split_deinit(&s);
    }
    return answer;
}

/* With a length field: does a cut inside it fail, and one behind it? Asked of the message that the shown cut
 * is in. */
static void ask_header(struct court *c, const struct case_key *key, struct evidence *e, bool *wants)
{
    struct split header = {0};
    const struct framing *f;
    struct outgoing o;
    uint32_t begin, body[2];
    const struct cuts *cut = only_cut(c, e, &o, &begin);

    if (!cut)
        return;
    f = step_framing(c->in->spec, c->test, &c->test->steps[cut->step]);
    body[0] = begin + f->width + 1;
    body[1] = message_end(&o, begin) - 1;
    if (body[1] < body[0])
        body[1] = body[0];
    if (f->kind != FRAMING_LENGTH || f->width < 2 || begin + f->width + 1 >= o.bytes.len)
        return;
    split_add(&header, cut->step, begin + 1);
    e->cut_in_header = answer_of(resplit(c, key, &header, wants));
    e->cut_in_body = ask_both(c, key, cut->step, body, wants);
    split_deinit(&header);
}

/* What ends a message: of HTTP the empty line, where no body follows; empty: a length does. */
static struct bytes delimiter_of(const struct framing *f)
{
    if (f->kind == FRAMING_HTTP)
        return bytes_of("\r\n\r\n");
    return f->kind == FRAMING_DELIMITER ? f->delimiter : (struct bytes){0};
}

/* The shown cut parts a delimiter: does one inside the message that it ends pass? */
static void ask_delimiter(struct court *c, const struct case_key *key, struct evidence *e, bool *wants)
{
    struct outgoing o;
    struct bytes delimiter;
    uint32_t begin, end, inside[2];
    const struct cuts *cut = only_cut(c, e, &o, &begin);

    if (!cut)
        return;
    delimiter = delimiter_of(step_framing(c->in->spec, c->test, &c->test->steps[cut->step]));
    end = message_end(&o, cut->at[0]);
    if (!delimiter.len || end < begin + delimiter.len + 2 || cut->at[0] >= end ||
        cut->at[0] <= end - delimiter.len ||
        !bytes_equal(bytes_slice(o.bytes, end - delimiter.len, delimiter.len), delimiter))
        return;
    inside[0] = begin + 1;
    inside[1] = end - (uint32_t)delimiter.len;
    e->cut_in_delimiter = true;
    e->cut_in_body = ask_both(c, key, cut->step, inside, wants);
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
    e->parted = answer_of(resplit(c, key, &s, wants));
    split_deinit(&s);
}

/* How many peers of the failed step's program have done something by then. */
static size_t clients_by(const struct court *c, uint32_t step)
{
    const struct test *t = c->test;
    size_t n = 0;

    for (size_t p = 0; p < t->n_peers; p++) {
        size_t i = 0;

        while (i <= step && !(t->steps[i].actor_kind == ACTOR_PEER && t->steps[i].actor == p))
            i++;
        n += i <= step && t->peers[p].program == t->peers[t->steps[step].actor].program;
    }
    return n;
}

/* Has any peer got something by then? The steps before the failed one passed, whether recorded or not. */
static bool answered_by(const struct court *c, uint32_t step)
{
    for (uint32_t i = 0; i < step; i++)
        if (evidence_gets_answers(&c->test->steps[i]))
            return true;
    return false;
}

/* Streams: another client may hold the program up. Does the waiting one get its answer once the others have
 * gone? Datagrams: is it only the first of all that gets no answer? */
static bool may_release(const struct court *c, const struct step_record *failed)
{
    const struct peer *peer;

    if (!failed || (failed->outcome != STEP_TOO_LITTLE && failed->outcome != STEP_NO_TLS) ||
        failed->step == STEP_AFTER || c->test->steps[failed->step].actor_kind != ACTOR_PEER)
        return false;
    peer = &c->test->peers[c->test->steps[failed->step].actor];
    if (peer->transport == TRANSPORT_UDP)
        return peer->kind == PEER_CONNECTS && !answered_by(c, failed->step);
    return clients_by(c, failed->step) >= 2;
}

static void ask_release(struct court *c, struct evidence *e, bool *wants)
{
    const struct trial *t;

    if (!may_release(c, case_failed_step(e->shown)))
        return;
    t = replay(c, e, RELEASED, wants);
    e->release = t && t->play->release.tried ? &t->play->release : NULL;
}

/* Does this step pass in the experiment, whatever becomes of later ones? STEP_AFTER is later than all. */
static enum answer step_answer(const struct trial *t, uint32_t step)
{
    return t && !t->passed && case_failed_step(t->play)->step > step ? ANSWER_PASSED : answer_of(t);
}

/* A message with a length of several bytes was not understood: would it be with these the other way round? */
static void ask_swapped(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    const struct framing *f;

    if (e->whole != ANSWER_FAILED || !failed || failed->step == STEP_AFTER ||
        c->test->steps[failed->step].actor_kind != ACTOR_PEER ||
        (failed->outcome != STEP_TOO_LITTLE && failed->outcome != STEP_BAD_FRAME &&
         failed->outcome != STEP_ENDED && failed->outcome != STEP_RESET))
        return;
    f = step_framing(c->in->spec, c->test, &c->test->steps[failed->step]);
    if (f->kind != FRAMING_LENGTH || f->width < 2)
        return;
    e->swapped = step_answer(replay(c, e, SWAPPED, wants), failed->step);
}

/* ---- slowness and ends --------------------------------------------------------------------------------- */

static bool has_before(const struct court *c, uint32_t step, enum verb a, enum verb b)
{
    for (uint32_t i = 0; i < step; i++)
        if (c->test->steps[i].verb == a || c->test->steps[i].verb == b)
            return true;
    return false;
}

static bool is_about_bytes(enum outcome o)
{
    return o == STEP_OTHER_CAME || o == STEP_TOO_LITTLE || o == STEP_ENDED || o == STEP_RESET ||
           o == STEP_NOT_PRINTED;
}

/* What came was wrong, or not all of it came, on a stream. Is it for want of room, or because an end came? */
static void ask_calm(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    bool lacks = failed && evidence_lacks_some(c->test, failed);
    bool bytes = failed && is_about_bytes(failed->outcome);

    if (!failed || failed->step == STEP_AFTER || !(bytes || lacks) ||
        !evidence_on_stream(c->test, &c->test->steps[failed->step]))
        return;
    if (bytes && has_before(c, failed->step, VERB_HALF_CLOSES, VERB_TYPES_END))
        e->unended = step_answer(replay(c, e, UNENDED, wants), failed->step);
    if (has_before(c, failed->step, VERB_STOPS_READING, VERB_PAUSES))
        e->calm = step_answer(replay(c, e, CALM, wants), failed->step);
}

static bool any_was_cut(const struct case_record *c)
{
    for (size_t i = 0; i < c->xray.n_calls; i++)
        if (c->xray.calls[i].cut)
            return true;
    return false;
}

/* Bytes are missing where a peer reads late. Is that because a send took fewer than it was given? Then they
 * are also missing when each send does, and everybody reads. What is lost in a calm play, too, by chance,
 * has to be missed there before anything else. */
static void ask_short_sends(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    bool lacks = failed && evidence_lacks_some(c->test, failed);
    const struct trial *t;

    if (e->calm == ANSWER_UNKNOWN ||
        !(lacks || (e->calm == ANSWER_PASSED &&
                    (failed->outcome == STEP_OTHER_CAME || failed->outcome == STEP_TOO_LITTLE))))
        return;
    t = replay(c, e, SHORT_SENDS, wants);
    if (!t || !any_was_cut(t->play))
        return;
    if (e->calm == ANSWER_PASSED)
        e->short_sends = step_answer(t, failed->step);
    else if (!t->passed && case_failed_step(t->play)->step < failed->step)
        e->short_sends = ANSWER_FAILED;
}

/* It has read all, and answers nothing, or does not close. Does it wait for the end? */
static void ask_ending(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    const struct trial *t;
    const struct step *s;

    if (!failed || failed->step == STEP_AFTER || failed->outcome != STEP_TOO_LITTLE || failed->came.total ||
        failed->unread || !failed->accepted)
        return;
    s = &c->test->steps[failed->step];
    if (s->verb != VERB_GETS || has_before(c, failed->step, VERB_HALF_CLOSES, VERB_HALF_CLOSES))
        return;
    t = replay(c, e, ENDING, wants);
    e->ending = t && t->play->release.tried ? &t->play->release : NULL;
}

static bool sends_empty(const struct court *c, const struct case_key *key, const struct step *s)
{
    struct outgoing o;
    uint32_t end = 0;
    bool empty = false;

    if (s->actor_kind != ACTOR_PEER || s->verb != VERB_SENDS ||
        c->test->peers[s->actor].transport != TRANSPORT_UDP || c->test->peers[s->actor].kind != PEER_CONNECTS)
        return false;
    o = plan_outgoing(c->in->spec, c->in->test, (size_t)(s - c->test->steps), key->row, key->seed, c->arena);
    for (size_t i = 0; i < o.n; i++) {
        empty |= o.ends[i] == end;
        end = o.ends[i];
    }
    return empty;
}

/* There were empty datagrams among those that came to its own port: is it right without them? Who waits for
 * an answer takes what comes for that, in whatever number. */
static void ask_none_empty(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);

    for (size_t i = 0; failed && failed->step != STEP_AFTER && i < failed->step; i++)
        if (sends_empty(c, &e->shown->key, &c->test->steps[i])) {
            e->none_empty = step_answer(replay(c, e, NONE_EMPTY, wants), failed->step);
            return;
        }
}

/* It does not look where something waits. Did it when it had just started? */
static void ask_rested(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    const struct trial *t;

    if (!failed || !failed->unwatched || failed->watched_before)
        return;
    t = replay(c, e, RESTED, wants);
    e->rested = t ? case_failed_step(t->play) : NULL;
}

/* Too little came out of a pipe, or too much: is it right on a terminal? */
static void ask_terminal(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    const struct trial *t;

    if (!failed || failed->outcome != STEP_NOT_PRINTED || failed->program >= c->in->spec->n_programs ||
        !test_program(c->in->spec, c->test, failed->program)->stdout_is_pipe)
        return;
    t = replay(c, e, ON_TERMINAL, wants);
    e->on_terminal = step_answer(t, failed->step);
    e->terminal = t ? evidence_record(t->record, failed->program) : NULL;
}

/* Nobody came to a peer that has a name. Does somebody, when it is at both of the name's addresses? */
static void ask_everywhere(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);

    if (!failed || failed->step == STEP_AFTER || failed->outcome != STEP_NO_CONNECTION ||
        c->test->steps[failed->step].actor_kind != ACTOR_PEER ||
        !c->test->peers[c->test->steps[failed->step].actor].domain)
        return;
    e->everywhere = step_answer(replay(c, e, EVERYWHERE, wants), failed->step);
}

/* A peer that waits has been left, and the program lives on: was it a child of it that died? */
static bool may_have_lost_a_child(const struct step_record *failed, const struct program_record *p)
{
    return !p->exited && (failed->outcome == STEP_ENDED || failed->outcome == STEP_RESET ||
                          (failed->outcome == STEP_TOO_LITTLE && failed->zombies));
}

/* It served, and then it ended by itself: did it take a call that a signal interrupted for one that failed?
 */
static bool may_have_given_up(const struct program_record *p)
{
    return p->exited && p->readiness == READY && p->exit_status >= 0 && WIFEXITED(p->exit_status);
}

/* It has no end: was it not all read? */
static bool may_have_read_once(const struct evidence *e, const struct step_record *failed)
{
    return e->whole == ANSWER_FAILED && evidence_is_cut_off(failed);
}

/* It was to refuse such a path: did it use what there is room for? */
static bool may_have_taken_a_path(const struct step_record *failed, const struct program_record *p)
{
    return (failed->outcome == STEP_OTHER_EXIT || failed->outcome == STEP_STILL_RUNS) &&
           evidence_long_path(p).len;
}

/* Over TLS it answered once its socket had something to read again: did it ask the TLS library before? */
static bool may_have_forgotten(const struct court *c, const struct evidence *e, const struct step *step)
{
    return step->actor_kind == ACTOR_PEER && c->test->peers[step->actor].tls.on && e->ending &&
           e->ending->answered;
}

/* A datagram that is not short got no answer: was there room for all of it? */
static bool may_have_cut_a_datagram(const struct court *c, const struct evidence *e,
                                    const struct step_record *failed, const struct step *step)
{
    bool long_one = false;

    for (size_t i = 0; i < e->shown->n_steps; i++)
        long_one |= e->shown->steps[i].parts == 1 && e->shown->steps[i].sent.total > DATAGRAM_CUT_LEAST;
    return long_one && step->actor_kind == ACTOR_PEER &&
           c->test->peers[step->actor].transport == TRANSPORT_UDP && failed->outcome == STEP_TOO_LITTLE;
}

static void ask_traced(struct court *c, struct evidence *e, bool *wants)
{
    const struct step_record *failed = case_failed_step(e->shown);
    const struct step *step = failed && failed->step != STEP_AFTER ? &c->test->steps[failed->step] : NULL;
    const struct program_record *p = failed ? evidence_program(c->test, e->record, step, failed) : NULL;
    const struct trial *t;

    if (!p || p->limit)
        return;
    if (may_have_given_up(p))
        t = replay(c, e, INTERRUPTED, wants);
    else if ((step && (may_have_lost_a_child(failed, p) || may_have_forgotten(c, e, step) ||
                       may_have_cut_a_datagram(c, e, failed, step))) ||
             may_have_read_once(e, failed) || may_have_taken_a_path(failed, p))
        t = replay(c, e, TRACED, wants);
    else
        return;
    e->traced = t && !t->passed ? t->play : NULL;
}

static bool sends_lists(const struct court *c, const struct trial *from)
{
    for (size_t i = 0; i < c->test->n_steps; i++)
        if (step_sends_stream(c->test, &c->test->steps[i]) &&
            plan_outgoing(c->in->spec, c->in->test, i, from->play->key.row, from->play->key.seed, c->arena)
                    .n > 1)
            return true;
    return false;
}

/* On a bad network: does it pass on a good one? */
static void ask_sound(struct court *c, struct evidence *e, bool *wants)
{
    struct case_key key = e->shown->key;

    if (key.impairment == 0)
        return;
    key.impairment = key.impaired_by = 0;
    e->sound = answer_of(experiment(c, &key, wants));
}

enum judged court_explore(struct court *c, const struct trial *from)
{
    static const struct split whole = {.kind = SPLIT_WHOLE}, apart = {.kind = SPLIT_APART};
    struct evidence e = {.spec = c->in->spec, .test = c->test, .record = from->record, .shown = from->play};
    const struct case_key *key = &from->play->key;
    const struct trial *t;
    bool wants = false;

    if (key->split.kind != SPLIT_WHOLE) {
        t = resplit(c, key, &whole, &wants);
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
        e.apart = answer_of(resplit(c, key, &apart, &wants));
    else if (e.whole == ANSWER_PASSED) {
        ask_header(c, key, &e, &wants);
        ask_delimiter(c, key, &e, &wants);
        ask_parted(c, key, &e, &wants);
    }
    ask_sound(c, &e, &wants);
    ask_release(c, &e, &wants);
    ask_rested(c, &e, &wants);
    ask_terminal(c, &e, &wants);
    ask_everywhere(c, &e, &wants);
    ask_swapped(c, &e, &wants);
    ask_none_empty(c, &e, &wants);
    ask_calm(c, &e, &wants);
    ask_short_sends(c, &e, &wants);
    ask_ending(c, &e, &wants);
    ask_traced(c, &e, &wants);
    return wants ? JUDGE_WANTS : court_fail(c, &e);
}
