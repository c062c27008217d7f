#include "campaign/prove.h"
#include "base/mem.h"
#include "campaign/grading.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct proving {
    const struct prove_request *request;
    struct proof *proof;
    struct buf shortfalls; /* of the submission that is being proven, a line each */
    bool *failed_by_some;  /* one for each test */
};

static void short_of(struct proving *p, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void short_of(struct proving *p, const char *fmt, ...)
{
    va_list ap;

    buf_text(&p->shortfalls, "      ");
    va_start(ap, fmt);
    buf_vprintf(&p->shortfalls, fmt, ap);
    va_end(ap);
    buf_byte(&p->shortfalls, '\n');
}

static const struct diagnosis *first_diagnosis(const struct test_result *t)
{
    return t->n_findings ? t->findings[0].diagnosis : NULL;
}

/* ---- one submission
 * ----------------------------------------------------------------------------------------------------------
 */

static void check_solution(struct proving *p, const struct result *r)
{
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct test_result *t = &r->tests[i];
        if (t->verdict != VERDICT_PASS)
            short_of(p, "%s: %s", t->test->id,
                     t->headline ? t->headline
                     : t->reason ? t->reason
                                 : "did not pass");
        if (t->n_findings)
            short_of(p, "%s: diagnosed as %s", t->test->id, first_diagnosis(t)->id);
    }
    if (r->score < r->max)
        short_of(p, "%g of %g points", r->score, r->max);
}

static void check_failure(struct proving *p, const struct test_result *t, const struct expectation *x,
                          bool *named)
{
    const struct diagnosis *d = first_diagnosis(t);

    if (!x->fails[t->index])
        short_of(p, "%s: should not fail: %s", t->test->id, t->headline);
    if (d && x->diagnosis && strcmp(d->id, x->diagnosis) == 0)
        *named = true;
    else if (d)
        short_of(p, "%s: diagnosed as %s, not as %s", t->test->id, d->id,
                 x->diagnosis ? x->diagnosis : "nothing known by name");
}

/* A mutant of one program need not bring the others: their tests say nothing about it. */
static bool lacks_its_program(const struct test_result *t)
{
    const struct step_record *f = t->failed;

    for (size_t i = 0; f && f->outcome == STEP_NOT_LISTENING && i < t->record->n_programs; i++)
        if (t->record->programs[i].program == f->program &&
            t->record->programs[i].readiness == READY_NOT_FOUND)
            return true;
    return false;
}

static void check_mutant(struct proving *p, const struct result *r, const struct expectation *x)
{
    bool named = !x->diagnosis;

    for (size_t i = 0; i < r->n_tests; i++) {
        const struct test_result *t = &r->tests[i];
        if (t->verdict == VERDICT_FAIL && !lacks_its_program(t)) {
            p->failed_by_some[t->index] = true;
            check_failure(p, t, x, &named);
        } else if (x->fails[t->index])
            short_of(p, "%s: should fail", t->test->id);
        if (t->verdict == VERDICT_ERROR)
            short_of(p, "%s: error: %s", t->test->id, t->reason);
    }
    if (!named)
        short_of(p, "never diagnosed as %s", x->diagnosis);
}

static void tell(struct proving *p, const char *name, const char *what, void (*put)(const struct buf *))
{
    _cleanup_buf_ struct buf line = BUF_INIT;
    bool right = p->shortfalls.len == 0;

    buf_printf(&line, "  %s %s%s%s\n", right ? "ok  " : "WRONG", name, what ? ": " : "", what ? what : "");
    buf_append(&line, buf_view(&p->shortfalls));
    put(&line);
    p->shortfalls.len = 0;
    p->proof->right += right;
    p->proof->wrong += !right;
}

static int grade(const struct prove_request *q, const char *folder, struct grading *g, struct err *e)
{
    struct grading_request request = {
        .spec = q->spec, .submission = folder, .replay_with = "", .isolation = q->isolation, .jobs = q->jobs};

    return grading_run(&request, g, e);
}

