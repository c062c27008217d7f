/*
 * detail.c - see detail.h.
 *
 * First what happened, then what it means, then what to do: the sentence, the conversation, how it was
 * decided, the diagnosis with its evidence and hint, what the programs said, and the command that plays it
 * again.
 */
#include "report/detail.h"
#include "report/ladder.h"
#include "report/wording.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#define HEAD_LEFT 2u
#define ITEM 12u /* columns of "Looks like: " */
#define STDERR_LINES 10u

/* ---- named paragraphs ---------------------------------------------------------------------------------- */

static void item_begin(struct pen *p, enum ink ink, const char *name)
{
    pen_to(p, DETAIL_LEFT);
    pen_text(p, ink, name);
    p->indent = DETAIL_LEFT + ITEM;
    pen_to(p, p->indent);
}

/* "Name:       text, wrapped". Nothing without text. */
static void item_put(struct pen *p, enum ink name_ink, const char *name, enum ink ink, const char *text)
{
    if (!text || !*text)
        return;
    item_begin(p, name_ink, name);
    pen_wrap(p, ink, text);
    pen_end(p);
}

static void paragraph(struct pen *p, enum ink ink, const char *text)
{
    pen_to(p, DETAIL_LEFT);
    p->indent = DETAIL_LEFT;
    pen_wrap(p, ink, text);
    pen_end(p);
}

/* ---- output of programs -------------------------------------------------------------------------------- */

/* Where a sanitizer's report begins, which tells more than its end does; 0: there is none. */
static size_t sanitizer_report(struct bytes b)
{
    static const char *const marks[] = {"==ERROR: ", ": runtime error: ", "WARNING: ThreadSanitizer"};

    for (size_t i = 0; i < 3; i++) {
        const uint8_t *at = bytes_find(b, bytes_of(marks[i]));

        while (at && at > b.data && at[-1] != '\n')
            at--;
        if (at)
            return (size_t)(at - b.data);
    }
    return 0;
}

/* Where the last `most` lines of b begin. */
static size_t last_lines(struct bytes b, size_t most)
{
    size_t i = b.len;

    if (i > 0 && b.data[i - 1] == '\n')
        i--;
    for (; i > 0; i--)
        if (b.data[i - 1] == '\n' && --most == 0)
            break;
    return i;
}

/* A tab as blanks up to the next multiple of 8: compilers and listings count on it. */
static void expand_tabs(struct bytes line, struct buf *out)
{
    for (size_t i = 0; i < line.len; i++)
        do
            buf_byte(out, line.data[i] == '\t' ? ' ' : line.data[i]);
        while (line.data[i] == '\t' && out->len % 8);
}

#define LINE_MOST 240u /* bytes of one line: what is longer is cut off */

static void output_line(struct pen *p, struct bytes line)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    unsigned left = p->indent;

    pen_to(p, left);
    pen_glyph(p, INK_FAINT, GLYPH_BAR);
    p->indent = left + 2;
    pen_to(p, p->indent);
    expand_tabs(bytes_slice(line, 0, LINE_MOST), &text);
    if (line.len > LINE_MOST)
        buf_text(&text, " …");
    pen_fill(p, INK_PLAIN, buf_view(&text));
    pen_end(p);
    p->indent = left;
}

static void output_more(struct pen *p)
{
    pen_to(p, p->indent);
    pen_glyph(p, INK_FAINT, GLYPH_BAR);
    pen_to(p, p->indent + 2);
    pen_glyph(p, INK_FAINT, GLYPH_MORE);
    pen_end(p);
}

void detail_output(struct pen *p, struct bytes output, uint64_t total, size_t most)
{
    size_t from = sanitizer_report(output);

    if (from == 0)
        from = last_lines(output, most);
    if (from > 0 || total > output.len)
        output_more(p);
    output = bytes_slice(output, from, output.len);
    for (size_t n = 0; output.len && n < most; n++) {
        const uint8_t *end = memchr(output.data, '\n', output.len);
        size_t len = end ? (size_t)(end - output.data) : output.len;
        size_t shown = len > 0 && output.data[len - 1] == '\r' ? len - 1 : len;

        output_line(p, bytes_slice(output, 0, shown));
        output = bytes_slice(output, len + 1, output.len);
    }
    if (output.len)
        output_more(p);
}

