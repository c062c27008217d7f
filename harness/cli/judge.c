/* judge.c - `sockgrade judge SPEC RECORD...`: judges the saved records of one test again, without running
 * anything. */
#include "judge/judge.h"
#include "base/fd.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/options.h"
#include "record/stream.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_RECORDS 256

/* NULL after a message. */
static struct record *read_record(const char *path)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct record_reader reader;
    struct record *record;
    int r = fd_read_file(AT_FDCWD, path, 4 * RECORD_MAX_BYTES, &b);

    if (r < 0) {
        usage_error("cannot read %s: %s", path, strerror(-r));
        return NULL;
    }
    record_reader_init(&reader);
    record_reader_feed(&reader, buf_view(&b));
    record = record_reader_take(&reader);
    record_reader_deinit(&reader);
    return record;
}

static int put_verdict(const struct spec *spec, struct test_result *t, struct result *result)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    struct report_options o = terminal_options(STDOUT_FILENO, COLOUR_AUTO);

    result->spec = spec;
    result->submission = "saved records";
    result->isolation = "full";
    result->tests = t;
    result->n_tests = 1;
    result->partial_run = true;
    result->score = t->score;
    result->max = t->max;
    result->ungraded = t->verdict == VERDICT_ERROR;
    report_terminal(result, &o, &text);
    return put_out(text.data, text.len,
                   t->verdict == VERDICT_PASS    ? EXIT_PASSED
                   : t->verdict == VERDICT_ERROR ? EXIT_FAULT
                                                 : EXIT_FAILED);
}

static bool fits(const struct spec *s, const struct record *r)
{
    const struct test *t = &s->tests[r->test];
    struct record_bounds bounds = {
        s->n_tests, s->n_programs,   t->n_peers, t->n_steps, t->n_rows ? t->n_rows : 1,
        t->n_under, s->n_impairments};

    return record_within(r, &bounds) == NULL;
}

static int judge(const struct spec *spec, const struct record *const *records, size_t n)
{
    struct result result = {0};
    struct case_list cases = {0};
    struct judge_input in = {spec, records[0]->test, &cases, records, n};
    struct judge_want want = {0};
    struct test_result t;
    struct err e = {0};
    int status;

    for (size_t i = 0; i < n; i++)
        if (records[i]->test != in.test || records[i]->test >= spec->n_tests)
            return usage_error("the records are not all of one test of this spec");
    for (size_t i = 0; i < n; i++)
        if (!fits(spec, records[i]))
            return usage_error("record %zu does not fit this spec", i + 1);
    if (plan_cases(spec, in.test, records[0]->seed, &cases, &e) < 0)
        return usage_error("%s", e.text);
    if (judge_test(&in, &result.arena, &t, &want) == JUDGE_WANTS) {
        judge_want_deinit(&want);
        status = usage_error("these records do not decide test %s: more plays were needed",
                             spec->tests[in.test].id);
    } else
        status = put_verdict(spec, &t, &result);
    mem_free(t.findings);
    case_list_deinit(&cases);
    arena_deinit(&result.arena);
    return status;
}

int command_judge(int argc, char **argv)
{
    static const struct option none[] = {{NULL}};
    static const struct command_line line = {
        "sockgrade judge SPEC RECORD...",
        "Judges the records of one test again, in the order in which they were saved (grade --records DIR).",
        none, 2, MAX_RECORDS};
    const char *words[MAX_RECORDS + 1];
    struct record *records[MAX_RECORDS] = {0};
    struct spec *spec;
    size_t n, got = 0;
    int status = EXIT_USAGE;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    spec = load_spec(words[0]);
    if (!spec)
        return EXIT_SPEC;
    while (got < n - 1 && (records[got] = read_record(words[got + 1])))
        got++;
    if (got == n - 1)
        status = judge(spec, (const struct record *const *)records, got);
    for (size_t i = 0; i < got; i++)
        record_free(records[i]);
    spec_free(spec);
    return status;
}
