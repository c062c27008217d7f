/* wording.c - see wording.h. */
#include "report/wording.h"
#include "base/clock.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

void wording_points(struct buf *out, double points)
{
    int64_t hundredths = (int64_t)(points * 100 + (points < 0 ? -0.5 : 0.5));

    if (hundredths % 100 == 0)
        buf_printf(out, "%" PRId64, hundredths / 100);
    else if (hundredths % 10 == 0)
        buf_printf(out, "%.1f", (double)hundredths / 100);
    else
        buf_printf(out, "%.2f", (double)hundredths / 100);
}

void wording_count(struct buf *out, uint64_t n)
{
    if (n >= 1000) {
        wording_count(out, n / 1000);
        buf_printf(out, ",%03u", (unsigned)(n % 1000));
    } else {
        buf_printf(out, "%u", (unsigned)n);
    }
}

void wording_plural(struct buf *out, uint64_t n, const char *noun)
{
    wording_count(out, n);
    buf_printf(out, " %s%s", noun, n == 1 ? "" : "s");
}

void wording_every(struct buf *out, uint32_t size)
{
    if (size == 1)
        buf_text(out, "each byte apart");
    else
        buf_printf(out, "every %u bytes apart", size);
}

void wording_duration(struct buf *out, int64_t ns)
{
    if (ns < 0)
        ns = 0;
    if (ns < NS_PER_MS)
        buf_printf(out, "%.2g ms", (double)ns / NS_PER_MS);
    else if (ns < 100 * NS_PER_MS)
        buf_printf(out, "%.1f ms", (double)ns / NS_PER_MS);
    else if (ns < 60 * NS_PER_S)
        buf_printf(out, "%.1f s", (double)ns / NS_PER_S);
    else
        buf_printf(out, "%" PRId64 " min %d s", ns / (60 * NS_PER_S), (int)(ns / NS_PER_S % 60));
}

void wording_date(struct buf *out, int64_t ns)
{
    time_t t = (time_t)(ns / NS_PER_S);
    char text[48] = "";
    struct tm tm;

    if (gmtime_r(&t, &tm))
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &tm);
    buf_text(out, text);
}

void wording_signal(struct buf *out, int number)
{
    const char *name = sigabbrev_np(number);

    if (name)
        buf_printf(out, "SIG%s", name);
    else
        buf_printf(out, "signal %d", number);
}

void wording_exit(struct buf *out, int32_t status)
{
    if (status < 0) {
        buf_text(out, "still running");
    } else if (WIFSIGNALED(status)) {
        const char *what = sigdescr_np(WTERMSIG(status));

        buf_text(out, "killed by ");
        wording_signal(out, WTERMSIG(status));
        if (what)
            buf_printf(out, " (%s)", what);
    } else {
        buf_printf(out, "exit status %d", WEXITSTATUS(status));
    }
}

const char *wording_verdict(enum verdict v)
{
    switch (v) {
    case VERDICT_PASS: return "pass";
    case VERDICT_FAIL: return "fail";
    case VERDICT_NOT_RUN: return "not-run";
    case VERDICT_EXCUSED: return "excused";
    case VERDICT_ERROR: return "error";
    }
    return "error";
}

const char *wording_build(enum build_state s)
{
    switch (s) {
    case BUILD_NONE: return "none";
    case BUILD_OK: return "ok";
    case BUILD_FAILED: return "failed";
    case BUILD_MISSING: return "missing";
    case BUILD_TOO_LONG: return "too-long";
    case BUILD_ERROR: return "error";
    }
    return "error";
}

const char *wording_mistake(enum mistake m)
{
    switch (m) {
    case MISTAKE_NONE: return NULL;
    case MISTAKE_BYTE_ORDER: return "byte-order";
    case MISTAKE_STRUCT_PADDING: return "struct-padding";
    case MISTAKE_STRUCT: return "struct";
    case MISTAKE_EXTRA_NUL: return "extra-nul";
    case MISTAKE_MISSING_NUL: return "missing-nul";
    case MISTAKE_EXTRA_END: return "extra-line-end";
    case MISTAKE_MISSING_END: return "missing-line-end";
    case MISTAKE_CRLF: return "crlf-for-lf";
    case MISTAKE_LF: return "lf-for-crlf";
    case MISTAKE_LENGTH: return "length";
    case MISTAKE_LENGTH_SELF: return "length-counts-itself";
    case MISTAKE_LENGTH_HEADER: return "length-counts-header";
    }
    return NULL;
}