/* ---- programs ------------------------------------------------------------------------------------------ */

/* An end that was not asked for, or not of its own will. SIGTERM is the grader's way to end a program. */
static bool ended_badly(const struct program_record *p)
{
    if (p->exited || p->limit)
        return true;
    return p->exit_status >= 0 && WIFSIGNALED(p->exit_status) && WTERMSIG(p->exit_status) != SIGTERM &&
           !p->killed;
}

static void put_program(struct pen *p, const struct program *spec, const struct program_record *record)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (ended_badly(record)) {
        buf_printf(&text, "%s: ", spec->name);
        if (record->exit_status >= 0)
            wording_exit(&text, record->exit_status);
        if (record->limit)
            buf_printf(&text, "%s%s", record->exit_status >= 0 ? "; " : "", record->limit);
        buf_byte(&text, 0);
        item_put(p, INK_STRONG, "Program:", INK_BAD, (const char *)text.data);
    }
    if (record->err.total == 0)
        return;
    item_begin(p, INK_STRONG, "Stderr:");
    pen_text(p, INK_FAINT, spec->name);
    pen_text(p, INK_FAINT, " wrote");
    pen_end(p);
    p->indent = DETAIL_LEFT + 2;
    detail_output(p, wording_tail(&record->err), record->err.total, STDERR_LINES);
}

/* Unless anybody who speaks IPv4 can reach it. */
static const char *where_bound(const struct listener_record *l, char *out, size_t size)
{
    if (!l->loopback && !l->no_ipv4 && !l->ipv4)
        return "";
    snprintf(out, size, " at %s%s", l->address ? l->address : "?", l->no_ipv4 ? " (no IPv4)" : "");
    return out;
}

/* e NULL: a record may name more than the spec has. */
static void put_expected(struct buf *out, const char *before, const struct endpoint *e, uint16_t port)
{
    if (e && e->path)
        buf_printf(out, "%s on the Unix socket %s", before, e->path);
    else
        buf_printf(out, "%s on %s port %u", before, transport_name(e ? e->transport : TRANSPORT_TCP), port);
}

static void put_found(struct buf *out, const char *before, const struct listener_record *l)
{
    char where[80];

    if (l->transport == TRANSPORT_UNIX)
        buf_printf(out, "%sthe Unix socket %s", before, l->address ? l->address : "?");
    else
        buf_printf(out, "%s%s port %u%s", before, transport_name(l->transport), l->port,
                   where_bound(l, where, sizeof where));
}

static void put_listeners(struct pen *p, const struct program *spec, const struct program_record *record)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (record->readiness == READY || record->readiness == READY_NOT_ASKED ||
        record->readiness == READY_NOT_FOUND)
        return;
    for (size_t i = 0; i < record->n_ports; i++)
        put_expected(&text, i ? "," : spec->name, i < spec->n_listens ? &spec->listens[i] : NULL,
                     record->ports[i]);
    buf_byte(&text, 0);
    item_put(p, INK_STRONG, "Expected:", INK_GOOD, (const char *)text.data);
    text.len = 0;
    for (size_t i = 0; i < record->n_listeners; i++)
        put_found(&text, i ? ", " : "", &record->listeners[i]);
    if (record->n_listeners == 0)
        buf_text(&text, "it listens nowhere");
    buf_byte(&text, 0);
    item_put(p, INK_STRONG, "Found:", INK_BAD, (const char *)text.data);
}

static void put_programs(struct pen *p, const struct result *r, const struct test_result *t)
{
    for (size_t i = 0; t->record && i < t->record->n_programs; i++) {
        const struct program_record *record = &t->record->programs[i];

        if (record->program >= r->spec->n_programs)
            continue;
        put_listeners(p, &r->spec->programs[record->program], record);
        put_program(p, &r->spec->programs[record->program], record);
    }
}

