/*
 * xray.c - see xray.h.
 *
 *      peers                wire                  server
 *      alice connects                             accept(3) = 4  alice
 *    1 alice sends          "HEL" →               recv(4, 1024) = 3  "HEL"
 *                           ← "ERROR\n"           send(4, "ERROR\n", 6) = 6
 *
 * All that happened stands in the order of its time. What follows from each other at once shares a line.
 */
#include "report/xray.h"
#include "base/escape.h"
#include "base/mem.h"
#include "kernel/calls.h"
#include "peer/tap.h"
#include "report/calls.h"
#include "report/chatter.h"
#include "report/payload.h"
#include "report/rung.h"
#include "report/verbs.h"
#include "report/wording.h"

#include <stdio.h>
#include <stdlib.h>

#define LEFT 4u
#define FIRST_ROWS 24u /* of more than these and the last ones, a fold is shown */
#define LAST_ROWS 36u
#define LATER_ROWS 12u /* after the peers have begun to leave */

enum what { IS_STEP, IS_WIRE, IS_CALL, IS_WAITING, IS_CLOSED };

struct incident {
    int64_t at;
    size_t order; /* of equal times */
    enum what what;
    const struct step_record *step;
    const struct wire_record *wire;
    const struct call_record *call;
};

struct row {
    const struct incident *step, *wire, *call;
    bool closed; /* the line that says that the peers leave */
};

struct sheet {
    struct pen *pen;
    const struct result *result;
    const struct test *test;
    const struct record *record;
    const struct case_record *shown;
    bool *worth; /* of each call: to be shown */
    struct incident *all;
    size_t n, cap;
    struct row *rows;
    size_t n_rows, cap_rows;
    unsigned wire, calls; /* columns */
};

/* ---- what happened, in order --------------------------------------------------------------------------- */

static struct incident *add(struct sheet *s, enum what what, int64_t at)
{
    struct incident *h = array_push(s->all, s->n, s->cap);

    *h = (struct incident){.at = at, .order = s->n, .what = what};
    return h;
}

static int by_time(const void *a, const void *b)
{
    const struct incident *x = a, *y = b;

    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static const struct step *step_of(const struct sheet *s, const struct step_record *r)
{
    return r->step < s->test->n_steps ? &s->test->steps[r->step] : NULL;
}

static bool comes(const struct wire_record *w)
{
    return w->event == TAP_CAME || w->event == TAP_ENDED || w->event == TAP_LOST;
}

static bool gives(const struct sheet *s, const struct step_record *r)
{
    const struct step *step = step_of(s, r);

    return step && verb_gives(step->verb);
}

static bool is_of_peer(const struct sheet *s, const struct step_record *r, uint32_t peer)
{
    const struct step *step = step_of(s, r);

    return step && step->actor_kind == ACTOR_PEER && step->actor == peer;
}

/* What it waits for has come when it ends. What it does, it does when that is seen on the wire: it may have
 * had to start a program first. */
static int64_t step_time(const struct sheet *s, const struct step_record *r)
{
    const struct xray_record *x = &s->shown->xray;

    if (!gives(s, r))
        return r->began + r->took;
    for (size_t i = 0; i < x->n_wires; i++) {
        const struct wire_record *w = &x->wires[i];

        if (w->at >= r->began && w->at <= r->began + r->took && !comes(w) && w->event != TAP_OPENED &&
            is_of_peer(s, r, w->peer))
            return w->at;
    }
    return r->began;
}

/* Whatever does not wait for others has its effect before it returns. */
static int64_t call_time(const struct call_record *c)
{
    bool waits = call_receives(c->kind) || call_waits_for_many(c->kind) || c->kind == CALL_ACCEPT;

    return waits && c->ended >= 0 ? c->ended : c->began;
}

static void add_calls(struct sheet *s)
{
    const struct xray_record *x = &s->shown->xray;
    for (size_t i = 0; i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];
        bool waits = c->began < x->closed && (c->ended < 0 || c->ended > x->closed);

        if (!s->worth[i])
            continue;
        if (waits)
            add(s, IS_WAITING, x->closed)->call = c;
        if (c->ended >= 0 && !(waits && call_sends(c->kind)))
            add(s, IS_CALL, call_time(c))->call = c;
    }
}

static void gather(struct sheet *s)
{
    const struct xray_record *x = &s->shown->xray;

    for (size_t i = 0; i < s->shown->n_steps; i++)
        if (step_of(s, &s->shown->steps[i]))
            add(s, IS_STEP, step_time(s, &s->shown->steps[i]))->step = &s->shown->steps[i];
    for (size_t i = 0; i < x->n_wires; i++)
        add(s, IS_WIRE, x->wires[i].at)->wire = &x->wires[i];
    add_calls(s);
    add(s, IS_CLOSED, x->closed);
    qsort(s->all, s->n, sizeof *s->all, by_time);
}

