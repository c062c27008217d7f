/* prove.c - `sockgrade prove ASSIGNMENT`: does the grader grade this assignment's own submissions right? */
#include "campaign/prove.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/options.h"

#include <limits.h>
#include <stdio.h>
#include <unistd.h>

static void put_line(const struct buf *text)
{
    put_out(text->data, text->len, 0);
}

static int run(const struct prove_request *q)
{
    struct proof proof;
    struct err e = {0};

    printf("%s\n", q->spec->title);
    if (prove(q, put_line, &proof, &e) < 0) {
        fprintf(stderr, "sockgrade: %s\n", e.text);
        return EXIT_FAULT;
    }
    if (q->only && proof.right + proof.wrong == 0)
        return usage_error("%s has no submission %s", q->dir, q->only);
    printf("%zu passed, %zu failed\n", proof.right, proof.wrong);
    return put_out("", 0, proof.wrong ? EXIT_FAILED : EXIT_PASSED);
}

static bool load_expected(const char *dir, const struct spec *spec, struct expectations *out)
{
    struct diags diags = {0};
    _cleanup_buf_ struct buf text = BUF_INIT;
    char path[PATH_MAX];
    bool fine;

    snprintf(path, sizeof path, "%s/mutants/expect.yaml", dir);
    fine = expect_load(path, spec, out, &diags);
    diags_render(&diags, terminal_options(STDERR_FILENO, COLOUR_AUTO).colour, &text);
    if (text.len)
        fwrite(text.data, 1, text.len, stderr);
    diags_deinit(&diags);
    return fine;
}

int command_prove(int argc, char **argv)
{
    const char *only = NULL, *isolation = NULL, *words[2];
    uint64_t jobs = 0, every = 0;
    const struct option options[] = {
        {"only", OPTION_TEXT, "NAME", "only the submission in this folder", .text = &only},
        {"every", OPTION_NUMBER, "N", "of the mutants only each Nth", .number = &every, .min = 1,
         .max = 1000},
        {"jobs", OPTION_NUMBER, "N", "plays at once (one for each CPU)", .number = &jobs, .min = 1,
         .max = 64},
        {"isolation", OPTION_TEXT, "LEVEL", "full, uid or basic (the best there is)", .text = &isolation},
        {NULL},
    };
    const struct command_line line = {"sockgrade prove ASSIGNMENT [options]",
                                      "Grades an assignment's solution, others/ and mutants/, and tells "
                                      "where the grader or the spec falls short.",
                                      options, 1, 1};
    struct expectations expected = {0};
    struct prove_request q = {.expected = &expected};
    struct spec *spec;
    char path[PATH_MAX];
    size_t n;
    int status;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    if (choose_isolation(isolation, &q.isolation) != 0)
        return EXIT_USAGE;
    snprintf(path, sizeof path, "%s/spec.yaml", words[0]);
    spec = load_spec(path);
    if (!spec)
        return EXIT_SPEC;
    q.spec = spec;
    q.dir = words[0];
    q.jobs = (unsigned)jobs;
    q.only = only;
    q.every = (unsigned)every;
    status = load_expected(words[0], spec, &expected) ? run(&q) : EXIT_SPEC;
    expectations_deinit(&expected);
    spec_free(spec);
    return status;
}
