#include "campaign/prove.h"
#include "base/fd.h"
#include "base/mem.h"
#include "campaign/grading.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

struct proving {
    const struct prove_request *request;
    struct proof *proof;
    struct buf shortfalls; /* of the submission that is being proven, a line each */
    struct candidate *candidates;
    size_t n, cap;
};

struct candidate {
    char *name;                         /* owned; relative to the assignment */
    const struct expectation *expected; /* NULL: not listed */
    bool mutant;
    pid_t pid; /* of the process that grades it; 0: not yet, or no more */
    int out;   /* owned: what it tells … */
    bool told; /* … which has come */
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
    return findings_name(t->findings, t->n_findings);
}

/* ---- one submission
 * ----------------------------------------------------------------------------------------------------------
 */

static bool gets_advice(const struct result *r, const char *id)
{
    for (size_t i = 0; i < r->n_tests; i++)
        for (size_t k = 0; k < r->tests[i].n_findings; k++)
            if (r->tests[i].findings[k].advice && strcmp(r->tests[i].findings[k].diagnosis->id, id) == 0)
                return true;
    return false;
}

/* What a mutant is told besides is not looked at: few programs are perfect but for one mistake. */
static void check_advice(struct proving *p, const struct result *r, const struct expectation *x, bool mutant)
{
    for (size_t i = 0; x && i < x->n_advice; i++)
        if (!gets_advice(r, x->advice[i]))
            short_of(p, "never advised of %s", x->advice[i]);
    for (size_t i = 0; i < r->n_tests && !mutant; i++)
        for (size_t k = 0; k < r->tests[i].n_findings; k++) {
            const struct finding *f = &r->tests[i].findings[k];

            if (f->advice && !expectation_advises(x, f->diagnosis->id))
                short_of(p, "%s: advised of %s", r->tests[i].test->id, f->diagnosis->id);
        }
}

static void check_solution(struct proving *p, const struct result *r, const struct expectation *x)
{
    for (size_t i = 0; i < r->n_tests; i++) {
        const struct test_result *t = &r->tests[i];
        if (t->verdict != VERDICT_PASS)
            short_of(p, "%s: %s", t->test->id,
                     t->headline ? t->headline
                     : t->reason ? t->reason
                                 : "did not pass");
        if (first_diagnosis(t))
            short_of(p, "%s: diagnosed as %s", t->test->id, first_diagnosis(t)->id);
    }
    check_advice(p, r, x, false);
    if (r->score < r->max)
        short_of(p, "%g of %g points", r->score, r->max);
}

/* Alone, or as one of two. */
static bool is_named(const struct test_result *t, const char *id)
{
    for (size_t i = 0; i < t->n_findings && !t->findings[i].advice; i++)
        if (strcmp(t->findings[i].diagnosis->id, id) == 0)
            return true;
    return false;
}

static void check_failure(struct proving *p, const struct test_result *t, const struct expectation *x,
                          bool *named)
{
    const struct diagnosis *d = first_diagnosis(t);

    if (!x->fails[t->index])
        short_of(p, "%s: should not fail: %s", t->test->id, t->headline);
    if (x->diagnosis && is_named(t, x->diagnosis))
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
        if (t->verdict == VERDICT_FAIL && !lacks_its_program(t))
            check_failure(p, t, x, &named);
        else if (x->fails[t->index])
            short_of(p, "%s: should fail", t->test->id);
        if (t->verdict == VERDICT_ERROR)
            short_of(p, "%s: error: %s", t->test->id, t->reason);
    }
    if (!named)
        short_of(p, "never diagnosed as %s", x->diagnosis);
    check_advice(p, r, x, true);
}

/* Appends what is to be told of one submission, or of what stands for one. True: it is right. */
static bool tell(struct proving *p, const char *name, const char *what, struct buf *out)
{
    bool right = p->shortfalls.len == 0;

    buf_printf(out, "  %s %s%s%s\n", right ? "ok  " : "WRONG", name, what ? ": " : "", what ? what : "");
    buf_append(out, buf_view(&p->shortfalls));
    p->shortfalls.len = 0;
    return right;
}

static void tell_wrong(struct proving *p, const char *name, void (*put)(const struct buf *))
{
    _cleanup_buf_ struct buf line = BUF_INIT;

    tell(p, name, NULL, &line);
    put(&line);
    p->proof->wrong++;
}

static int grade(const struct prove_request *q, const char *folder, const struct expectation *x,
                 struct grading *g, struct err *e)
{
    struct grading_request request = {.spec = q->spec,
                                      .submission = folder,
                                      .replay_with = "",
                                      .isolation = q->isolation,
                                      .jobs = q->jobs,
                                      .most_cases = q->most_cases,
                                      .in_full = x ? x->fails : NULL};