/* ---- rows ---------------------------------------------------------------------------------------------- */

static bool answers(const struct call_record *c, const struct wire_record *w)
{
    switch ((enum tap_event)w->event) {
    case TAP_OPENED: return c->kind == CALL_ACCEPT;
    case TAP_SENT: return call_receives(c->kind) && c->result > 0;
    case TAP_SHUT:
    case TAP_CLOSED:
    case TAP_RESET: return call_receives(c->kind) && c->result <= 0;
    case TAP_BEGINS:
    case TAP_CAME:
    case TAP_ENDED:
    case TAP_LOST: break;
    }
    return false;
}

/* Does it follow at once from what the row says already? */
static bool fits(const struct sheet *s, const struct row *row, const struct incident *h)
{
    switch (h->what) {
    case IS_STEP:
        return !row->step && row->wire && comes(row->wire->wire) && !gives(s, h->step) &&
               is_of_peer(s, h->step, row->wire->wire->peer);
    case IS_WIRE:
        if (row->wire || row->closed)
            return false;
        if (comes(h->wire))
            return row->call && !row->step && row->call->call->peer == h->wire->peer + 1 &&
                   (call_sends(row->call->call->kind) || row->call->call->kind == CALL_CLOSE ||
                    row->call->call->kind == CALL_SHUTDOWN);
        return row->step && !row->call && gives(s, row->step->step) &&
               is_of_peer(s, row->step->step, h->wire->peer);
    case IS_CALL:
        return row->wire && !row->call && h->call->peer == row->wire->wire->peer + 1 &&
               answers(h->call, row->wire->wire);
    case IS_WAITING:
    case IS_CLOSED: return false;
    }
    return false;
}

static void arrange(struct sheet *s)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct incident *h = &s->all[i];
        struct row *row = s->n_rows ? &s->rows[s->n_rows - 1] : NULL;

        if (!row || !fits(s, row, h))
            row = array_push(s->rows, s->n_rows, s->cap_rows);
        switch (h->what) {
        case IS_STEP: row->step = h; break;
        case IS_WIRE: row->wire = h; break;
        case IS_CALL:
        case IS_WAITING: row->call = h; break;
        case IS_CLOSED: row->closed = true; break;
        }
    }
}

/* ---- cells --------------------------------------------------------------------------------------------- */

static void put_step(struct sheet *s, const struct step_record *r)
{
    const struct step *step = step_of(s, r);
    bool failed = r->outcome != STEP_PASSED;
    char number[16];

    pen_to(s->pen, LEFT);
    snprintf(number, sizeof number, "%2u", r->step + 1);
    pen_text(s->pen, failed ? INK_STRONG_BAD : INK_FAINT, number);
    pen_to(s->pen, LEFT + 3);
    pen_cut(s->pen, failed ? INK_BAD : INK_NAME, step->text, s->wire - 2);
}

static const char *event_words(enum tap_event e)
{
    switch (e) {
    case TAP_OPENED: return "connection";
    case TAP_SHUT: return "end";
    case TAP_CLOSED: return "close";
    case TAP_RESET:
    case TAP_LOST: return "reset";
    case TAP_ENDED: return "end";
    case TAP_BEGINS:
    case TAP_SENT:
    case TAP_CAME: return NULL;
    }
    return NULL;
}

static void put_wire(struct sheet *s, const struct wire_record *w)
{
    const struct excerpt e = {.total = w->total, .head = w->head};
    const char *words = event_words((enum tap_event)w->event);
    unsigned right = s->calls - 2;
    char text[48];

    pen_to(s->pen, s->wire);
    if (comes(w)) {
        pen_glyph(s->pen, INK_FAINT, GLYPH_FROM);
        pen_to(s->pen, s->pen->column + 1);
    } else
        right -= 1 + pen_glyph_width(s->pen, GLYPH_TO);
    if (w->sealed && !words) {
        snprintf(text, sizeof text, "%llu bytes of TLS", (unsigned long long)w->total);
        words = text;
    }
    if (words)
        pen_cut(s->pen, INK_FAINT, words, right);
    else
        payload_quote(s->pen, INK_PLAIN, &e, 0, right);
    if (!comes(w)) {
        pen_to(s->pen, s->pen->column + 1);
        pen_glyph(s->pen, INK_FAINT, GLYPH_TO);
    }
}

