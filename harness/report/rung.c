/*
 * rung.c - see rung.h.
 *
 * What a step wanted and what happened instead are worded here; why that is a mistake is the judge's to say.
 */
#include "report/rung.h"
#include "base/clock.h"
#include "report/payload.h"
#include "report/verbs.h"
#include "report/wording.h"

#include <inttypes.h>
#include <stdio.h>

#define MANY_CUTS 12u
#define TAG 10u /* columns of "expected  " */

const char *rung_program(const struct ladder *l, size_t program)
{
    return program < l->result->spec->n_programs ? l->result->spec->programs[program].name : "the program";
}

/* ---- what a peer wrote --------------------------------------------------------------------------------- */

static void put_note(const struct ladder *l, unsigned column, enum ink ink, const char *text)
{
    pen_to(l->pen, column);
    l->pen->indent = column;
    pen_wrap(l->pen, ink, text);
    pen_end(l->pen);
}

/* A caret under `column` and what it means: right of it, or left where there is no room. */
static void put_caret(const struct ladder *l, unsigned column, enum ink ink, const char *text)
{
    unsigned width = pen_width(l->pen, bytes_of(text));

    if (column + 2 + width > l->pen->width && column >= width + 1) {
        pen_to(l->pen, column - width - 1);
        pen_text(l->pen, ink, text);
        pen_to(l->pen, column);
        pen_text(l->pen, ink, "^");
    } else {
        pen_to(l->pen, column);
        pen_text(l->pen, ink, "^");
        l->pen->indent = column + 2;
        pen_to(l->pen, column + 2);
        pen_wrap(l->pen, ink, text);
    }
    pen_end(l->pen);
}

static void note_cuts(const struct ladder *l, const struct cuts *cuts)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_printf(&text, "cut at %u places: ", cuts->n);
    for (uint32_t i = 0; i < cuts->n && i < MANY_CUTS; i++)
        buf_printf(&text, "%s%u", i ? ", " : "", cuts->at[i]);
    if (cuts->n > MANY_CUTS)
        buf_text(&text, " …");
    buf_byte(&text, 0);
    put_note(l, l->what, INK_CUT, (const char *)text.data);
}

/* It was sealed before it was cut, so that nobody can say where in it that was. */
static bool is_sealed(const struct ladder *l, const struct rung *rung)
{
    const struct step *s = rung->step;

    return s && s->actor_kind == ACTOR_PEER && s->actor < l->test->n_peers &&
           l->test->peers[s->actor].tls.on && split_every(&l->shown->key.split);
}

/* The cuts of a few parts of one size, as if they were listed: in `at`, of MANY_CUTS. */
static struct cuts listed(const struct split *split, uint64_t total, uint32_t *at)
{
    struct cuts cuts = {.at = at};

    if (split->kind != SPLIT_CHUNKS || total / split->chunk > MANY_CUTS)
        return cuts;
    for (uint64_t next = split->chunk; next < total; next += split->chunk)
        at[cuts.n++] = (uint32_t)next;
    return cuts;
}

/* Whose parts are of one size. */
static void note_every(const struct ladder *l, const struct rung *rung, bool seen)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_text(&text, is_sealed(l, rung) ? "sealed by TLS, and " : "");
    wording_every(&text, split_every(&l->shown->key.split));
    buf_printf(&text, ": %u writes%s", rung->record->parts, seen ? ", each read alone" : "");
    buf_byte(&text, 0);
    put_note(l, l->what, INK_CUT, (const char *)text.data);
}

