/*
 * checks.c - what no single part of a spec can see: whether messages fit their framing, variations their
 * steps, waits their time-out.
 *
 * A check reports only what must go wrong. Sending wrong things is what specs are for, so there it only
 * warns.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "spec/parts.h"
#include "spec/values.h"
#include "spec/verbs.h"

#include <stdio.h>
#include <string.h>

#define DATAGRAM_MAX 65507u /* 65535 less the headers of IPv4 and UDP, ip(7) and udp(7) */
#define CASES_MAX 10000u

/* ---- lengths ------------------------------------------------------------------------------------- */

struct extent {
    uint64_t least;
    bool exact; /* no port, address or seed is in it */
};

static const struct value *cell_at(const struct test *t, size_t row, size_t column)
{
    return &t->cells[row * t->n_columns + column];
}

static void extent_add(const struct test *t, const struct template *text, size_t row, struct extent *e)
{
    for (size_t i = 0; i < text->n; i++) {
        const struct piece *p = &text->pieces[i];

        switch (p->kind) {
        case PIECE_TEXT:
        case PIECE_PATH:
        case PIECE_PEER_PATH:
        case PIECE_PEER_NAME: e->least += p->text.len; break;
        case PIECE_CELL: extent_add(t, &cell_at(t, row, p->index)->text, row, e); break;
        case PIECE_GIVEN: extent_add(t, &p->value->text, row, e); break;
        case PIECE_NAME:
        case PIECE_GOT:
        case PIECE_EXPR: e->exact = false; break;
        case PIECE_NONE:
        case PIECE_PROGRAM:
        case PIECE_PEER: break;
        case PIECE_NUMBER:
        case PIECE_HOST:
        case PIECE_PORT:
        case PIECE_PEER_HOST:
        case PIECE_PEER_PORT:
        case PIECE_SEED:
            e->least++;
            e->exact = false;
            break;
        }
    }
}

static bool holds(const struct test *t, const struct template *text, size_t row, struct bytes part)
{
    for (size_t i = 0; i < text->n; i++) {
        const struct piece *p = &text->pieces[i];

        if (p->kind == PIECE_TEXT && bytes_find(p->text, part))
            return true;
        if (p->kind == PIECE_GIVEN && holds(t, &p->value->text, row, part))
            return true;
        if (p->kind == PIECE_CELL && holds(t, &cell_at(t, row, p->index)->text, row, part))
            return true;
    }
    return false;
}

/* What its framing adds to a message. */
static uint64_t frame_length(const struct framing *f, uint64_t body)
{
    switch (f->kind) {
    case FRAMING_DELIMITER: return f->delimiter.len;
    case FRAMING_LENGTH: return f->width;
    case FRAMING_ASCII:
        return (uint64_t)snprintf(NULL, 0, "%llu", (unsigned long long)body) + f->delimiter.len;
    case FRAMING_NONE:
    case FRAMING_FIXED:
    case FRAMING_EOF:
    case FRAMING_FIELDS:
    case FRAMING_HTTP:
    case FRAMING_DATAGRAM: break;
    }
    return 0;
}

/* The bytes that a message takes on the wire. */
static uint64_t wire_length(const struct test *t, const struct framing *f, const struct value *v, size_t row)
{
    struct extent e = {0, true};
    uint64_t sum = 0;

    switch (v->kind) {
    case VALUE_LIST:
        for (size_t i = 0; i < v->n; i++)
            sum += wire_length(t, f, &v->items[i], row);
        return sum;
    case VALUE_CELL: return wire_length(t, f, cell_at(t, row, v->index), row);
    case VALUE_NONE:
    case VALUE_BYTES:
    case VALUE_REGEX:
    case VALUE_TYPED:
    case VALUE_LIKE:
    case VALUE_LUA:
    case VALUE_ONE_OF:
    case VALUE_PART:
    case VALUE_RECORD:
    case VALUE_RANGE:
    case VALUE_ABSENT:
    case VALUE_CODE:
    case VALUE_SIGNAL:
    case VALUE_HAPPENING: break;
    }
    extent_add(t, &v->text, row, &e);
    return e.least + (v->framed ? frame_length(f, e.least) : 0);
}

