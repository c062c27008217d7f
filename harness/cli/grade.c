/* grade.c - `sockgrade grade SPEC [DIR]`: the verdict on one submission. */
#include "base/clock.h"
#include "base/escape.h"
#include "base/mem.h"
#include "campaign/grading.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/options.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/progress.h"
#include "spec/submission.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct grade_options {
    const char *json, *junit, *isolation, *xray, *split, *impair, *colour, *records;
    uint64_t seed, row, jobs;
    bool keep, exit_zero, verbose, quiet;
    const char **tests, **expose, **run;
    const char *build;
    struct manner manner; /* what build and run say */
    struct progress {
        int64_t last; /* when the line was written */
        unsigned width;
    } progress;
};

static enum parsed parse(int argc, char **argv, struct grade_options *g, const char **words, size_t *n)
{
    const struct option options[] = {
        {"json", OPTION_TEXT, "FILE", "write result.json (- is the standard output)", .text = &g->json},
        {"junit", OPTION_TEXT, "FILE", "write JUnit XML", .text = &g->junit},
        {"test", OPTION_LIST, "ID", "only this test; may be repeated", .list = &g->tests},
        {"xray", OPTION_TEXT, "ID", "only this test, and shows its program's own socket calls",
         .text = &g->xray},
        {"row", OPTION_NUMBER, "N", "of --test: only this row of its examples", .number = &g->row, .min = 1,
         .max = 1000000},
        {"split", OPTION_TEXT, "SPLIT", "of --test: only this split (whole, bytes, 2:at:4,9 …)",
         .text = &g->split},
        {"impair", OPTION_TEXT, "NAME:SEED", "of --test: only under this impairment, by this seed",
         .text = &g->impair},
        {"seed", OPTION_NUMBER, "N", "seed of all that is drawn by chance (0)", .number = &g->seed, .min = 0,
         .max = UINT64_MAX},
        {"jobs", OPTION_NUMBER, "N", "plays at once (one for each CPU)", .number = &g->jobs, .min = 1,
         .max = 64},
        {"isolation", OPTION_TEXT, "LEVEL", "full, uid or basic (the best there is)", .text = &g->isolation},
        {"expose", OPTION_LIST, "DIR", "show this folder to the programs, read-only; may be repeated",
         .list = &g->expose},
        {"build", OPTION_TEXT, "COMMAND", "how to build the submission, in place of the spec's way",
         .text = &g->build},
        {"run", OPTION_LIST, "NAME=COMMAND", "how to run the program NAME, like server='java Server'",
         .list = &g->run},
        {"colour", OPTION_TEXT, "WHEN", "auto, always or never", .text = &g->colour},
        {"records", OPTION_TEXT, "DIR", "save a record of every play there", .text = &g->records},
        {"keep", OPTION_FLAG, NULL, "keep the working folders", .flag = &g->keep},
        {"exit-zero", OPTION_FLAG, NULL, "exit with 0 also when tests fail", .flag = &g->exit_zero},
        {"verbose", OPTION_FLAG, NULL, "tell more", .flag = &g->verbose},
        {"quiet", OPTION_FLAG, NULL, "no report on the standard output", .flag = &g->quiet},
        {NULL},
    };
    const struct command_line line = {
        "sockgrade grade SPEC [DIR] [options]",
        "Grades the submission in DIR (here: the current folder) by SPEC. DIR itself is never written to.",
        options, 1, 2};

    return options_parse(&line, argc, argv, words, n);
}

static const struct test *find_test(const struct spec *s, const char *id)
{
    const char **ids = mem_new((s->n_tests + 1) * sizeof *ids);
    const struct test *found = NULL;
    const char *near;

    for (size_t i = 0; i < s->n_tests; i++) {
        ids[i] = s->tests[i].id;
        if (strcmp(ids[i], id) == 0)
            found = &s->tests[i];
    }
    near = found ? NULL : diag_nearest(id, ids, s->n_tests);
    if (!found && near)
        usage_error("the spec has no test %s: did you mean %s?", id, near);
    else if (!found)
        usage_error("the spec has no test %s", id);
    mem_free(ids);
    return found;
}

