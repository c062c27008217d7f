/*
 * prove.c - `sockgrade prove ASSIGNMENT`: does the grader grade this assignment's own submissions right? With
 * --all of each assignment in a folder, and what proves what.
 */
#include "campaign/prove.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/options.h"
#include "report/matrix.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void put_line(const struct buf *text)
{
    put_out(text->data, text->len, 0);
}

/* ---- one assignment -------------------------------------------------------------------------------------
 */

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

static bool load(const char *dir, struct proven *out)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/spec.yaml", dir);
    out->spec = load_spec(path);
    return out->spec && load_expected(dir, out->spec, &out->expected);
}

static void unload(struct proven *p)
{
    expectations_deinit(&p->expected);
    spec_free((struct spec *)p->spec);
}

/* Of the assignment in p->dir, which is loaded into p. EXIT_PASSED, or another after a message. */
static int run(const struct prove_request *request, struct proven *p, struct proof *proof)
{
    struct prove_request q = *request;
    struct err e = {0};

    if (!load(p->dir, p))
        return EXIT_SPEC;
    q.dir = p->dir;
    q.spec = p->spec;
    q.expected = &p->expected;
    printf("%s\n", q.spec->title);
    if (prove(&q, put_line, proof, &e) == 0)
        return EXIT_PASSED;
    fprintf(stderr, "sockgrade: %s\n", e.text);
    return EXIT_FAULT;
}

static int finish(const struct proof *proof)
{
    printf("%zu passed, %zu failed\n", proof->right, proof->wrong);
    return put_out("", 0, proof->wrong ? EXIT_FAILED : EXIT_PASSED);
}

static int prove_one(const struct prove_request *q)
{
    struct proven p = {.dir = q->dir};
    struct proof proof;
    int status = run(q, &p, &proof);

    unload(&p);
    if (status != EXIT_PASSED)
        return status;
    if (q->only && proof.right + proof.wrong == 0)
        return usage_error("%s has no submission %s", q->dir, q->only);
    return finish(&proof);
}

/* ---- all of a folder ------------------------------------------------------------------------------------
 */

struct all {
    struct proven *items;
    size_t n, cap;
    struct proof sum;
};

static int prove_next(const struct prove_request *q, const char *name, struct all *all)
{
    struct proven *p = array_push(all->items, all->n, all->cap);
    _cleanup_buf_ struct buf matrix = BUF_INIT;
    struct proof proof;
    char path[PATH_MAX];
    int status;

    snprintf(path, sizeof path, "%s/%s", q->dir, name);
    *p = (struct proven){.dir = mem_text(path)};
    status = run(q, p, &proof);
    if (status != EXIT_PASSED)
        return status;
    matrix_tests(p, &matrix);
    put_line(&matrix);
    /* Proofs are forked: what the parent holds they pay for, each time anew. */
    spec_free((struct spec *)p->spec);
    p->spec = NULL;
    all->sum.right += proof.right;
    all->sum.wrong += proof.wrong;
    return EXIT_PASSED;
}

static int is_assignment(const struct dirent *d)
{
    return d->d_name[0] != '.' && d->d_type != DT_REG;
}

static int prove_each(const struct prove_request *q, struct all *all)
{
    struct dirent **entries = NULL;
    int n = scandir(q->dir, &entries, is_assignment, alphasort), status = EXIT_PASSED;

    for (int i = 0; i < n; i++) {
        if (status == EXIT_PASSED)
            status = prove_next(q, entries[i]->d_name, all);
        free(entries[i]);
    }
    free(entries);
    return n > 0 ? status : usage_error("there is no assignment in %s", q->dir);
}

static int prove_folder(const struct prove_request *q)
{
    struct all all = {0};
    _cleanup_buf_ struct buf matrix = BUF_INIT;
    int status = prove_each(q, &all);

    if (status == EXIT_PASSED) {
        all.sum.wrong += matrix_diagnoses(all.items, all.n, &matrix);
        put_line(&matrix);
        status = finish(&all.sum);
    }
    for (size_t i = 0; i < all.n; i++) {
        mem_free((char *)all.items[i].dir);
        unload(&all.items[i]);
    }
    mem_free(all.items);
    return status;
}

int command_prove(int argc, char **argv)
{
    const char *only = NULL, *isolation = NULL, *words[2];
    uint64_t jobs = 0, cases = 0;
    bool all = false;
    const struct option options[] = {
        {"all", OPTION_FLAG, NULL, "ASSIGNMENT is a folder of them: each, and what proves what",
         .flag = &all},
        {"only", OPTION_TEXT, "NAME", "only the submission in this folder", .text = &only},
        {"cases", OPTION_NUMBER, "N", "of each test that should pass only N cases", .number = &cases,
         .min = 2, .max = 20000},
        {"jobs", OPTION_NUMBER, "N", "plays at once (one for each CPU)", .number = &jobs, .min = 1,
         .max = 64},
        {"isolation", OPTION_TEXT, "LEVEL", "full, uid or basic (the best there is)", .text = &isolation},
        {NULL},
    };
    const struct command_line line = {"sockgrade prove ASSIGNMENT [options]",
                                      "Grades an assignment's solution, others/ and mutants/, and tells "
                                      "where the grader or the spec falls short.",
                                      options, 1, 1};
    struct prove_request q = {0};
    size_t n;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    if (choose_isolation(isolation, &q.isolation) != 0)
        return EXIT_USAGE;
    if (all && only)
        return usage_error("--only is of one assignment");
    q.dir = words[0];
    q.jobs = (unsigned)jobs;
    q.only = only;
    q.most_cases = cases;
    return all ? prove_folder(&q) : prove_one(&q);
}
