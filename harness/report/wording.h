/*
 * wording.h - how every report calls things: numbers, times, verdicts, exit statuses. Plain ASCII.
 */
#pragma once
#include "base/buf.h"
#include "judge/result.h"
#include "wire/message.h"

void wording_points(struct buf *out, double points);                /* "4", "2.5", "0.33" */
void wording_count(struct buf *out, uint64_t n);                    /* "1,204" */
void wording_plural(struct buf *out, uint64_t n, const char *noun); /* "1 case", "1,204 cases" */
void wording_every(struct buf *out, uint32_t size); /* "each byte apart", "every 7 bytes apart" */
void wording_duration(struct buf *out, int64_t ns); /* "0.4 ms", "0.9 s", "2 min 5 s" */
void wording_date(struct buf *out, int64_t ns);     /* ns since 1970: "2026-01-31T12:00:00Z" */
void wording_exit(
    struct buf *out,
    int32_t status); /* as wait gives it: "exit status 1", "killed by SIGSEGV (Segmentation fault)" */
void wording_signal(struct buf *out, int number); /* "SIGSEGV" */

const char *wording_verdict(enum verdict v);   /* "pass", "fail", "not-run", "excused", "error" */
const char *wording_build(enum build_state s); /* "none", "ok", "failed", "missing", "too-long", "error" */
/* What the bytes would have meant, as an id: "byte-order"; NULL: nothing. */
const char *wording_mistake(enum mistake m);
const char *wording_outcome(enum outcome o); /* "passed", "other-came", … */
const char *wording_decided(enum decided d); /* "fact", "idle", "timer", "deadline", "settling" */
const char *wording_readiness(enum readiness r);

/* Why a result is ungraded, one sentence, unescaped; NULL: it is graded. */
const char *wording_ungraded(const struct result *r);
/* The title of a test, or its id where it has none. */
const char *wording_title(const struct test *t);
/* What the step's value is: itself, or the cell of the examples that it stands for in this case. Never NULL.
 */
const struct value *wording_value(const struct test *t, const struct case_record *c, const struct step *s);
/* The last bytes that are kept of a payload, and the first. */
struct bytes wording_tail(const struct excerpt *e);
/* Is it to be shown as numbers: more than a quarter of it is neither printable ASCII nor a line's end? */
bool wording_binary(struct bytes b);
