/*
 * terminal.c - see terminal.h: the head, a line for each test with what there is to tell below it, the sum.
 */
#include "report/terminal.h"
#include "judge/groups.h"
#include "report/detail.h"
#include "report/wording.h"
#include "report/xray.h"

#include <inttypes.h>
#include <string.h>

#define LEFT 2u
#define BUILD_LINES 15u

struct sheet {
    struct pen pen;
    const struct result *result;
    bool verbose;
};

static struct sheet sheet_on(const struct result *r, const struct report_options *o, struct buf *out)
{
    struct report_options none = {0};

    o = o ? o : &none;
    return (struct sheet){
        .pen = pen_on(out, o->width, o->colour, o->ascii), .result = r, .verbose = o->verbose};
}

static void line_put(struct pen *p, unsigned left, enum ink ink, const char *text)
{
    pen_to(p, left);
    p->indent = left;
    pen_wrap(p, ink, text);
    pen_end(p);
}

/* ---- head ---------------------------------------------------------------------------------------------- */

/* Between things on one line; what has no room for the `next` columns begins a line instead. */
static void put_dot(struct pen *p, size_t next)
{
    if (p->column + 3 + next > p->width) {
        pen_end(p);
        return;
    }
    pen_to(p, p->column + 1);
    pen_glyph(p, INK_FAINT, GLYPH_DOT);
    pen_to(p, p->column + 1);
}

static void put_head(struct sheet *s)
{
    const struct result *r = s->result;
    struct pen *p = &s->pen;

    p->indent = 0;
    pen_wrap(p, INK_STRONG, r->spec->title ? r->spec->title : r->spec->name);
    put_dot(p, pen_width(p, bytes_of(r->submission)));
    pen_wrap(p, INK_PLAIN, r->submission);
    put_dot(p, strlen("isolation: basic"));
    pen_text(p, INK_FAINT, "isolation: ");
    pen_text(p, INK_FAINT, r->isolation);
    pen_end(p);
    if (s->verbose) {
        _cleanup_buf_ struct buf text = BUF_INIT;

        wording_date(&text, r->started);
        buf_printf(&text, ", seed %" PRIu64 ", %s", r->seed, r->spec->path);
        buf_byte(&text, 0);
        line_put(p, 0, INK_FAINT, (const char *)text.data);
    }
    pen_gap(p);
}

/* The cause stands first: nobody is to look for a mistake of theirs below. */
static void put_ungraded(struct sheet *s)
{
    struct pen *p = &s->pen;
    const char *cause = wording_ungraded(s->result);

    if (!cause)
        return;
    pen_to(p, LEFT);
    pen_glyph(p, INK_STRONG_BAD, GLYPH_ERROR);
    pen_to(p, LEFT + 2);
    p->indent = LEFT + 2;
    pen_text(p, INK_STRONG_BAD, "Not graded: ");
    pen_wrap(p, INK_STRONG, cause);
    pen_end(p);
    line_put(p, LEFT + 2, INK_PLAIN,
             "This is a fault of the grader or of this machine, not of the submission. It costs no points: "
             "please grade "
             "again, or show this to whoever runs the grader.");
    pen_gap(p);
}

/* ---- build --------------------------------------------------------------------------------------------- */

static const char *build_sentence(enum build_state state)
{
    switch (state) {
    case BUILD_NONE:
    case BUILD_OK: return NULL;
    case BUILD_FAILED: return "It does not build, so no test could run.";
    case BUILD_MISSING: return "The build succeeded, but did not make what it should.";
    case BUILD_TOO_LONG: return "The build was stopped: it took too long, or too much.";
    case BUILD_ERROR: return NULL; /* told as the cause of being ungraded */
    }
    return NULL;
}

static void put_command(struct sheet *s, const struct build_result *b)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    struct pen *p = &s->pen;

    if (!b->command)
        return;
    pen_to(p, LEFT + 2);
    pen_text(p, INK_FAINT, "$ ");
    p->indent = LEFT + 4;
    pen_wrap(p, INK_NAME, b->command ? b->command : "");
    buf_text(&text, "(");
    wording_exit(&text, b->exit_status);
    buf_text(&text, ")");
    pen_to(p, p->column + 2);
    pen_bytes(p, INK_FAINT, buf_view(&text));
    pen_end(p);
}