/* May it take more bytes than wire_length tells? Only a play shows what fields and expressions come to. */
static bool may_be_longer(const struct test *t, const struct value *v, size_t row)
{
    struct extent e = {0, true};
    bool longer = v->kind == VALUE_TYPED;

    if (v->kind == VALUE_CELL)
        return may_be_longer(t, cell_at(t, row, v->index), row);
    for (size_t i = 0; v->kind == VALUE_LIST && i < v->n; i++)
        longer |= may_be_longer(t, &v->items[i], row);
    extent_add(t, &v->text, row, &e);
    return longer || !e.exact;
}

/* ---- messages and their framing ------------------------------------------------------------------ */

/* The most bytes that a message can have; *why says what bounds it. */
static uint64_t most_bytes(const struct framing *f, bool sent, const char **why)
{
    uint64_t most = UINT64_MAX;

    if (f->kind == FRAMING_DATAGRAM) {
        *why = "a datagram holds";
        most = DATAGRAM_MAX;
    }
    if (f->kind == FRAMING_LENGTH && f->width < 8) {
        *why = "the length field announces";
        most = (UINT64_C(1) << 8 * f->width) - 1 - (f->counts_all ? f->width : 0);
    }
    if (!sent && f->max && f->max < most) {
        *why = "the protocol's `max` allows";
        most = f->max;
    }
    return most;
}

struct message {
    struct loader *l;
    const struct test *t;
    const struct framing *framing;
    bool sent;
    size_t row;
};

static void check_delimiter(const struct message *m, const struct value *v)
{
    struct diag *d;

    if (m->framing->kind != FRAMING_DELIMITER || !holds(m->t, &v->text, m->row, m->framing->delimiter))
        return;
    if (m->sent) {
        d = diag_warning(m->l->diags, v->mark, "this text holds the delimiter that its framing adds anyway");
        diag_note(m->l->diags, d, "leave it out; or use !raw, or a list, if several messages are meant");
    } else {
        d = diag_error(m->l->diags, v->mark,
                       "this text holds its framing's delimiter, so no message can equal it");
        diag_note(m->l->diags, d, "leave the delimiter out; several messages are a list");
    }
}

static void check_fixed(const struct message *m, const struct value *v, const struct extent *e)
{
    struct diag *d;

    if (m->framing->kind != FRAMING_FIXED || !e->exact || e->least == m->framing->size)
        return;
    if (m->sent)
        d = diag_warning(m->l->diags, v->mark, "a text of %llu bytes, where messages have %zu",
                         (unsigned long long)e->least, m->framing->size);
    else
        d = diag_error(m->l->diags, v->mark,
                       "a text of %llu bytes, where messages have %zu: none can equal it",
                       (unsigned long long)e->least, m->framing->size);
    if (m->sent)
        diag_note(m->l->diags, d, "use !raw or !hex if it is meant as it stands");
}

static void check_message(const struct message *m, const struct value *v)
{
    struct extent e = {0, true};
    const char *why = "";
    uint64_t most = most_bytes(m->framing, m->sent, &why);

    switch (v->kind) {
    case VALUE_LIST:
        for (size_t i = 0; i < v->n; i++)
            check_message(m, &v->items[i]);
        return;
    case VALUE_CELL: check_message(m, cell_at(m->t, m->row, v->index)); return;
    case VALUE_BYTES: break;
    case VALUE_NONE:
    case VALUE_REGEX:
    case VALUE_TYPED:
    case VALUE_LIKE:
    case VALUE_LUA:
    case VALUE_ONE_OF:
    case VALUE_PART:
    case VALUE_RECORD:
    case VALUE_RANGE:
    case VALUE_ABSENT:
    case VALUE_CODE:
    case VALUE_SIGNAL:
    case VALUE_HAPPENING: return;
    }
    extent_add(m->t, &v->text, m->row, &e);
    if ((v->framed || m->framing->kind == FRAMING_DATAGRAM) && e.least > most)
        diag_error(m->l->diags, v->mark, "a message of %llu bytes, but %s at most %llu",
                   (unsigned long long)e.least, why, (unsigned long long)most);
    if (!v->framed)
        return;
    check_delimiter(m, v);
    check_fixed(m, v, &e);
}

/* What ends such a message ends the connection: several never come, in whatever order. */
static void check_eof(const struct message *m, const struct step *s)
{
    const struct value *v = s->value.kind == VALUE_CELL ? cell_at(m->t, m->row, s->value.index) : &s->value;

    if (m->framing->kind == FRAMING_EOF && (s->verb == VERB_GETS || s->verb == VERB_GETS_ANY_ORDER) &&
        v->kind == VALUE_LIST && v->n > 1)
        diag_note(
            m->l->diags,
            diag_error(m->l->diags, s->value.mark, "with `framing: eof` a connection brings one message"),
            "`gets one of:` if these are alternatives");
}