/* "rough:7"; without a number, by the first seed. 0, or EXIT_USAGE after a message. */
static int choose_impairment(const struct spec *s, const char *text, struct grading_request *q)
{
    const char *colon = strchr(text, ':');
    size_t len = colon ? (size_t)(colon - text) : strlen(text);
    size_t found = spec_impairment(s, bytes_slice(bytes_of(text), 0, len));
    char *end = NULL;

    if (found == SIZE_MAX)
        return usage_error("the spec has no impairment %.*s", (int)len, text);
    q->impairment = (uint32_t)found + 1;
    q->impaired_by = colon ? (uint32_t)strtoul(colon + 1, &end, 10) : 1;
    if (!colon || (colon[1] >= '1' && colon[1] <= '9' && !*end && strlen(colon) < 10))
        return 0;
    return usage_error("--impair “%s”: after the colon stands a seed, like %.*s:1", text, (int)len, text);
}

/* Of one test. 0, or EXIT_USAGE after a message. */
static int choose_case(const struct spec *s, const struct test *t, const struct grade_options *g,
                       struct grading_request *q)
{
    size_t wrong;

    q->only_case = true;
    if (g->row > (t->n_rows ? t->n_rows : 1))
        return usage_error("test %s has %zu rows of examples: there is no row %llu", t->id,
                           t->n_rows ? t->n_rows : 1, (unsigned long long)g->row);
    q->row = g->row ? (uint32_t)g->row - 1 : 0;
    if (g->split && split_parse(g->split, &q->split, &wrong) < 0)
        return usage_error("--split “%s” is wrong at character %zu: take whole, bytes, coalesced, apart, "
                           "chunks:SIZE, STEP:at:OFFSET,… or relay:at:OFFSET,…",
                           g->split, wrong + 1);
    return g->impair ? choose_impairment(s, g->impair, q) : 0;
}

/* 0, or EXIT_USAGE after a message. */
static int choose_tests(const struct spec *s, const struct grade_options *g, struct grading_request *q)
{
    const struct test *t = NULL;
    size_t n = 0;

    for (; g->tests && g->tests[n]; n++)
        if (!(t = find_test(s, g->tests[n])))
            return EXIT_USAGE;
    q->only_tests = g->tests;
    if (g->xray) {
        if (n > 1 || (n == 1 && strcmp(g->xray, t->id) != 0))
            return usage_error("--xray shows one test, and --test chooses another: leave out --test");
        if (!(t = find_test(s, g->xray)))
            return EXIT_USAGE;
        q->xray = t->id;
        n = 1;
    }
    if (!g->row && !g->split && !g->impair)
        return 0;
    if (n != 1)
        return usage_error("--row, --split and --impair choose a case of one test: name it with --test or "
                           "--xray");
    return choose_case(s, t, g, q);
}

static bool is_folder(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* ---- what it says
 * ---------------------------------------------------------------------------------------------------------
 */

static void on_progress(void *arg, size_t done, size_t total, const char *title, size_t failures)
{
    struct progress *p = arg;
    _cleanup_buf_ struct buf b = BUF_INIT;

    if (clock_now() - p->last < 50 * NS_PER_MS)
        return;
    p->last = clock_now();
    progress_line(done, total, title, failures, p->width, &b);
    fwrite(b.data, 1, b.len, stderr);
    fflush(stderr);
}

static int put_reports(const struct result *r, const struct grade_options *g)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    _cleanup_buf_ struct buf json = BUF_INIT;
    _cleanup_buf_ struct buf junit = BUF_INIT;
    struct report_options o = terminal_options(STDOUT_FILENO, (enum colour_choice)read_colour(g->colour));
    int status = 0;

    o.verbose = g->verbose;
    if (g->json) {
        report_json(r, &json);
        status |= write_file(g->json, &json);
    }
    if (g->junit) {
        report_junit(r, &junit);
        status |= write_file(g->junit, &junit);
    }
    if (!g->quiet && !(g->json && strcmp(g->json, "-") == 0)) {
        report_terminal(r, &o, &text);
        status |= put_out(text.data, text.len, 0);
    }
    return status ? EXIT_FAULT : 0;
}

static int exit_status(const struct result *r, bool exit_zero)
{
    bool failed = r->build.state != BUILD_OK && r->build.state != BUILD_NONE;

    if (r->ungraded)
        return EXIT_FAULT;
    for (size_t i = 0; i < r->n_tests; i++)
        failed |= r->tests[i].verdict == VERDICT_FAIL || r->tests[i].verdict == VERDICT_NOT_RUN;
    return failed && !exit_zero ? EXIT_FAILED : EXIT_PASSED;
}

