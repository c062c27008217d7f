/*
 * junit.c - see junit.h.
 *
 * Readers differ in what they show, so a failure is told twice: in short as `message`, and again as the
 * element's content, with all that there is to say. Times are of all plays of a test together.
 */
#include "report/junit.h"
#include "base/clock.h"
#include "base/escape.h"
#include "report/detail.h"
#include "report/wording.h"

#include <inttypes.h>
#include <string.h>

/* ---- leaves -------------------------------------------------------------------------------------------- */

/* An attribute on one line: an XML reader would turn line feeds and tabs into blanks anyway. */
static void put_attribute(struct buf *out, const char *name, const char *text)
{
    _cleanup_buf_ struct buf line = BUF_INIT;

    buf_text(&line, text ? text : "");
    for (size_t i = 0; i < line.len; i++)
        if (line.data[i] == '\n' || line.data[i] == '\t')
            line.data[i] = ' ';
    buf_printf(out, " %s=\"", name);
    escape_xml(out, buf_view(&line));
    buf_text(out, "\"");
}

static void put_time(struct buf *out, int64_t ns)
{
    ns = ns < 0 ? 0 : ns;
    buf_printf(out, " time=\"%" PRId64 ".%06" PRId64 "\"", ns / NS_PER_S, ns % NS_PER_S / NS_PER_US);
}

static void put_content(struct buf *out, const char *element, struct bytes text)
{
    if (text.len == 0)
        return;
    buf_printf(out, "      <%s>", element);
    escape_xml(out, text);
    buf_printf(out, "</%s>\n", element);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static void name_of(const struct test *t, struct buf *out)
{
    buf_text(out, t->id);
    if (t->title && strcmp(t->title, t->id) != 0)
        buf_printf(out, ": %s", t->title);
    buf_byte(out, 0);
}

static const char *title_of(const struct spec *s)
{
    return s->title ? s->title : s->name;
}

static bool has_build(const struct result *r)
{
    return r->build.state != BUILD_NONE;
}

/* How many cases before this one have its name: "build" may be a test's as well as the build's. */
static size_t same_before(const struct result *r, size_t i, const char *name)
{
    size_t same = has_build(r) && strcmp(name, "build") == 0;

    for (size_t k = 0; k < i; k++) {
        _cleanup_buf_ struct buf other = BUF_INIT;

        name_of(r->tests[k].test, &other);
        same += strcmp((const char *)other.data, name) == 0;
    }
    return same;
}

/* A group's tests are a class of their own. */
static void put_class(struct buf *out, const struct spec *s, size_t group)
{
    _cleanup_buf_ struct buf name = BUF_INIT;

    buf_text(&name, s->name);
    if (group)
        buf_printf(&name, ".%s", s->groups[group - 1].name);
    buf_byte(&name, 0);
    put_attribute(out, "classname", (const char *)name.data);
}

static void open_case(struct buf *out, const struct result *r, size_t group, const char *name,
                      const struct mark *at, int64_t took)
{
    buf_text(out, "    <testcase");
    put_class(out, r->spec, group);
    put_attribute(out, "name", name);
    put_attribute(out, "file", at->file ? at->file : r->spec->path);
    buf_printf(out, " line=\"%d\"", at->line > 0 ? at->line : 1);
    put_time(out, took);
    buf_text(out, ">\n");
}

/* <failure>, <error> or <skipped>: the message, its kind, and at greater length. */
static void put_trouble(struct buf *out, const char *element, const char *message, const char *type,
                        struct bytes more)
{
    buf_printf(out, "      <%s", element);
    put_attribute(out, "message", message);
    if (type)
        put_attribute(out, "type", type);
    buf_text(out, ">");
    escape_xml(out, bytes_of(message));
    if (more.len) {
        buf_text(out, "\n\n");
        escape_xml(out, more);
    }
    buf_printf(out, "</%s>\n", element);
}

/* ---- the build ----------------------------------------------------------------------------------------- */

static const char *build_message(const struct build_result *b)
{
    if (b->first_error)
        return b->first_error;
    switch (b->state) {
    case BUILD_NONE:
    case BUILD_OK: return "";
    case BUILD_FAILED: return "the build failed";
    case BUILD_MISSING: return "the build did not make what it should";
    case BUILD_TOO_LONG: return "the build took too long, or too much";
    case BUILD_ERROR: return "the grader could not run the build";
    }
    return "";
}

static void put_build(struct buf *out, const struct result *r)
{
    const struct build_result *b = &r->build;

    if (!has_build(r))
        return;
    open_case(out, r, 0, "build", &r->spec->build.mark, b->took);
    if (b->state == BUILD_ERROR)
        put_trouble(out, "error", build_message(b), "grader", (struct bytes){0});
    else if (b->state != BUILD_OK)
        put_trouble(out, "failure", build_message(b), wording_build(b->state), (struct bytes){0});
    put_content(out, "system-out", b->output);
    buf_text(out, "    </testcase>\n");
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void put_failure(struct buf *out, const struct result *r, const struct test_result *t)
{
    const struct diagnosis *named = findings_name(t->findings, t->n_findings);
    _cleanup_buf_ struct buf more = BUF_INIT;
    struct pen pen = pen_on(&more, 0, false, false);

    detail_failure(&pen, r, t, false);
    put_trouble(out, "failure", t->headline ? t->headline : "the test failed", named ? named->id : "failed",
                buf_view(&more));
}

/* There is no other place for what is told of a test that passed. */
static void put_advice(struct buf *out, const struct test_result *t)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    struct pen pen = pen_on(&text, 0, false, false);

    detail_advice(&pen, NULL, t);
    put_content(out, "system-out", buf_view(&text));
}

static void put_stderr(struct buf *out, const struct test_result *t)
{
    for (size_t i = 0; t->record && i < t->record->n_programs; i++)
        put_content(out, "system-err", wording_tail(&t->record->programs[i].err));
}

static void put_test(struct buf *out, const struct result *r, size_t i)
{
    const struct test_result *t = &r->tests[i];
    const char *reason = t->reason ? t->reason : wording_verdict(t->verdict);
    _cleanup_buf_ struct buf name = BUF_INIT;
    size_t same;

    name_of(t->test, &name);
    same = same_before(r, i, (const char *)name.data);
    if (same) {
        name.len--;
        buf_printf(&name, " (%zu)", same + 1);
        buf_byte(&name, 0);
    }
    open_case(out, r, t->test->group, (const char *)name.data, &t->test->mark, t->took);
    switch (t->verdict) {
    case VERDICT_PASS: break;
    case VERDICT_FAIL: put_failure(out, r, t); break;
    case VERDICT_NOT_RUN:
    case VERDICT_EXCUSED: put_trouble(out, "skipped", reason, NULL, (struct bytes){0}); break;
    case VERDICT_ERROR: put_trouble(out, "error", reason, "grader", (struct bytes){0}); break;
    }
    put_advice(out, t);
    if (t->verdict == VERDICT_FAIL)
        put_stderr(out, t);
    buf_text(out, "    </testcase>\n");
}

/* ---- all ----------------------------------------------------------------------------------------------- */

struct counts {
    size_t tests, failures, errors, skipped;
    int64_t took;
};

static void count_test(struct counts *c, const struct test_result *t)
{
    c->tests++;
    c->failures += t->verdict == VERDICT_FAIL;
    c->errors += t->verdict == VERDICT_ERROR;
    c->skipped += t->verdict == VERDICT_NOT_RUN || t->verdict == VERDICT_EXCUSED;
    c->took += t->took;
}

static void count_build(struct counts *c, const struct result *r)
{
    c->tests += has_build(r);
    c->errors += r->build.state == BUILD_ERROR;
    c->failures += has_build(r) && r->build.state != BUILD_ERROR && r->build.state != BUILD_OK;
    c->took += r->build.took;
}

static void open_suite(struct buf *out, const char *element, const char *name, const struct counts *c)
{
    buf_printf(out, "<%s", element);
    put_attribute(out, "name", name);
    buf_printf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", c->tests, c->failures,
               c->errors, c->skipped);
    put_time(out, c->took);
}