/* What a peer wrote, in the pieces in which it went out. */
static void put_sent(const struct ladder *l, const struct rung *rung)
{
    const struct step_record *s = rung->record;
    const struct split *split = &l->shown->key.split;
    bool seen = s->parts > 1 && s->gated + 1 >= s->parts, sealed = is_sealed(l, rung);
    uint32_t at[MANY_CUTS + 1];
    const struct cuts few = listed(split, sealed ? 0 : s->sent.total, at),
                      *cuts = few.n ? &few : split_at(split, s->step);
    unsigned column = PAYLOAD_NOWHERE;
    char note[96];

    if (cuts && cuts->n <= MANY_CUTS)
        column = payload_parts(l->pen, &s->sent, cuts->at, cuts->n, l->pen->width);
    else if (split->kind != SPLIT_BYTES || sealed || !payload_bytes(l->pen, &s->sent, l->pen->width))
        payload_quote(l->pen, INK_PLAIN, &s->sent, 0, l->pen->width);
    pen_end(l->pen);
    if (cuts && cuts->n == 1 && column != PAYLOAD_NOWHERE) {
        put_caret(l, column, INK_CUT, seen ? "cut here: the first part was read alone" : "cut here");
    } else if (cuts && cuts->n > MANY_CUTS) {
        note_cuts(l, cuts);
    } else if (cuts && s->parts > 1) {
        snprintf(note, sizeof note, "cut at each ┊: %u writes%s", s->parts, seen ? ", each read alone" : "");
        put_note(l, l->what, INK_CUT, note);
    } else if (split_every(split) && s->parts > 1) {
        note_every(l, rung, seen);
    } else if (split->kind == SPLIT_APART && s->parts > 1) {
        snprintf(note, sizeof note, "each message apart: %u writes", s->parts);
        put_note(l, l->what, INK_CUT, note);
    }
}

/* In a coalesced case: does this step go out in one write with the one before it? */
static bool is_joined(const struct ladder *l, const struct rung *rung)
{
    const struct step *before;

    if (l->shown->key.split.kind != SPLIT_COALESCED || !rung->step || rung->record->step == 0)
        return false;
    before = &l->test->steps[rung->record->step - 1];
    return rung->step->verb == VERB_SENDS && before->verb == VERB_SENDS &&
           before->actor == rung->step->actor && before->actor_kind == rung->step->actor_kind;
}

/* ---- what was wanted ----------------------------------------------------------------------------------- */

/* The value as the spec writes it, cut to what has room. */
static void put_source(const struct ladder *l, const struct value *v, enum ink ink)
{
    struct bytes source = bytes_of(v && v->source ? v->source : "a message");

    l->pen->indent = l->pen->column;
    pen_wrap_to(l->pen, ink, source, l->pen->width);
}

/* Datagrams make no connections: whoever accepts them hears of a source. */
static bool is_of_datagrams(const struct ladder *l, const struct step *s)
{
    return s && s->actor_kind == ACTOR_PEER && s->actor < l->test->n_peers &&
           (s->verb == VERB_ACCEPTS || s->verb == VERB_ACCEPTS_NOTHING) &&
           l->test->peers[s->actor].transport == TRANSPORT_UDP;
}

static void put_many(struct buf *out, uint64_t n, const char *what)
{
    buf_printf(out, "%" PRIu64 " %s%s", n, what, n == 1 ? "" : "s");
}

/* `has got: {messages: 3}` */
static void put_count(struct buf *out, const struct step *s)
{
    if (s->got_messages != UINT64_MAX)
        put_many(out, s->got_messages, "message");
    else
        put_many(out, s->got_bytes, "byte");
}

/* "45 to 55 messages a second, no gap over 40 ms" */
static void put_pace(struct buf *out, const struct pace *p)
{
    if (p->min > 0 && p->max > 0)
        buf_printf(out, "%g to %g messages a second", p->min, p->max);
    else if (p->min > 0 || p->max > 0)
        buf_printf(out, "%g messages a second or %s", p->min > 0 ? p->min : p->max,
                   p->min > 0 ? "more" : "fewer");
    if (p->longest_gap) {
        buf_printf(out, "%sno gap over ", p->min > 0 || p->max > 0 ? ", " : "");
        wording_duration(out, p->longest_gap);
    }
    buf_text(out, ",");
}

static bool wants_count(const struct step *s)
{
    return s && s->verb == VERB_HAS_GOT && s->value.kind == VALUE_NONE;
}

/* The phrase, with the value or the time where it says more (`exits: 0`, `receives: SIGINT`, `pause: 50ms`).
 */