static bool is_chosen(const struct prove_request *q, const char *name)
{
    const char *slash = strrchr(name, '/');

    return !q->only || strcmp(slash ? slash + 1 : name, q->only) == 0;
}

/* name is relative to the assignment; x is NULL for right answers. */
static int prove_one(struct proving *p, const char *name, const struct expectation *x,
                     void (*put)(const struct buf *), struct err *e)
{
    char folder[PATH_MAX];
    struct grading g = {0};
    int r;

    if (!is_chosen(p->request, name))
        return 0;
    snprintf(folder, sizeof folder, "%s/%s", p->request->dir, name);
    r = grade(p->request, folder, &g, e);
    if (r == 0 && x)
        check_mutant(p, &g.result, x);
    else if (r == 0)
        check_solution(p, &g.result);
    if (r == 0)
        tell(p, name, x && x->diagnosis ? x->diagnosis : NULL, put);
    grading_deinit(&g);
    return r < 0 ? err_wrap(e, "%s", name) : 0;
}

/* ---- the whole assignment
 * -------------------------------------------------------------------------------------------------------- */

static int is_visible(const struct dirent *d)
{
    return d->d_name[0] != '.' && d->d_type != DT_REG;
}

static const struct expectation *find(const struct expectations *all, const char *name)
{
    for (size_t i = 0; i < all->n; i++)
        if (strcmp(all->items[i].name, name) == 0)
            return &all->items[i];
    return NULL;
}

/* Each folder below dir/sub, sorted. A folder that is not there is empty. */
static int prove_folder(struct proving *p, const char *sub, bool mutants, void (*put)(const struct buf *),
                        struct err *e)
{
    struct dirent **entries = NULL;
    char path[PATH_MAX];
    int n, r = 0;

    snprintf(path, sizeof path, "%s/%s", p->request->dir, sub);
    n = scandir(path, &entries, is_visible, alphasort);
    for (int i = 0; i < n; i++) {
        const struct expectation *x = mutants ? find(p->request->expected, entries[i]->d_name) : NULL;

        snprintf(path, sizeof path, "%s/%s", sub, entries[i]->d_name);
        if (mutants && !x) {
            short_of(p, "mutants/expect.yaml does not say what it fails");
            tell(p, path, NULL, put);
        } else if (r == 0)
            r = prove_one(p, path, x, put, e);
        free(entries[i]);
    }
    free(entries);
    return r;
}

static void check_tests(struct proving *p, void (*put)(const struct buf *))
{
    const struct spec *s = p->request->spec;

    for (size_t i = 0; i < s->n_tests; i++) {
        if (p->failed_by_some[i])
            continue;
        short_of(p, "no mutant fails it");
        tell(p, s->tests[i].id, NULL, put);
    }
}

static void check_names(struct proving *p, void (*put)(const struct buf *))
{
    const struct expectations *all = p->request->expected;

    for (size_t i = 0; i < all->n; i++) {
        const char *d = all->items[i].diagnosis;
        if (!d || diagnosis_find(d))
            continue;
        short_of(p, "there is no diagnosis %s", d);
        tell(p, all->items[i].name, NULL, put);
    }
}

int prove(const struct prove_request *request, void (*put)(const struct buf *text), struct proof *out,
          struct err *e)
{
    struct proving p = {.request = request, .proof = out};
    int r;

    *out = (struct proof){0};
    p.failed_by_some = mem_new(request->spec->n_tests + 1);
    check_names(&p, put);
    r = prove_one(&p, "solution", NULL, put, e);
    if (r == 0)
        r = prove_folder(&p, "others", false, put, e);
    if (r == 0)
        r = prove_folder(&p, "mutants", true, put, e);
    if (r == 0 && !request->only)
        check_tests(&p, put);
    mem_free(p.failed_by_some);
    buf_deinit(&p.shortfalls);
    return r;
}