/* A suite for each group; the build, and what is in no group, in the first. */
static void put_suite(struct buf *out, const struct result *r, size_t group)
{
    const char *title = group ? r->spec->groups[group - 1].title : title_of(r->spec);
    _cleanup_buf_ struct buf date = BUF_INIT;
    struct counts c = {0};

    if (group == 0)
        count_build(&c, r);
    for (size_t i = 0; i < r->n_tests; i++)
        if (r->tests[i].test->group == group)
            count_test(&c, &r->tests[i]);
    if (c.tests == 0)
        return;
    if (r->spec->n_groups == 0)
        c.took = r->took;
    wording_date(&date, r->started);
    buf_byte(&date, 0);
    buf_text(out, "  ");
    open_suite(out, "testsuite", title, &c);
    put_attribute(out, "timestamp", (const char *)date.data);
    buf_text(out, ">\n");
    if (group == 0)
        put_build(out, r);
    for (size_t i = 0; i < r->n_tests; i++)
        if (r->tests[i].test->group == group)
            put_test(out, r, i);
    buf_text(out, "  </testsuite>\n");
}

void report_junit(const struct result *r, struct buf *out)
{
    struct counts all = {0};

    count_build(&all, r);
    for (size_t i = 0; i < r->n_tests; i++)
        count_test(&all, &r->tests[i]);
    all.took = r->took;
    buf_text(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    open_suite(out, "testsuites", title_of(r->spec), &all);
    buf_text(out, ">\n");
    for (size_t group = 0; group <= r->spec->n_groups; group++)
        put_suite(out, r, group);
    buf_text(out, "</testsuites>\n");
}