const char *wording_outcome(enum outcome o)
{
    switch (o) {
    case STEP_PASSED: return "passed";
    case STEP_OTHER_CAME: return "other-came";
    case STEP_TOO_LITTLE: return "too-little";
    case STEP_BAD_FRAME: return "bad-frame";
    case STEP_CAME_UNASKED: return "came-unasked";
    case STEP_ENDED: return "ended";
    case STEP_RESET: return "reset";
    case STEP_STILL_OPEN: return "still-open";
    case STEP_ENDED_CLEANLY: return "ended-cleanly";
    case STEP_REFUSED: return "refused";
    case STEP_NOT_REFUSED: return "not-refused";
    case STEP_NOT_LISTENING: return "not-listening";
    case STEP_EXITED: return "exited";
    case STEP_STILL_RUNS: return "still-runs";
    case STEP_OTHER_EXIT: return "other-exit";
    case STEP_NOT_PRINTED: return "not-printed";
    case STEP_NOT_STALLED: return "not-stalled";
    case STEP_NOT_STUCK: return "not-stuck";
    case STEP_NO_CONNECTION: return "no-connection";
    case STEP_CONNECTED: return "connected";
    case STEP_OTHER_COUNT: return "other-count";
    case STEP_LEAKS: return "leaks";
    case STEP_OTHER_FILE: return "other-file";
    case STEP_NO_FILE: return "no-file";
    case STEP_FILE_THERE: return "file-there";
    case STEP_OTHER_MODE: return "other-mode";
    case STEP_HOLDS_IP: return "holds-ip";
    case STEP_NO_TLS: return "no-tls";
    case STEP_OTHER_ORDER: return "other-order";
    case STEP_BROKE_RULES: return "broke-rules";
    case STEP_OTHER_PACE: return "other-pace";
    case STEP_CHECK_FAILED: return "check-failed";
    case STEP_TOO_SOON: return "too-soon";
    case STEP_TOO_LATE: return "too-late";
    case STEP_LIMIT: return "limit";
    }
    return "limit";
}

const char *wording_decided(enum decided d)
{
    switch (d) {
    case BY_FACT: return "fact";
    case BY_IDLE: return "idle";
    case BY_TIMER: return "timer";
    case BY_DEADLINE: return "deadline";
    case BY_SETTLING: return "settling";
    }
    return "settling";
}

const char *wording_readiness(enum readiness r)
{
    switch (r) {
    case READY_NOT_ASKED: return "not-asked";
    case READY: return "ready";
    case READY_EXITED: return "exited";
    case READY_NEVER: return "never";
    case READY_OTHER_PORT: return "other-port";
    case READY_OTHER_TRANSPORT: return "other-transport";
    case READY_OTHER_ADDRESS: return "other-address";
    case READY_NOT_FOUND: return "not-found";
    }
    return "never";
}

const char *wording_ungraded(const struct result *r)
{
    if (!r->ungraded)
        return NULL;
    if (r->build.state == BUILD_ERROR)
        return r->build.first_error ? r->build.first_error : "the grader could not run the build";
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct test_result *t = &r->tests[i];

        if (t->verdict != VERDICT_ERROR)
            continue;
        if (t->reason)
            return t->reason;
        if (t->record && t->record->fault)
            return t->record->fault;
    }
    return "the grader failed";
}

const char *wording_title(const struct test *t)
{
    return t->title ? t->title : t->id;
}

const struct value *wording_value(const struct test *t, const struct case_record *c, const struct step *s)
{
    size_t cell = (size_t)c->key.row * t->n_columns + s->value.index;

    if (s->value.kind == VALUE_CELL && c->key.row < t->n_rows && s->value.index < t->n_columns)
        return &t->cells[cell];
    return &s->value;
}

struct bytes wording_tail(const struct excerpt *e)
{
    return e->tail.len ? e->tail : e->head;
}

bool wording_binary(struct bytes b)
{
    size_t odd = 0;

    for (size_t i = 0; i < b.len; i++)
        odd += (b.data[i] < 0x20 || b.data[i] > 0x7e) && !memchr("\n\r\t", b.data[i], 3);
    return odd * 4 > b.len;
}