/* ---- diagnosis ----------------------------------------------------------------------------------------- */

static void put_mistake(struct pen *p, const char *label, const struct finding *f)
{
    item_begin(p, INK_WARN, label);
    pen_text(p, INK_STRONG, f->diagnosis->id);
    pen_to(p, p->column + 1);
    pen_text(p, INK_FAINT, "—");
    pen_to(p, p->column + 1);
    pen_wrap(p, INK_PLAIN, f->diagnosis->mistake);
    if (f->advice) {
        pen_to(p, p->column + 1);
        pen_wrap(p, INK_FAINT, "(this costs no points)");
    }
    pen_end(p);
}

/* n findings, of which one is true, and which rest on the same evidence. */
static void put_findings(struct pen *p, const struct finding *f, size_t n)
{
    for (size_t i = 0; i < n; i++)
        put_mistake(p, f->advice ? "Advice:" : n == 1 ? "Looks like:" : i == 0 ? "One of:" : "or:", &f[i]);
    item_put(p, INK_STRONG, "Seen:", INK_PLAIN, f->evidence);
    for (size_t i = 0; i < n; i++)
        item_put(p, INK_STRONG, i == 0 ? "Hint:" : "or:", INK_PLAIN, f[i].diagnosis->hint);
}

static void put_named(struct pen *p, const struct test_result *t)
{
    size_t n = 0;

    while (n < t->n_findings && !t->findings[n].advice)
        n++;
    if (n)
        put_findings(p, t->findings, n);
}

static bool was_advised(const struct result *r, const struct test_result *t, const struct diagnosis *d)
{
    for (size_t i = 0; r && i < r->n_tests && &r->tests[i] != t; i++)
        for (size_t k = 0; k < r->tests[i].n_findings; k++)
            if (r->tests[i].findings[k].diagnosis == d)
                return true;
    return false;
}

void detail_advice(struct pen *p, const struct result *r, const struct test_result *t)
{
    for (size_t i = 0; i < t->n_findings; i++)
        if (t->findings[i].advice && !was_advised(r, t, t->findings[i].diagnosis))
            put_findings(p, &t->findings[i], 1);
}

/* What the spec's author says: to the failed step, and to the test. */
static void put_hints(struct pen *p, const struct test_result *t)
{
    const struct diagnosis *named = findings_name(t->findings, t->n_findings);
    bool told = named && named->hint;

    if (t->failed && t->failed->step < t->test->n_steps && t->test->steps[t->failed->step].hint) {
        item_put(p, INK_STRONG, told ? "" : "Hint:", INK_PLAIN, t->test->steps[t->failed->step].hint);
        told = true;
    }
    item_put(p, INK_STRONG, told ? "" : "Hint:", INK_PLAIN, t->test->hint);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

/* A command is never broken: it is there to be copied. */
static void put_replay(struct pen *p, const char *grader, const char *replay)
{
    if (!replay)
        return;
    item_begin(p, INK_STRONG, "Replay:");
    pen_text(p, INK_NAME, grader ? grader : "sockgrade");
    pen_text(p, INK_NAME, " grade ");
    pen_text(p, INK_NAME, replay);
    pen_end(p);
}

/* Whoever has replayed it with that option need not be told. */
static void put_xray_hint(struct pen *p, const struct test_result *t)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (!t->replay || t->xray)
        return;
    buf_printf(&text, "--xray %s shows the program's own calls", t->test->id);
    buf_byte(&text, 0);
    item_put(p, INK_STRONG, "X-ray:", INK_PLAIN, (const char *)text.data);
}