    return grading_run(&request, g, e);
}

static bool is_chosen(const struct prove_request *q, const char *name)
{
    const char *slash = strrchr(name, '/');

    return !q->only || strcmp(slash ? slash + 1 : name, q->only) == 0;
}

/* "eof-spin, advice nagle-stall"; NULL: nothing. */
static const char *what_expected(const struct expectation *x, struct buf *out)
{
    if (x && x->diagnosis)
        buf_text(out, x->diagnosis);
    for (size_t i = 0; x && i < x->n_advice; i++)
        buf_printf(out, "%sadvice %s", out->len ? ", " : "", x->advice[i]);
    if (out->len == 0)
        return NULL;
    buf_byte(out, 0);
    return (const char *)out->data;
}

/* 1: right, 0: wrong, negative: a fault. */
static int prove_one(struct proving *p, const struct candidate *s, struct buf *out, struct err *e)
{
    const struct expectation *x = s->expected;
    _cleanup_buf_ struct buf what = BUF_INIT;
    char folder[PATH_MAX];
    struct grading g = {0};
    int r = 0;

    snprintf(folder, sizeof folder, "%s/%s", p->request->dir, s->name);
    if (s->mutant && !x)
        short_of(p, "mutants/expect.yaml does not say what it fails");
    else
        r = grade(p->request, folder, x, &g, e);
    if (r == 0 && x && s->mutant)
        check_mutant(p, &g.result, x);
    else if (r == 0 && !s->mutant)
        check_solution(p, &g.result, x);
    grading_deinit(&g);
    if (r < 0)
        return err_wrap(e, "%s", s->name);
    return tell(p, s->name, what_expected(x, &what), out);
}

/* ---- several at once
 *
 * A grading mostly waits: for compilers, and for the timers of programs. So each has a process of its own,
 * and several run at a time; they are told of in their order. What such a process tells is text, and a byte
 * that says what became of it.
 * -------------------------------------------------------------------------------------------------------- */

#define GRADED_AT_ONCE 6
#define TOLD_MAX (1 << 20)

enum ending { ENDING_RIGHT = 'r', ENDING_WRONG = 'w', ENDING_FAULT = 'f' };

static void child(struct proving *p, const struct candidate *s, pid_t parent, int out)
    __attribute__((noreturn));

static void child(struct proving *p, const struct candidate *s, pid_t parent, int out)
{
    struct buf told = BUF_INIT;
    struct err e = {0};
    int r;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    r = prove_one(p, s, &told, &e);
    if (r < 0)
        buf_text(&told, e.text);
    buf_byte(&told, r < 0 ? ENDING_FAULT : r ? ENDING_RIGHT : ENDING_WRONG);
    fd_write_all(out, buf_view(&told));
    _exit(0);
}

static int start(struct proving *p, struct candidate *s, struct err *e)
{
    pid_t parent = getpid();
    int ends[2], r = fd_pipe(ends);

    if (r < 0)
        return err_set(e, r, "making a pipe");
    s->pid = fork();
    if (s->pid == 0)
        child(p, s, parent, ends[1]);
    fd_close(ends[1]);
    s->out = ends[0];
    return s->pid < 0 ? err_set(e, -errno, "fork") : 0;
}