static void put_build(struct sheet *s)
{
    const struct build_result *b = &s->result->build;
    const char *sentence = build_sentence(b->state);
    struct pen *p = &s->pen;

    if (!sentence)
        return;
    pen_to(p, LEFT);
    pen_glyph(p, INK_STRONG_BAD, GLYPH_FAIL);
    pen_to(p, LEFT + 2);
    p->indent = LEFT + 2;
    pen_wrap(p, INK_STRONG, sentence);
    pen_end(p);
    pen_gap(p);
    put_command(s, b);
    if (b->first_error) {
        pen_gap(p);
        line_put(p, LEFT + 2, INK_BAD, b->first_error);
    }
    if (b->hint)
        line_put(p, LEFT + 2, INK_PLAIN, b->hint);
    if (b->output.len) {
        pen_gap(p);
        if (b->command)
            line_put(p, LEFT + 2, INK_FAINT, "The end of its output:");
        p->indent = LEFT + 2;
        detail_output(p, b->output, b->output.len, BUILD_LINES);
    }
    pen_gap(p);
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void put_symbol(struct pen *p, enum verdict v)
{
    switch (v) {
    case VERDICT_PASS: pen_glyph(p, INK_GOOD, GLYPH_PASS); break;
    case VERDICT_FAIL: pen_glyph(p, INK_STRONG_BAD, GLYPH_FAIL); break;
    case VERDICT_NOT_RUN:
    case VERDICT_EXCUSED: pen_glyph(p, INK_FAINT, GLYPH_NOT_RUN); break;
    case VERDICT_ERROR: pen_glyph(p, INK_WARN, GLYPH_ERROR); break;
    }
}

/* For whoever sees more than students do. */
static const char *visibility_mark(enum visibility v)
{
    switch (v) {
    case VISIBLE: return NULL;
    case HIDDEN: return "(hidden)";
    case AFTER_DUE_DATE: return "(hidden until the due date)";
    case AFTER_PUBLISHED: return "(hidden until grades are published)";
    }
    return NULL;
}

static void points_text(const struct result *r, const struct test_result *t, struct buf *out)
{
    if (r->ungraded)
        return;
    if (t->verdict == VERDICT_EXCUSED) {
        buf_text(out, "excused");
        return;
    }
    wording_points(out, t->score);
    buf_text(out, "/");
    wording_points(out, t->test->extra_credit ? t->test->points : t->max);
    if (t->test->extra_credit)
        buf_text(out, " extra");
}

static void cases_text(const struct test_result *t, struct buf *out)
{
    if (t->cases <= 1 || t->verdict == VERDICT_NOT_RUN || t->verdict == VERDICT_EXCUSED)
        return;
    if (t->verdict == VERDICT_FAIL && t->test->score_share) {
        wording_count(out, t->passed);
        buf_text(out, " of ");
    }
    wording_plural(out, t->cases, "case");
}

#define POINTS 8u /* columns for the points, so that the counts of cases stand in line */

static void put_test_line(struct sheet *s, const struct test_result *t)
{
    _cleanup_buf_ struct buf points = BUF_INIT;
    _cleanup_buf_ struct buf cases = BUF_INIT;
    struct pen *p = &s->pen;
    struct bytes title = bytes_of(wording_title(t->test));
    unsigned right;

    points_text(s->result, t, &points);
    cases_text(t, &cases);
    right = p->width - (points.len > POINTS ? (unsigned)points.len : POINTS) - (unsigned)cases.len - 2;
    pen_to(p, LEFT);
    put_symbol(p, t->verdict);
    pen_to(p, LEFT + 2);
    p->indent = LEFT + 2;
    pen_wrap_to(p, t->verdict == VERDICT_NOT_RUN || t->verdict == VERDICT_EXCUSED ? INK_FAINT : INK_PLAIN,
                title, right);
    if (visibility_mark(t->test->visibility)) {
        pen_to(p, p->column + 1);
        pen_wrap_to(p, INK_FAINT, bytes_of(visibility_mark(t->test->visibility)), right);
    }
    pen_to(p, right + 2);
    pen_bytes(p, INK_FAINT, buf_view(&cases));
    pen_to(p, p->width - (unsigned)points.len);
    pen_bytes(p,
              t->verdict == VERDICT_FAIL   ? INK_BAD
              : t->verdict == VERDICT_PASS ? INK_GOOD
                                           : INK_FAINT,
              buf_view(&points));
    pen_end(p);
}

/* The same reason is not told twice in a row: a failed build or test stops many. */
static bool is_repeated(const struct result *r, size_t i)
{
    const struct test_result *t = &r->tests[i], *before = &r->tests[i ? i - 1 : 0];

    return i > 0 && t->verdict == before->verdict && t->verdict != VERDICT_PASS &&
           t->verdict != VERDICT_FAIL && t->reason && before->reason &&
           strcmp(t->reason, before->reason) == 0;
}

static void put_group(struct sheet *s, size_t group)
{
    const struct subtotal sum = result_subtotal(s->result, group);
    _cleanup_buf_ struct buf points = BUF_INIT;
    struct pen *p = &s->pen;

    if (!s->result->ungraded) {
        wording_points(&points, sum.score);
        buf_text(&points, "/");
        wording_points(&points, sum.max);
    }
    pen_gap(p);
    p->indent = 0;
    pen_wrap_to(p, INK_STRONG, bytes_of(s->result->spec->groups[group - 1].title),
                p->width - (unsigned)points.len - 2);
    pen_to(p, p->width - (unsigned)points.len);
    pen_bytes(p, INK_STRONG, buf_view(&points));
    pen_end(p);
}

static void put_tests(struct sheet *s)
{
    size_t group = 0;
    bool gap = false;

    for (size_t i = 0; i < s->result->n_tests; i++) {
        const struct test_result *t = &s->result->tests[i];
        bool big = t->verdict == VERDICT_FAIL;

        if (i > 0 && gap)
            pen_gap(&s->pen);
        if (t->test->group != group)
            put_group(s, group = t->test->group);
        put_test_line(s, t);
        if (big)
            pen_gap(&s->pen);
        if (!is_repeated(s->result, i))
            detail_put(&s->pen, s->result, t, s->verbose);
        xray_put(&s->pen, s->result, t);
        gap = big || t->xray;
    }
}

/* ---- sum ----------------------------------------------------------------------------------------------- */

static size_t count_verdicts(const struct result *r, enum verdict v)
{
    size_t n = 0;

    for (size_t i = 0; i < r->n_tests; i++)
        n += r->tests[i].verdict == v;
    return n;
}

static void score_text(const struct result *r, struct buf *out)
{
    if (r->ungraded) {
        buf_text(out, "Not graded");
        return;
    }
    wording_points(out, r->score);
    buf_text(out, "/");
    wording_points(out, r->max);
    buf_text(out, r->max == 1 ? " point" : " points");
    buf_text(out, r->provisional ? ", provisional" : "");
}

static void numbers_text(const struct result *r, struct buf *tests, struct buf *cases)
{
    buf_printf(tests, "%zu of ", count_verdicts(r, VERDICT_PASS));
    wording_plural(tests, r->n_tests, "test");
    buf_text(tests, " passed");
    wording_plural(cases, r->cases, "case");
    buf_text(cases, " in ");
    wording_duration(cases, r->took);
}

static void put_sum(struct sheet *s)
{
    const struct result *r = s->result;
    _cleanup_buf_ struct buf score = BUF_INIT;
    _cleanup_buf_ struct buf tests = BUF_INIT;
    _cleanup_buf_ struct buf cases = BUF_INIT;

    score_text(r, &score);
    numbers_text(r, &tests, &cases);
    pen_bytes(&s->pen, r->ungraded || r->score < r->max ? INK_STRONG : INK_GOOD, buf_view(&score));
    put_dot(&s->pen, tests.len);
    pen_bytes(&s->pen, INK_PLAIN, buf_view(&tests));
    put_dot(&s->pen, cases.len);
    pen_bytes(&s->pen, INK_PLAIN, buf_view(&cases));
    pen_end(&s->pen);
}

/* Students do not have the files that hold hidden tests. */
static void put_absent(struct sheet *s)
{
    const struct words *absent = &s->result->spec->absent;
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (absent->n == 0)
        return;
    buf_text(&text, "Hidden tests were not run here, and do not count: ");
    for (size_t i = 0; i < absent->n; i++)
        buf_printf(&text, "%s%s", i ? ", " : "", absent->word[i]);
    buf_text(&text, absent->n == 1 ? " is not on this machine." : " are not on this machine.");
    buf_byte(&text, 0);
    line_put(&s->pen, 0, INK_WARN, (const char *)text.data);
}

static void put_provisos(struct sheet *s)
{
    const struct result *r = s->result;
    size_t excused = count_verdicts(r, VERDICT_EXCUSED);

    if (r->provisional && !r->ungraded)
        line_put(&s->pen, 0, INK_WARN,
                 excused == 1 ? "Provisional: this machine cannot run one of the tests. It is excused and "
                                "counts neither way."
                              : "Provisional: this machine cannot run some of the tests. They are excused "
                                "and count neither way.");
    put_absent(s);
    if (r->partial_run)
        line_put(&s->pen, 0, INK_WARN, "Only some of the tests were run: this is not the whole score.");
}

/* Of the first mistake that was named, else of the first advice: other names are told in the same way. */
static void put_more(struct sheet *s)
{
    const struct result *r = s->result;
    const struct diagnosis *named = NULL, *advice = NULL;

    for (size_t i = 0; i < r->n_tests && !named; i++) {
        const struct test_result *t = &r->tests[i];

        named = findings_name(t->findings, t->n_findings);
        if (t->n_findings && !advice)
            advice = t->findings[0].diagnosis;
    }
    named = named ? named : advice;
    if (!named)
        return;
    pen_gap(&s->pen);
    pen_text(&s->pen, INK_FAINT, "To learn more: ");
    pen_text(&s->pen, INK_NAME, r->grader ? r->grader : "sockgrade");
    pen_text(&s->pen, INK_NAME, " explain ");
    pen_text(&s->pen, INK_NAME, named->id);
    pen_end(&s->pen);
}

/* ---- how much the machine grants ----------------------------------------------------------------------- */

static const char *settled_by(const struct result *r)
{
    for (size_t i = 0; i < r->n_tests; i++)
        if (r->tests[i].record && r->tests[i].record->settled)
            return r->tests[i].record->settled;
    return NULL;
}

static void put_fact(struct pen *p, const struct machine_fact *f)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_printf(&text, "no %s: %s", f->name, f->cause ? f->cause : "not granted");
    if (f->cure)
        buf_printf(&text, " (%s)", f->cure);
    pen_to(p, 2);
    p->indent = 4;
    pen_wrap_to(p, INK_FAINT, buf_view(&text), p->width);
    pen_end(p);
}