static void put_verbose(struct pen *p, const struct test_result *t)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    const struct step_record *s = t->failed;

    wording_plural(&text, t->cases, "case");
    buf_text(&text, ", ");
    wording_plural(&text, t->experiments, "experiment");
    buf_text(&text, " in ");
    wording_duration(&text, t->took);
    if (s && (s->accepted || s->tcp_state))
        buf_printf(&text, "; the connection was %s, %u bytes unread",
                   s->accepted ? "accepted" : "not accepted", s->unread);
    if (s && s->cpu) {
        buf_text(&text, "; the last step used ");
        wording_duration(&text, s->cpu);
        buf_text(&text, " of CPU time");
    }
    buf_byte(&text, 0);
    item_put(p, INK_FAINT, "Played:", INK_FAINT, (const char *)text.data);
}

/* What the programs did, and an empty line after it; nothing when they did nothing worth telling. */
static void put_programs_apart(struct pen *p, const struct result *r, const struct test_result *t)
{
    size_t before = p->out->len;

    put_programs(p, r, t);
    if (p->out->len > before)
        pen_gap(p);
}

/* Whoever looks for the step in the test's own lines would not find it. */
static void put_shared(struct pen *p, const struct test_result *t)
{
    const struct step *s =
        t->failed && t->failed->step < t->test->n_steps ? &t->test->steps[t->failed->step] : NULL;
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (!s || !s->shared)
        return;
    buf_printf(&text, "Step %u is one that many tests have: %s:%d", t->failed->step + 1, s->mark.file,
               s->mark.line);
    buf_byte(&text, 0);
    paragraph(p, INK_FAINT, (const char *)text.data);
    pen_gap(p);
}

void detail_failure(struct pen *p, const struct result *r, const struct test_result *t, bool verbose)
{
    if (t->shown && t->shown->n_steps && t->failed) {
        ladder_put(p, r, t);
        pen_gap(p);
        put_shared(p, t);
    }
    if (t->how && *t->how) {
        paragraph(p, INK_FAINT, t->how);
        pen_gap(p);
    }
    put_programs_apart(p, r, t);
    if (t->sometimes)
        item_put(p, INK_WARN, "Sometimes:", INK_PLAIN,
                 "1 of 2: the very same case failed once and passed once. It depends on timing.");
    put_named(p, t);
    put_hints(p, t);
    if (verbose)
        put_verbose(p, t);
    put_replay(p, r->grader, t->replay);
    put_xray_hint(p, t);
}

void detail_put(struct pen *p, const struct result *r, const struct test_result *t, bool verbose)
{
    switch (t->verdict) {
    case VERDICT_PASS: detail_advice(p, r, t); break;
    case VERDICT_FAIL:
        if (t->headline) {
            paragraph(p, INK_STRONG, t->headline);
            pen_gap(p);
        }
        detail_failure(p, r, t, verbose);
        detail_advice(p, r, t);
        return;
    case VERDICT_NOT_RUN:
    case VERDICT_EXCUSED:
    case VERDICT_ERROR:
        if (t->reason)
            paragraph(p, INK_FAINT, t->reason);
        return;
    }
    if (verbose)
        put_verbose(p, t);
}

/* "server: java Server (sockgrade.yaml)" */
static void put_chosen(struct pen *p, const struct chosen *c)
{
    pen_to(p, HEAD_LEFT);
    p->indent = HEAD_LEFT + 2;
    pen_text(p, INK_FAINT, c->program ? c->program : "build");
    pen_text(p, INK_FAINT, ": ");
    pen_wrap(p, INK_NAME, *c->command ? c->command : "none");
    pen_to(p, p->column + 1);
    pen_text(p, INK_FAINT, "(");
    pen_text(p, INK_FAINT, c->by);
    pen_text(p, INK_FAINT, ")");
    pen_end(p);
}

void detail_chosen(struct pen *p, const struct result *r)
{
    for (size_t i = 0; i < r->n_chosen; i++)
        put_chosen(p, &r->chosen[i]);
    if (r->unheard) {
        pen_to(p, HEAD_LEFT);
        p->indent = HEAD_LEFT;
        pen_wrap(p, INK_WARN, r->unheard);
        pen_end(p);
    }
    if (r->n_chosen || r->unheard)
        pen_gap(p);
}