/* Is anything of this kind in it to which its framing belongs? */
static bool any_framed(const struct test *t, const struct value *v, enum value_kind kind)
{
    bool any = v->kind == kind && v->framed;

    for (size_t i = 0; v->kind == VALUE_LIST && i < v->n; i++)
        any |= any_framed(t, &v->items[i], kind);
    for (size_t row = 0; v->kind == VALUE_CELL && row < t->n_rows; row++)
        any |= any_framed(t, cell_at(t, row, v->index), kind);
    return any;
}

/* Is it one of a crowd, and not the first of them? What holds for one holds for all. */
static bool is_one_more(const struct test *t, size_t peer)
{
    const struct mark *a = &t->peers[peer].mark, *b = &t->peers[peer ? peer - 1 : 0].mark;

    return peer > 0 && a->line == b->line && a->col == b->col && a->file == b->file;
}

/* Where protocols have names, forgetting one would silently send texts without their line ends. Messages by
 * name are of a protocol, so there it can only be a mistake. */
static void check_protocol(struct loader *l, const struct test *t, const struct step *s)
{
    const struct peer *p = &t->peers[s->actor];
    const struct spec *spec = l->spec;
    bool typed = any_framed(t, &s->value, VALUE_TYPED);

    if (spec->n_protocols == 0 || p->program == SIZE_MAX || s->protocol < spec->n_protocols ||
        !transport_is_stream(p->transport) || is_one_more(t, s->actor))
        return;
    if (typed)
        diag_note(l->diags,
                  diag_error(l->diags, p->mark, "`%s` speaks in messages, and has no protocol", p->name),
                  "say which, like `protocol: %s`", spec->protocols[0].name);
    else if (any_framed(t, &s->value, VALUE_BYTES))
        diag_note(l->diags,
                  diag_warning(l->diags, p->mark,
                               "`%s` has no protocol, so its texts are bytes as they stand", p->name),
                  "say which, like `protocol: %s`; or write the texts as !raw", spec->protocols[0].name);
}

static void check_messages(struct loader *l, const struct test *t, const struct step *s)
{
    struct message m = {.l = l, .t = t, .sent = s->verb == VERB_SENDS};
    size_t told = l->diags->n;

    if (s->actor_kind != ACTOR_PEER)
        return;
    check_protocol(l, t, s);
    m.framing = step_framing(l->spec, t, s);
    for (m.row = 0; m.row == 0 || m.row < t->n_rows; m.row++) {
        check_message(&m, &s->value);
        check_eof(&m, s);
        if (l->diags->n > told)
            return; /* once is enough: the next row is as wrong */
    }
}

/* ---- variations ---------------------------------------------------------------------------------- */

static bool sends_to_stream(const struct test *t, const struct step *s)
{
    const struct peer *p;

    if (s->verb != VERB_SENDS || s->actor_kind != ACTOR_PEER)
        return false;
    p = &t->peers[s->actor];
    return p->program != SIZE_MAX && transport_is_stream(p->transport);
}

/* The cases of the plans that try each place; the others have few. */
static uint64_t cases_of(const struct spec *spec, const struct test *t, const struct plan *p,
                         uint64_t *longest)
{
    uint64_t cases = 0;

    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];

        if (!sends_to_stream(t, s))
            continue;
        for (size_t row = 0; row == 0 || row < t->n_rows; row++) {
            uint64_t len = wire_length(t, step_framing(spec, t, s), &s->value, row);
            uint64_t places = len > 0 ? len - 1 : 0;

            *longest = len > *longest ? len : *longest;
            if (may_be_longer(t, &s->value, row))
                *longest = UINT64_MAX;
            if (p->kind == PLAN_EVERY_CUT)
                cases += places;
            if (p->kind == PLAN_EVERY_2_CUTS)
                cases += places < 1000000 ? places * (places - 1) / 2 : UINT32_MAX;
        }
    }
    return cases;
}

static bool has_fields(const struct spec *spec, const struct test *t)
{
    for (size_t i = 0; i < t->n_steps; i++) {
        const struct framing *f;

        if (!sends_to_stream(t, &t->steps[i]))
            continue;
        f = step_framing(spec, t, &t->steps[i]);
        if (f->kind == FRAMING_DELIMITER || f->kind == FRAMING_LENGTH || f->kind == FRAMING_ASCII ||
            f->kind == FRAMING_HTTP || (f->messages && f->messages->n > 0))
            return true;
    }
    return false;
}