/* Where it is certain: of a call that accepts, who came. */
static const char *peer_name(const struct sheet *s, const struct call_record *c)
{
    return c->peer && c->peer <= s->test->n_peers ? s->test->peers[c->peer - 1].name : NULL;
}

/* After so many blanks, or where that many columns do not fit on this line, on the next. */
static void make_room(struct sheet *s, unsigned blanks, size_t columns)
{
    if (s->pen->column + blanks + columns <= s->pen->width) {
        pen_to(s->pen, s->pen->column + blanks);
        return;
    }
    pen_end(s->pen);
    pen_to(s->pen, s->pen->indent);
}

/* What comes behind the first argument. */
static void put_rest(struct sheet *s, enum ink ink, const struct buf *words)
{
    struct bytes rest = buf_view(words);

    if (rest.len > 1 && rest.data[0] == ',') {
        pen_text(s->pen, ink, ",");
        rest = bytes_slice(rest, 2, rest.len);
        make_room(s, 1, rest.len);
    } else
        make_room(s, 0, rest.len);
    pen_wrap_to(s->pen, ink, rest, s->pen->width);
}

#define QUOTE_ROOM 16u /* columns that a quotation takes at least */

static size_t quote_room(const struct excerpt *e)
{
    size_t width = escape_c_column(e->head, e->head.len) + 2;

    return width < QUOTE_ROOM && excerpt_is_whole(e) ? width : QUOTE_ROOM;
}

static void put_after_call(struct sheet *s, const struct call_record *c, bool waits)
{
    const struct excerpt e = call_bytes(c);
    const char *more = NULL;

    if (waits)
        more = "waits here";
    else if (call_receives(c->kind) && c->result == 0 && !c->address)
        more = "the end";
    else if (c->kind == CALL_ACCEPT && c->result >= 0)
        more = peer_name(s, c);
    if (more) {
        make_room(s, 2, pen_width(s->pen, bytes_of(more)));
        pen_text(s->pen, waits ? INK_WARN : INK_NAME, more);
    } else if (!call_sends(c->kind) && e.head.len) {
        make_room(s, 2, quote_room(&e));
        payload_quote(s->pen, INK_PLAIN, &e, 0, s->pen->width);
    }
}

static void put_call(struct sheet *s, const struct call_record *call, bool waits)
{
    struct call_record c = *call;
    const struct excerpt e = call_bytes(&c);
    _cleanup_buf_ struct buf who = BUF_INIT;
    _cleanup_buf_ struct buf begin = BUF_INIT;
    _cleanup_buf_ struct buf end = BUF_INIT;
    enum ink ink = call_is_event(&c) ? INK_STRONG : c.result < 0 && !waits ? INK_BAD : INK_PLAIN;
    unsigned right = s->pen->width - 1; /* of a comma */

    if (waits)
        c.ended = -1;
    call_who(&who, s->result, &s->shown->xray, s->worth, &c);
    call_begin(&begin, &c);
    call_end(&end, &c);
    pen_to(s->pen, s->calls);
    s->pen->indent = s->calls + 2;
    pen_wrap_to(s->pen, INK_FAINT, buf_view(&who), s->pen->width);
    pen_to(s->pen, s->pen->column + (who.len > 0));
    pen_wrap_to(s->pen, ink, buf_view(&begin), right);
    if (call_sends(c.kind) && e.head.len) {
        pen_text(s->pen, ink, ",");
        make_room(s, 1, quote_room(&e) + 1); /* and a comma */
        right -= right > s->pen->column + QUOTE_ROOM + end.len ? (unsigned)end.len : 1;
        payload_quote(s->pen, ink, &e, 0, right);
    }
    put_rest(s, ink, &end);
    put_after_call(s, &c, waits);
}

static void put_row(struct sheet *s, const struct row *row)
{
    if (row->closed) {
        pen_to(s->pen, LEFT + 3);
        pen_text(s->pen, INK_FAINT, "the peers leave");
    }
    if (row->step)
        put_step(s, row->step->step);
    if (row->wire)
        put_wire(s, row->wire->wire);
    if (row->call)
        put_call(s, row->call->call, row->call->what == IS_WAITING);
    pen_end(s->pen);
    s->pen->indent = 0;
    if (row->step && row->step->step->outcome != STEP_PASSED) {
        const struct ladder l = {.pen = s->pen,
                                 .result = s->result,
                                 .test = s->test,
                                 .shown = s->shown,
                                 .record = s->record,
                                 .who = LEFT + 3,
                                 .what = LEFT + 5};
        struct rung rung = {.record = row->step->step, .step = step_of(s, row->step->step), .failed = true};

        rung.value = wording_value(s->test, s->shown, rung.step);
        pen_to(s->pen, l.what);
        rung_put(&l, &rung);
    }
}