static int grade(const struct grade_options *g, const struct grading_request *q)
{
    struct grading grading;
    struct err e = {0};
    int status;

    if (grading_run(q, &grading, &e) < 0) {
        _cleanup_buf_ struct buf b = BUF_INIT;
        escape_text(&b, bytes_of(e.text));
        fprintf(stderr, "sockgrade: %.*s\n", (int)b.len, (char *)b.data);
        grading_deinit(&grading);
        return EXIT_FAULT;
    }
    if (q->progress) {
        _cleanup_buf_ struct buf b = BUF_INIT;
        progress_clear(&b);
        fwrite(b.data, 1, b.len, stderr);
    }
    status = put_reports(&grading.result, g);
    if (status == 0)
        status = exit_status(&grading.result, g->exit_zero);
    grading_deinit(&grading);
    return status;
}

/* As a shell reads one word back. */
static void quote_word(struct buf *out, const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_./:=,@%+-";

    if (*word && word[strspn(word, plain)] == 0) {
        buf_text(out, word);
        return;
    }
    buf_byte(out, '\'');
    for (; *word; word++)
        if (*word == '\'')
            buf_text(out, "'\\''");
        else
            buf_byte(out, (uint8_t)*word);
    buf_byte(out, '\'');
}

/* --build and --run. 0, or EXIT_USAGE after a message. */
static int choose_manner(struct spec *s, struct grade_options *g, struct diags *d)
{
    bool right = true;

    if (s->submission.fixed && (g->build || g->run))
        return usage_error("the spec fixes how submissions are built and run: no --build or --run here");
    g->manner = manner_new(s, &s->arena);
    if (g->build)
        right &= manner_build(g->build, &s->arena, d, &g->manner);
    for (const char **run = g->run; run && *run; run++)
        right &= manner_run(s, *run, &s->arena, d, &g->manner);
    if (right)
        return 0;
    return usage_error("%s: %s%s%s", d->diags[0].mark.file, d->diags[0].message, d->diags[0].note ? ": " : "",
                       d->diags[0].note ? d->diags[0].note : "");
}

/* For a replay, the same again. */
static void quote_manner(struct buf *out, const struct grade_options *g)
{
    if (g->build) {
        buf_text(out, " --build ");
        quote_word(out, g->build);
    }
    for (const char **run = g->run; run && *run; run++) {
        buf_text(out, " --run ");
        quote_word(out, *run);
    }
}

static int with_spec(struct grade_options *g, const char *path, const char *folder, struct grading_request *q)
{
    struct spec *spec = load_spec(path);
    _cleanup_buf_ struct buf quoted = BUF_INIT;
    _cleanup_free_ char *replay_with = NULL;
    struct diags diags = {0};
    int status;

    if (!spec)
        return EXIT_SPEC;
    quote_word(&quoted, path);
    buf_byte(&quoted, ' ');
    quote_word(&quoted, folder);
    quote_manner(&quoted, g);
    replay_with = buf_steal_text(&quoted);
    q->spec = spec;
    q->replay_with = replay_with;
    if (isatty(STDERR_FILENO) && !g->quiet) {
        q->progress = on_progress;
        q->progress_arg = &g->progress;
        g->progress.width = terminal_options(STDERR_FILENO, COLOUR_NEVER).width;
    }
    status = choose_tests(spec, g, q);
    if (status == 0)
        status = choose_manner(spec, g, &diags);
    q->manner = &g->manner;
    if (status == 0)
        status = grade(g, q);
    diags_deinit(&diags);
    split_deinit(&q->split);
    spec_free(spec);
    return status;
}

int command_grade(int argc, char **argv)
{
    struct grade_options g = {0};
    struct grading_request q = {0};
    const char *words[3];
    size_t n;
    int status;

    switch (parse(argc, argv, &g, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    q.grader = program_invocation_name;
    q.submission = n > 1 ? words[1] : ".";
    q.seed = g.seed;
    q.jobs = (unsigned)g.jobs;
    q.keep = g.keep;
    q.expose = g.expose;
    q.save_records = g.records;
    status = choose_isolation(g.isolation, &q.isolation);
    if (status == 0 && read_colour(g.colour) < 0)
        status = EXIT_USAGE;
    if (status == 0 && !is_folder(q.submission))
        status = usage_error("%s is not a folder: name the folder of the submission", q.submission);
    if (status == 0 && g.records && !is_folder(g.records))
        status = usage_error("--records %s is not a folder", g.records);
    if (status == 0)
        status = with_spec(&g, words[0], q.submission, &q);
    mem_free(g.tests);
    mem_free(g.expose);
    mem_free(g.run);
    return status;
}