static void put_phrase(const struct ladder *l, const struct rung *rung, enum ink ink)
{
    enum verb verb = rung->step ? rung->step->verb : VERB_GETS_NOTHING;
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (is_of_datagrams(l, rung->step))
        buf_text(&text, verb == VERB_ACCEPTS ? "a datagram from somebody new" : "no datagram");
    else if (verb == VERB_HAS_GOT)
        put_count(&text, rung->step);
    else if (verb == VERB_MEASURES)
        put_pace(&text, &rung->step->pace);
    else
        buf_text(&text, rung->step ? verb_phrase(verb) : "nothing more");
    if (verb == VERB_EXITS && rung->value->source)
        buf_printf(&text, ": %s", rung->value->source);
    else if (verb == VERB_RECEIVES && rung->value->source)
        buf_printf(&text, " %s", rung->value->source);
    else if (verb == VERB_CHECK && rung->value->source)
        buf_printf(&text, ": %s", rung->value->source);
    else if (verb == VERB_MILESTONE)
        buf_printf(&text, ": %s", rung->step->value.source);
    if (rung->step && rung->step->span) {
        buf_text(&text, verb == VERB_PAUSE ? " of " : " for ");
        wording_duration(&text, rung->step->span);
    }
    l->pen->indent = l->pen->column;
    pen_wrap_to(l->pen, ink, buf_view(&text), l->pen->width);
}

/* Do the recorded bytes of `expected` stand for themselves? A pattern's are its text. */
static bool expects_bytes(const struct rung *rung)
{
    const struct value *v = rung->value;

    if (!v)
        return false;
    if (rung->record->outcome == STEP_NOT_LISTENING) /* it came to nothing before there was any */
        return false;
    if (v->kind == VALUE_LIST && rung->record->item < v->n)
        v = &v->items[rung->record->item];
    if (rung->record->described)
        return false;
    return v->kind == VALUE_BYTES ||
           ((v->kind == VALUE_CELL || v->kind == VALUE_TYPED) && rung->record->expected.total > 0);
}

/* A value that was met, or one that is wanted: its bytes where they are known, else as the spec writes it. */
static void put_wanted(const struct ladder *l, const struct rung *rung, enum ink ink, uint64_t at)
{
    const struct step_record *s = rung->record;

    if (!rung->step || verb_phrase(rung->step->verb) || wants_count(rung->step))
        put_phrase(l, rung, ink);
    else if (s->items > 1 && !rung->failed)
        put_source(l, rung->value, ink);
    else if (expects_bytes(rung))
        payload_quote(l->pen, ink, &s->expected, at, l->pen->width);
    else
        put_source(l, rung->value, ink);
}

/* ---- what happened instead ----------------------------------------------------------------------------- */

static const char *text_in(struct buf *text)
{
    buf_byte(text, 0);
    return (const char *)text->data;
}

static const char *count_phrase(const struct rung *rung, struct buf *text)
{
    if (rung->step && rung->step->got_messages != UINT64_MAX)
        put_many(text, rung->record->count, "message");
    else
        put_many(text, rung->record->came.total, "byte");
    return text_in(text);
}

static const char *measured_phrase(const struct rung *rung, struct buf *text)
{
    const struct step_record *s = rung->record;

    if (s->count == 0)
        return "nothing";
    put_many(text, s->count, "message");
    if (rung->step && rung->step->span)
        buf_printf(text, ", %.1f a second", (double)s->count * NS_PER_S / (double)rung->step->span);
    buf_text(text, ", the longest gap ");
    wording_duration(text, s->gap);
    return text_in(text);
}

static const char *leak_phrase(const struct step_record *s, struct buf *text)
{
    buf_printf(text, "%u descriptors, %u at first; %u connections that are over; %u ended children",
               s->fds_now, s->fds_before, s->stale, s->zombies);
    return text_in(text);
}

static const char *time_phrase(const struct rung *rung, struct buf *text)
{
    buf_text(text, "after ");
    wording_duration(text, rung->record->waited);
    return text_in(text);
}