static bool has_adjacent(const struct test *t)
{
    for (size_t i = 1; i < t->n_steps; i++)
        if (sends_to_stream(t, &t->steps[i]) && sends_to_stream(t, &t->steps[i - 1]) &&
            t->steps[i].actor == t->steps[i - 1].actor)
            return true;
    return false;
}

static bool sends_any(const struct test *t)
{
    for (size_t i = 0; i < t->n_steps; i++)
        if (sends_to_stream(t, &t->steps[i]))
            return true;
    return false;
}

/* What only relays carry nobody knows beforehand. */
static bool needs_sends(enum plan_kind k)
{
    switch (k) {
    case PLAN_EVERY_CUT:
    case PLAN_EVERY_2_CUTS:
    case PLAN_FIELDS:
    case PLAN_COALESCED: return true;
    case PLAN_WHOLE:
    case PLAN_BYTES:
    case PLAN_RANDOM:
    case PLAN_AT:
    case PLAN_CHUNKS:
    case PLAN_IMPAIRED: break;
    }
    return false;
}

static void check_plan(struct loader *l, const struct test *t, const struct plan *p)
{
    uint64_t longest = 0, cases = cases_of(l->spec, t, p, &longest);

    switch (p->kind) {
    case PLAN_WHOLE:
    case PLAN_BYTES:
    case PLAN_RANDOM: break;
    case PLAN_EVERY_CUT:
    case PLAN_EVERY_2_CUTS:
        if (cases > CASES_MAX)
            diag_note(l->diags, diag_error(l->diags, p->mark, "this would be more than %u cases", CASES_MAX),
                      "use {random: 100} where messages are long");
        break;
    case PLAN_AT:
        for (size_t i = 0; i < p->n_at && !test_relays_stream(t); i++)
            if (p->at[i] >= longest) {
                diag_error(l->diags, p->mark, "nothing is cut at %u: the longest that is sent has %llu bytes",
                           p->at[i], (unsigned long long)longest);
                break;
            }
        break;
    case PLAN_CHUNKS:
        if (p->count >= longest && !test_relays_stream(t))
            diag_error(l->diags, p->mark, "nothing is cut: the longest that is sent has %llu bytes",
                       (unsigned long long)longest);
        break;
    case PLAN_FIELDS:
        if (!has_fields(l->spec, t))
            diag_note(l->diags, diag_error(l->diags, p->mark, "`fields` needs a framing that has fields"),
                      "declare a `protocol` with a length or a delimiter, or use `every-cut`");
        break;
    case PLAN_COALESCED:
        if (!has_adjacent(t))
            diag_note(l->diags, diag_error(l->diags, p->mark, "`coalesced` finds nothing to join"),
                      "it joins `sends` steps of one peer that follow one another");
        break;
    case PLAN_IMPAIRED: impair_check(l, t, p->impairment, SIZE_MAX, p->mark); break;
    }
}

static bool has_datagrams(const struct test *t)
{
    for (size_t i = 0; i < t->n_peers; i++)
        if (peer_is_impairable(t, i))
            return true;
    return false;
}

bool plan_fits(const struct spec *spec, const struct test *t, const struct plan *p)
{
    uint64_t longest = 0;
    bool stream = sends_any(t), relayed = test_relays_stream(t);

    cases_of(spec, t, p, &longest);
    switch (p->kind) {
    case PLAN_WHOLE: return true;
    case PLAN_BYTES: return stream || relayed || test_shakes_hands(t);
    case PLAN_RANDOM: return stream || relayed;
    case PLAN_EVERY_CUT:
    case PLAN_EVERY_2_CUTS: return stream;
    case PLAN_AT: return relayed || (stream && p->n_at > 0 && p->at[0] < longest);
    case PLAN_CHUNKS: return relayed || (stream && p->count < longest) || test_shakes_hands(t);
    case PLAN_FIELDS: return has_fields(spec, t);
    case PLAN_COALESCED: return has_adjacent(t);
    case PLAN_IMPAIRED: return has_datagrams(t);
    }
    return true;
}