static void put_isolation(struct sheet *s)
{
    const struct result *r = s->result;
    const char *settled = settled_by(r);
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (r->isolation && strcmp(r->isolation, "full") != 0) {
        pen_gap(&s->pen);
        buf_printf(&text, "Isolation was \"%s\", not full:", r->isolation);
        buf_byte(&text, 0);
        line_put(&s->pen, 0, INK_FAINT, (const char *)text.data);
        for (size_t i = 0; i < 4; i++)
            if (r->facts[i].name && !r->facts[i].granted)
                put_fact(&s->pen, &r->facts[i]);
    }
    if (settled) {
        text.len = 0;
        buf_printf(&text, "Some things were decided by time, for facts could not be had: %s", settled);
        buf_byte(&text, 0);
        pen_gap(&s->pen);
        line_put(&s->pen, 0, INK_FAINT, (const char *)text.data);
    }
}

/* ---- all ----------------------------------------------------------------------------------------------- */

void report_terminal(const struct result *r, const struct report_options *o, struct buf *out)
{
    struct sheet s = sheet_on(r, o, out);

    put_head(&s);
    detail_chosen(&s.pen, r);
    put_ungraded(&s);
    put_build(&s);
    put_tests(&s);
    pen_gap(&s.pen);
    put_sum(&s);
    put_provisos(&s);
    put_more(&s);
    put_isolation(&s);
}

void report_terminal_test(const struct result *r, const struct test_result *t, const struct report_options *o,
                          struct buf *out)
{
    struct sheet s = sheet_on(r, o, out);

    detail_put(&s.pen, r, t, s.verbose);
}