/* What there is to tell besides the bytes that came. NULL: nothing. `text` holds it where it is made up. */
static const char *came_phrase(const struct ladder *l, const struct rung *rung, struct buf *text)
{
    const struct step_record *s = rung->record;

    switch (s->outcome) {
    case STEP_PASSED:
    case STEP_OTHER_CAME:
    case STEP_BAD_FRAME:
    case STEP_CAME_UNASKED:
    case STEP_OTHER_MODE:
    case STEP_HOLDS_IP: return NULL;
    case STEP_TOO_LITTLE:
    case STEP_NOT_PRINTED: return s->came.total ? NULL : "nothing";
    case STEP_ENDED: return "the end of the connection";
    case STEP_RESET: return "a reset of the connection";
    case STEP_STILL_OPEN: return "nothing: the connection stays open";
    case STEP_ENDED_CLEANLY: return "an ordinary end of the connection";
    case STEP_REFUSED:
        return s->decided == BY_FACT ? "refused: nobody listens there" : "nobody took it in time";
    case STEP_NOT_REFUSED: return "accepted";
    case STEP_NOT_LISTENING:
        if (s->program < l->result->spec->n_programs && !l->result->spec->programs[s->program].n_listens)
            return "it does not run";
        return "nobody listens there";
    case STEP_NO_TLS: return "no TLS";
    case STEP_STILL_RUNS: return "it still runs";
    case STEP_NOT_STALLED: return "the program took all of it";
    case STEP_NOT_STUCK: return "it does not wait to send";
    case STEP_NO_CONNECTION: return "nobody";
    case STEP_CONNECTED: return "somebody came";
    case STEP_OTHER_COUNT: return count_phrase(rung, text);
    case STEP_LEAKS: return leak_phrase(s, text);
    case STEP_OTHER_FILE: return s->came.total ? NULL : "an empty file";
    case STEP_NO_FILE: return "there is no such file";
    case STEP_FILE_THERE: return "the file is there";
    case STEP_OTHER_ORDER: return s->came.total ? NULL : "nothing more";
    case STEP_BROKE_RULES: return NULL;
    case STEP_OTHER_PACE: return measured_phrase(rung, text);
    case STEP_CHECK_FAILED: return s->reason ? s->reason : "it does not hold";
    case STEP_TOO_SOON:
    case STEP_TOO_LATE: return time_phrase(rung, text);
    case STEP_LIMIT: return "too much to decide";
    case STEP_EXITED:
    case STEP_OTHER_EXIT:
        if (s->program < l->result->spec->n_programs && s->outcome == STEP_EXITED)
            buf_printf(text, "%s ended: ", rung_program(l, s->program));
        wording_exit(text, s->exit_status);
        buf_byte(text, 0);
        return (const char *)text->data;
    }
    return NULL;
}

static void put_tag(const struct ladder *l, enum ink ink, const char *tag)
{
    pen_to(l->pen, l->what);
    pen_text(l->pen, ink, tag);
    pen_to(l->pen, l->what + TAG);
}

/* What the caret under the first differing byte says. */
static const char *caret_note(const struct step_record *s)
{
    if (s->at < s->came.total)
        return s->at == s->expected.total ? "more than expected, from here on" : "differs from here on";
    return s->at == s->expected.total ? "all there, but the message does not end" : "nothing more came";
}

static bool is_difference(const struct rung *rung)
{
    const struct step_record *s = rung->record;

    switch (s->outcome) {
    case STEP_OTHER_CAME:
    case STEP_TOO_LITTLE:
    case STEP_ENDED:
    case STEP_RESET:
    case STEP_OTHER_FILE:
    case STEP_NOT_PRINTED: return expects_bytes(rung) && s->came.total > 0 && s->at <= s->came.total;
    case STEP_PASSED:
    case STEP_BAD_FRAME:
    case STEP_CAME_UNASKED:
    case STEP_STILL_OPEN:
    case STEP_ENDED_CLEANLY:
    case STEP_REFUSED:
    case STEP_NOT_REFUSED:
    case STEP_NOT_LISTENING:
    case STEP_EXITED:
    case STEP_STILL_RUNS:
    case STEP_OTHER_EXIT:
    case STEP_NOT_STALLED:
    case STEP_NOT_STUCK:
    case STEP_NO_CONNECTION:
    case STEP_CONNECTED:
    case STEP_OTHER_COUNT:
    case STEP_LEAKS:
    case STEP_NO_FILE:
    case STEP_FILE_THERE:
    case STEP_OTHER_MODE:
    case STEP_HOLDS_IP:
    case STEP_NO_TLS:
    case STEP_OTHER_ORDER:
    case STEP_BROKE_RULES:
    case STEP_OTHER_PACE:
    case STEP_CHECK_FAILED:
    case STEP_TOO_SOON:
    case STEP_TOO_LATE:
    case STEP_LIMIT: return false;
    }
    return false;
}