static void check_plans(struct loader *l, const struct test *t)
{
    bool stream = sends_any(t), relayed = test_relays_stream(t);

    for (size_t i = 0; i < t->n_under; i++) {
        enum plan_kind kind = t->under[i].kind;

        if (kind == PLAN_WHOLE)
            continue;
        if ((kind == PLAN_BYTES || kind == PLAN_CHUNKS) && test_shakes_hands(t))
            continue;
        if (!stream && relayed && needs_sends(kind))
            diag_note(l->diags,
                      diag_error(l->diags, t->under[i].mark,
                                 "nobody knows beforehand what programs send through a relay"),
                      "use `bytes`, {chunks: 7}, {random: 20} or {at: [4, 9]}: each way of a connection is "
                      "cut there");
        else if (!stream && !relayed && kind != PLAN_IMPAIRED)
            diag_note(
                l->diags,
                diag_error(l->diags, t->under[i].mark, "nothing can be split: no step sends to a stream"),
                "variations split what peers send over a stream, as TCP is");
        else
            check_plan(l, t, &t->under[i]);
    }
}

/* ---- all ----------------------------------------------------------------------------------------- */

static void check_times(struct loader *l, const struct test *t, const struct step *s)
{
    int64_t most = t->timeout ? t->timeout : l->spec->limits.case_time;
    int64_t wait = s->within > s->span ? s->within : s->span;

    if (wait > most)
        diag_note(l->diags,
                  diag_error(l->diags, s->mark, "this step may take %llds, but its case ends after %llds",
                             (long long)(wait / NS_PER_S), (long long)(most / NS_PER_S)),
                  "give the test a `timeout`, or raise `limits: {case-time: ...}`");
}

/* What milestones give is a part of the test's points. */
static void check_milestones(struct loader *l, const struct test *t)
{
    double sum = 0;

    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];

        if (s->verb != VERB_MILESTONE)
            continue;
        sum += s->points;
        if (t->score_share)
            diag_note(l->diags, diag_error(l->diags, s->mark, "a milestone in a test with `score: share`"),
                      "such a test counts the cases that passed: choose one of both");
        else if (sum > t->points) {
            diag_note(l->diags,
                      diag_error(l->diags, s->mark, "milestones give %g points, but the test has only %g",
                                 sum, t->points),
                      "the test's `points` are for all of it, its milestones' points too");
            return;
        }
    }
}

/* What its peers are impaired by in every case. */
static void check_impaired(struct loader *l, const struct test *t)
{
    for (size_t i = 0; i < t->n_peers; i++)
        if (t->peers[i].impair != SIZE_MAX && peer_is_impairable(t, i))
            impair_check(l, t, t->peers[i].impair, i, t->peers[i].mark);
}

void test_check(struct loader *l, const struct test *t, bool whole)
{
    for (size_t i = 0; i < t->n_steps; i++) {
        check_messages(l, t, &t->steps[i]);
        check_times(l, t, &t->steps[i]);
    }
    presence_check(l, t);
    check_impaired(l, t);
    check_milestones(l, t);
    if (whole) /* a step that is missing is no reason to say that nothing is sent */
        check_plans(l, t);
}

/* Programs that are typed to have an open stdin, unless the spec says otherwise. */
static void check_typing(struct loader *l, const struct test *t, const struct step *s)
{
    struct program *p;

    if (s->actor_kind != ACTOR_PROGRAM || (s->verb != VERB_TYPES && s->verb != VERB_TYPES_END))
        return;
    p = t->programs ? &t->programs[s->actor] : &l->spec->programs[s->actor];
    if (p->stdin_kind == STDIN_CLOSED && !p->stdin_given)
        p->stdin_kind = STDIN_OPEN;
    if (p->stdin_kind == STDIN_CLOSED || p->stdin_kind == STDIN_TEXT)
        diag_note(l->diags,
                  diag_error(l->diags, s->mark, "nobody can type to `%s`: its stdin is %s", p->name,
                             p->stdin_kind == STDIN_TEXT ? "a fixed text" : "closed"),
                  "say `stdin: open`, or nothing");
}

void spec_check(struct loader *l)
{
    struct spec *s = l->spec;

    for (size_t i = 0; i < s->n_tests; i++)
        for (size_t j = 0; j < s->tests[i].n_steps; j++)
            check_typing(l, &s->tests[i], &s->tests[i].steps[j]);
    test_programs_settle(s);
    ports_told_check(l);
    visitors_check(l);
    prompts_check(l);
    impairments_check(l);
    if (s->n_tests > 0 && l->diags->errors == 0 && spec_points(s) <= 0)
        diag_note(l->diags, diag_warning(l->diags, s->tests[0].mark, "no test of this spec gives points"),
                  "each gives 1 unless it says `points:`");
}