static void finish(struct candidate *s)
{
    fd_closep(&s->out);
    while (s->pid > 0 && waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    s->pid = 0;
}

/* Waits for its end, and passes on what it told. 0 or a fault. */
static int collect(struct proving *p, struct candidate *s, void (*put)(const struct buf *), struct err *e)
{
    _cleanup_buf_ struct buf told = BUF_INIT;
    int r = fd_read_all(s->out, TOLD_MAX, &told);
    enum ending ending;

    finish(s);
    if (r < 0 || told.len == 0)
        return err_say(e, r < 0 ? r : -EPROTO, "%s: the process that graded it ended", s->name);
    ending = (enum ending)told.data[--told.len];
    if (ending == ENDING_FAULT)
        return err_say(e, -EIO, "%.*s", (int)told.len, (const char *)told.data);
    p->proof->right += ending == ENDING_RIGHT;
    p->proof->wrong += ending == ENDING_WRONG;
    put(&told);
    return 0;
}

/* Those that are at work, and have told nothing yet. */
struct crew {
    struct candidate *at_work[GRADED_AT_ONCE];
    size_t n;
};

/* Waits until one of them tells what became of it: all at once, so it is as good as ended. 0 or -errno. */
static int await_any(struct crew *c)
{
    struct pollfd fds[GRADED_AT_ONCE];
    size_t still = 0;

    for (size_t i = 0; i < c->n; i++)
        fds[i] = (struct pollfd){.fd = c->at_work[i]->out, .events = POLLIN};
    if (poll(fds, c->n, -1) < 0)
        return errno == EINTR ? 0 : -errno;
    for (size_t i = 0; i < c->n; i++) {
        c->at_work[i]->told = fds[i].revents != 0;
        if (!c->at_work[i]->told)
            c->at_work[still++] = c->at_work[i];
    }
    c->n = still;
    return 0;
}

static int prove_all(struct proving *p, void (*put)(const struct buf *), struct err *e)
{
    struct crew crew = {0};
    size_t started = 0, i = 0;
    int r = 0;

    while (i < p->n && r == 0) {
        if (crew.n < GRADED_AT_ONCE && started < p->n) {
            crew.at_work[crew.n++] = &p->candidates[started];
            r = start(p, &p->candidates[started++], e);
        } else if (p->candidates[i].told) {
            r = collect(p, &p->candidates[i++], put, e);
        } else {
            r = await_any(&crew);
            if (r < 0)
                r = err_set(e, r, "poll");
        }
    }
    for (i = 0; i < started; i++) /* after a fault */
        if (p->candidates[i].pid > 0) {
            kill(p->candidates[i].pid, SIGKILL);
            finish(&p->candidates[i]);
        }
    return r;
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

static void add(struct proving *p, const char *name, bool mutant, const struct expectation *expected)
{
    if (is_chosen(p->request, name))
        *array_push(p->candidates, p->n, p->cap) =
            (struct candidate){.name = mem_text(name), .mutant = mutant, .expected = expected, .out = -1};
}

/* Each folder below dir/sub, sorted. A folder that is not there is empty. */
static void add_folder(struct proving *p, const char *sub, bool mutants)
{
    struct dirent **entries = NULL;
    char path[PATH_MAX];
    int n;

    snprintf(path, sizeof path, "%s/%s", p->request->dir, sub);
    n = scandir(path, &entries, is_visible, alphasort);
    for (int i = 0; i < n; i++) {
        snprintf(path, sizeof path, "%s/%s", sub, entries[i]->d_name);
        add(p, path, mutants, find(p->request->expected, mutants ? entries[i]->d_name : path));
        free(entries[i]);
    }
    free(entries);
}

static bool is_failed_by_some(const struct expectations *all, size_t test)
{
    for (size_t i = 0; i < all->n; i++)
        if (all->items[i].fails[test])
            return true;
    return false;
}

static void check_tests(struct proving *p, void (*put)(const struct buf *))
{
    const struct spec *s = p->request->spec;

    for (size_t i = 0; i < s->n_tests; i++) {
        if (is_failed_by_some(p->request->expected, i))
            continue;
        short_of(p, "no mutant fails it");
        tell_wrong(p, s->tests[i].id, put);
    }
}

static bool has_folder(const struct proving *p, const char *mutant)
{
    char path[PATH_MAX];

    snprintf(path, sizeof path, "%s/mutants/%s", p->request->dir, mutant);
    return access(path, F_OK) == 0;
}

static bool is_known(const char *id, bool advice)
{
    const struct diagnosis *d = diagnosis_find(id);

    return d && diagnosis_is_advice(d) == advice;
}

static void check_names(struct proving *p, void (*put)(const struct buf *))
{
    const struct expectations *all = p->request->expected;

    for (size_t i = 0; i < all->n; i++) {
        const struct expectation *x = &all->items[i];

        if (x->diagnosis && !is_known(x->diagnosis, false))
            short_of(p, "there is no diagnosis %s", x->diagnosis);
        for (size_t k = 0; k < x->n_advice; k++)
            if (!is_known(x->advice[k], true))
                short_of(p, "there is no advice %s", x->advice[k]);
        if (!x->right && !has_folder(p, x->name))
            short_of(p, "mutants/ has no such folder");
        if (p->shortfalls.len)
            tell_wrong(p, x->name, put);
    }
}

int prove(const struct prove_request *request, void (*put)(const struct buf *text), struct proof *out,
          struct err *e)
{
    struct proving p = {.request = request, .proof = out};
    int r;

    *out = (struct proof){0};
    check_names(&p, put);
    add(&p, "solution", false, find(request->expected, "solution"));
    add_folder(&p, "others", false);
    add_folder(&p, "mutants", true);
    r = prove_all(&p, put, e);
    if (r == 0 && !request->only)
        check_tests(&p, put);
    for (size_t i = 0; i < p.n; i++)
        mem_free(p.candidates[i].name);
    mem_free(p.candidates);
    buf_deinit(&p.shortfalls);
    return r;
}