/* ---- the whole ----------------------------------------------------------------------------------------- */

static void put_more(struct sheet *s, uint64_t n, const char *what)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    wording_count(&text, n);
    buf_printf(&text, " more %s", what);
    pen_to(s->pen, LEFT + 3);
    pen_glyph(s->pen, INK_FAINT, GLYPH_MORE);
    pen_to(s->pen, s->pen->column + 1);
    pen_bytes(s->pen, INK_FAINT, buf_view(&text));
    pen_end(s->pen);
}

static void put_rows(struct sheet *s)
{
    size_t closed = 0;

    while (closed < s->n_rows && !s->rows[closed].closed)
        closed++;
    for (size_t i = 0; i < s->n_rows; i++) {
        if (closed > FIRST_ROWS + LAST_ROWS && i == FIRST_ROWS) {
            put_more(s, closed - FIRST_ROWS - LAST_ROWS, "lines");
            i = closed - LAST_ROWS;
        }
        if (i > closed + LATER_ROWS) {
            put_more(s, s->n_rows - i, "lines");
            return;
        }
        put_row(s, &s->rows[i]);
    }
}

#define WIRE_MOST 30u
#define WIRE_LEAST (QUOTE_ROOM + 4)

/* As wide as they have to be, within bounds: what is left is for the calls. */
static void measure(struct sheet *s)
{
    unsigned most = s->pen->width / 5, steps = 8, wires = WIRE_LEAST, width;

    for (size_t i = 0; i < s->n_rows; i++) {
        const struct row *row = &s->rows[i];
        const struct wire_record *w = row->wire ? row->wire->wire : NULL;

        width = row->step ? pen_width(s->pen, bytes_of(step_of(s, row->step->step)->text)) : 0;
        steps = width > steps ? width : steps;
        width = w ? (unsigned)escape_c_column(w->head, w->head.len) + 6 : 0;
        wires = width > wires ? width : wires;
    }
    if (wires > s->pen->width / 4)
        wires = s->pen->width / 4 > WIRE_LEAST ? s->pen->width / 4 : WIRE_LEAST;
    s->wire = LEFT + 5 + (steps < most ? steps : most);
    s->calls = s->wire + 2 + (wires < WIRE_MOST ? wires : WIRE_MOST);
}

/* The program whose calls these are; where there are several, each line says it. */
static const char *head_of(const struct sheet *s)
{
    const struct xray_record *x = &s->shown->xray;
    uint32_t program = UINT32_MAX;

    for (size_t i = 0; i < x->n_calls; i++) {
        if (!s->worth[i])
            continue;
        if (program != UINT32_MAX && x->calls[i].program != program)
            return "the programs";
        program = x->calls[i].program;
    }
    return program < s->result->spec->n_programs ? s->result->spec->programs[program].name : "the program";
}

static void put_head(struct sheet *s)
{
    pen_to(s->pen, LEFT + 3);
    pen_text(s->pen, INK_STRONG, "peers");
    pen_to(s->pen, s->wire);
    pen_text(s->pen, INK_STRONG, "wire");
    pen_to(s->pen, s->calls);
    pen_text(s->pen, INK_STRONG, head_of(s));
    pen_end(s->pen);
}

static void put_paragraph(struct pen *p, enum ink ink, const char *text)
{
    pen_to(p, LEFT);
    p->indent = LEFT;
    pen_wrap(p, ink, text);
    pen_end(p);
}

/* Why there is nothing to see; NULL: there is. */
static const char *nothing_because(const struct test_result *t)
{
    if (t->xray->fault)
        return t->xray->fault;
    if (t->xray->untraced)
        return t->xray->untraced;
    if (t->xray->excused)
        return t->xray->excused;
    return t->xray->n_cases ? NULL : "the case was not played to its end";
}

void xray_put(struct pen *p, const struct result *r, const struct test_result *t)
{
    struct sheet s = {.pen = p, .result = r, .test = t->test, .record = t->xray};
    const char *why;
    char text[512];

    if (!t->xray)
        return;
    pen_gap(p);
    why = nothing_because(t);
    if (why) {
        snprintf(text, sizeof text, "No X-ray: %s.", why);
        put_paragraph(p, INK_WARN, text);
        return;
    }
    s.shown = &t->xray->cases[0];
    s.worth = chatter_sift(&s.shown->xray);
    gather(&s);
    arrange(&s);
    measure(&s);
    put_head(&s);
    put_rows(&s);
    if (s.shown->xray.more_calls)
        put_more(&s, s.shown->xray.more_calls, "calls in between, which were not kept");
    mem_free(s.worth);
    mem_free(s.all);
    mem_free(s.rows);
}