static void put_came(const struct ladder *l, const struct rung *rung)
{
    const struct step_record *s = rung->record;
    _cleanup_buf_ struct buf text = BUF_INIT;
    const char *phrase = came_phrase(l, rung, &text);
    bool differs = is_difference(rung);
    const char *tag = "came";

    if (s->came.total > 0) {
        unsigned column;

        put_tag(l, INK_BAD, tag);
        column = payload_quote(l->pen, INK_BAD, &s->came, differs ? s->at : 0, l->pen->width);
        pen_end(l->pen);
        if (differs && column != PAYLOAD_NOWHERE)
            put_caret(l, column, INK_BAD, caret_note(s));
        tag = "then";
    }
    if (phrase) {
        put_tag(l, INK_BAD, tag);
        l->pen->indent = l->pen->column;
        pen_wrap(l->pen, INK_BAD, phrase);
        pen_end(l->pen);
    }
}

/* Where else a reply came from, the header that came: facts beside the bytes. */
static void put_facts(const struct ladder *l, const struct step_record *s)
{
    char text[64];

    if (s->from_port) {
        snprintf(text, sizeof text, "port %u, another than was sent to", s->from_port);
        put_tag(l, INK_BAD, "from");
        pen_text(l->pen, INK_PLAIN, text);
        pen_end(l->pen);
    }
    if (s->frame.len && s->outcome == STEP_BAD_FRAME) {
        put_tag(l, INK_BAD, "header");
        for (size_t i = 0; i < s->frame.len && i < 8; i++) {
            snprintf(text, sizeof text, "%02x", s->frame.data[i]);
            pen_to(l->pen, l->pen->column + (i > 0));
            pen_text(l->pen, INK_PLAIN, text);
        }
        pen_end(l->pen);
    }
}

static bool wants_dump(const struct rung *rung)
{
    const struct step_record *s = rung->record;

    return is_difference(rung) && s->expected.total > 0 &&
           (wording_binary(s->expected.head) || wording_binary(s->came.head));
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static void put_failed(const struct ladder *l, const struct rung *rung)
{
    const struct step_record *s = rung->record;
    bool dump = wants_dump(rung);
    char text[64];

    if (s->items > 1) {
        snprintf(text, sizeof text, "message %u of %u:", s->item + 1, s->items);
        pen_text(l->pen, INK_FAINT, text);
        pen_end(l->pen);
    }
    if (dump) {
        snprintf(text, sizeof text, "differs from byte %" PRIu64 " on, counted from 0:", s->at);
        put_note(l, l->what, INK_BAD, s->at == s->came.total ? "ends too early:" : text);
        payload_dump(l->pen, &s->expected, &s->came, s->at, RUNG_LEFT);
        return;
    }
    put_tag(l, INK_GOOD, "expected");
    put_wanted(l, rung, INK_GOOD, is_difference(rung) ? s->at : 0);
    pen_end(l->pen);
    put_came(l, rung);
    put_facts(l, s);
}

/* What a peer or the terminal gives: it is told as it was, also when it met with trouble. */
static void put_given(const struct ladder *l, const struct rung *rung)
{
    bool sent = rung->step->verb == VERB_SENDS;

    /* What met with trouble before it went out is known from the spec only. */
    sent &= rung->record->parts > 0 || rung->record->sent.total > 0 || !rung->failed;
    if (sent)
        put_sent(l, rung);
    else if (verb_phrase(rung->step->verb))
        put_phrase(l, rung, INK_PLAIN);
    else if (rung->record->sent.total)
        payload_quote(l->pen, INK_PLAIN, &rung->record->sent, 0, l->pen->width);
    else
        put_source(l, rung->value, INK_PLAIN);
    if (!sent)
        pen_end(l->pen);
    if (is_joined(l, rung))
        put_note(l, l->what, INK_CUT, "in one write with the step before");
    if (rung->failed)
        put_came(l, rung);
}

void rung_put(const struct ladder *l, const struct rung *rung)
{
    if (rung->step && verb_gives(rung->step->verb)) {
        put_given(l, rung);
    } else if (rung->failed) {
        put_failed(l, rung);
    } else {
        put_wanted(l, rung, INK_PLAIN, 0);
        pen_end(l->pen);
    }
}
