/* grading.c - the campaign: which play comes next, and what became of it. */
#include "campaign/grading.h"
#include "base/clock.h"
#include "base/mem.h"
#include "campaign/build_step.h"
#include "campaign/choice.h"
#include "campaign/lodgings.h"
#include "campaign/replay.h"
#include "campaign/runner.h"
#include "judge/groups.h"
#include "kernel/probe.h"
#include "kernel/proc.h"
#include "launch/workdir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAX_JOBS 64

enum stage_of_test {
    TEST_WAITS, /* for the verdicts of the tests that it requires, or for a free slot */
    TEST_PLAYS,
    TEST_DONE,
};

struct test_run {
    enum stage_of_test stage;
    bool chosen;
    struct case_list cases;
    const struct record **records; /* of its plays; owned list, borrowed records */
    size_t n, cap;
    struct judge_want want; /* the play that is to be made, or is being made */
    bool retried;           /* a fault of ours was retried once */
    struct test_result result;
};

struct slot {
    struct runner runner;
    struct lodgings lodgings;
    size_t test;
    bool busy;
};

struct campaign {
    const struct grading_request *request;
    struct grading *grading;
    struct loop loop;
    enum isolation isolation;
    const char *distrust; /* as in struct play_request */
    char dir[PATH_MAX];
    const char **built; /* of each owner, as in struct lodging; owned */
    struct test_run *tests;
    struct slot slots[MAX_JOBS];
    size_t n_slots;
    size_t plays;
    int64_t deadline;
    bool out_of_time;
};

/* ---- what a test has come to
 * -------------------------------------------------------------------------------------------- */

static const struct test *test_of(const struct campaign *c, size_t i)
{
    return &c->request->spec->tests[i];
}

static void report_progress(struct campaign *c, const char *title)
{
    const struct grading_request *q = c->request;
    size_t done = 0, total = 0, failures = 0;

    if (!q->progress)
        return;
    for (size_t i = 0; i < q->spec->n_tests; i++) {
        total += c->tests[i].chosen;
        done += c->tests[i].chosen && c->tests[i].stage == TEST_DONE;
        failures += c->tests[i].stage == TEST_DONE && c->tests[i].result.verdict == VERDICT_FAIL;
    }
    q->progress(q->progress_arg, done, total, title, failures);
}

static void set_verdict(struct campaign *c, size_t i, enum verdict v, const char *reason)
{
    struct test_run *t = &c->tests[i];

    t->result = (struct test_result){.test = test_of(c, i), .index = i, .verdict = v};
    t->result.cases = t->cases.n;
    t->result.max = test_of(c, i)->extra_credit ? 0 : test_of(c, i)->points;
    t->result.reason = arena_text(&c->grading->result.arena, reason);
    t->stage = TEST_DONE;
    report_progress(c, test_of(c, i)->title);
}

/* Asks the judge. Afterwards the test is done, or has a play to make. */
static void consider(struct campaign *c, size_t i)
{
    struct test_run *t = &c->tests[i];
    struct judge_input in = {c->request->spec, i, &t->cases, t->records, t->n};

    judge_want_deinit(&t->want);
    if (judge_test(&in, &c->grading->result.arena, &t->result, &t->want) == JUDGE_WANTS)
        return;
    if (t->result.verdict == VERDICT_FAIL)
        t->result.replay = replay_command(c->request, &t->result, &c->grading->result.arena);
    t->stage = TEST_DONE;
    report_progress(c, test_of(c, i)->title);
}

/* 1: it may be played, 0: not yet, and no verdict: it never will, and has its verdict. */
static bool requirements_met(struct campaign *c, size_t i)
{
    const struct test *t = test_of(c, i);

    for (size_t k = 0; k < t->n_requires; k++) {
        const struct test_run *r = &c->tests[t->requires[k]];
        if (!r->chosen)
            continue;
        if (r->stage != TEST_DONE)
            return false;
        if (r->result.verdict != VERDICT_PASS && r->result.verdict != VERDICT_EXCUSED) {
            set_verdict(c, i, VERDICT_NOT_RUN,
                        arena_printf(&c->grading->result.arena,
                                     "it builds on the test “%s”, which did not pass",
                                     test_of(c, t->requires[k])->title));
            return false;
        }
    }
    return true;
}

/* ---- plays
 * ------------------------------------------------------------------------------------------------------------------
 */

static void test_error(struct campaign *c, size_t i, int code, const char *what)
{
    struct err e = {0};

    err_set(&e, code, "%s", what);
    set_verdict(c, i, VERDICT_ERROR, e.text);
}

static struct play_request play_of(const struct campaign *c, const struct slot *s, size_t test)
{
    return (struct play_request){
        .spec = c->request->spec,
        .test = test,
        .seed = c->request->seed,
        .plays = c->tests[test].n,
        .isolation = c->isolation,
        .lodgings = s->lodgings.lodgings,
        .expose = c->request->expose,
        .distrust = c->distrust,
        .keep_steps = c->request->save_records != NULL,
    };
}

static void start_play(struct campaign *c, struct slot *s, size_t test)
{
    struct test_run *t = &c->tests[test];
    struct play_request request = play_of(c, s, test);
    int r;

    request.keys = t->want.keys;
    request.n_keys = t->want.n;
    r = lodgings_begin(&s->lodgings, c->dir, c->plays++, c->built);

    if (r < 0) {
        test_error(c, test, r, "making a working folder");
        return;
    }
    r = runner_start(&s->runner, &c->loop, &request);
    if (r < 0) {
        test_error(c, test, r, "starting a process to play the case");
        return;
    }
    s->busy = true;
    s->test = test;
    t->stage = TEST_PLAYS;
}

static void save_record(struct campaign *c, const struct record *r)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    _cleanup_fd_ int fd = -1;
    char path[PATH_MAX];

    if (!c->request->save_records)
        return;
    record_put_all(&b, r);
    snprintf(path, sizeof path, "%s/%s-%zu.record", c->request->save_records, test_of(c, r->test)->id,
             c->tests[r->test].n);
    fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0)
        fd_write_all(fd, buf_view(&b));
}

/* What a runner tells is bounded by the spec, or it is a fault. */
static void distrust_indices(struct campaign *c, size_t test, struct record *r)
{
    const struct spec *s = c->request->spec;
    const struct test *t = &s->tests[test];
    struct record_bounds bounds = {
        s->n_tests, s->n_programs,   t->n_peers, t->n_steps, t->n_rows ? t->n_rows : 1,
        t->n_under, s->n_impairments};
    const char *wrong = record_within(r, &bounds);

    if ((wrong || r->test != test) && !r->fault)
        r->fault = arena_printf(&r->arena, "the record names %s that the spec does not have",
                                wrong ? wrong : "a test");
    r->test = (uint32_t)test;
}

/* A fault of ours is tried once more, in a fresh runner; one that persists becomes the test's verdict. */
static bool worth_a_retry(struct test_run *t, const struct record *r)
{
    bool faulty = r->fault || !r->complete;

    if (!faulty || t->retried)
        return false;
    return t->retried = true;
}

/* Takes it over, and clears up after its play. */
static void keep_record(struct campaign *c, struct slot *s, size_t test, struct record *r)
{
    struct grading *g = c->grading;

    if (!c->request->keep)
        workdir_remove(s->lodgings.dir, NULL);
    distrust_indices(c, test, r);
    *array_push(g->records, g->n_records, g->cap_records) = r;
    g->result.cases += r->n_cases;
}

static void end_play(struct campaign *c, struct slot *s)
{
    struct record *r = runner_finish(&s->runner);
    struct test_run *t = &c->tests[s->test];

    s->busy = false;
    keep_record(c, s, s->test, r);
    if (t->stage != TEST_PLAYS)
        return; /* given up meanwhile */
    if (worth_a_retry(t, r)) {
        t->stage = TEST_WAITS;
        return;
    }
    *array_push(t->records, t->n, t->cap) = r;
    save_record(c, r);
    t->stage = TEST_WAITS;
    consider(c, s->test);
}

static struct slot *free_slot(struct campaign *c)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (!c->slots[i].busy)
            return &c->slots[i];
    return NULL;
}

/* Where times are measured, nothing else may take the CPUs. */
static bool is_alone_enough(const struct campaign *c, size_t test)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i].busy &&
            (test_measures(test_of(c, test)) || test_measures(test_of(c, c->slots[i].test))))
            return false;
    return true;
}

static void schedule(struct campaign *c)
{
    for (size_t i = 0; i < c->request->spec->n_tests; i++) {
        struct slot *s = free_slot(c);

        if (!s)
            return;
        if (c->tests[i].stage == TEST_WAITS && c->tests[i].chosen && requirements_met(c, i) &&
            is_alone_enough(c, i))
            start_play(c, s, i);
    }
}

static bool all_done(const struct campaign *c)
{
    for (size_t i = 0; i < c->request->spec->n_tests; i++)
        if (c->tests[i].chosen && c->tests[i].stage != TEST_DONE)
            return false;
    return true;
}

/* Did we mostly wait for a CPU ourselves? /proc/self/schedstat: time on a CPU, time waiting for one (ns). */
static bool machine_is_starved(void)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    _cleanup_free_ char *text = NULL;
    unsigned long long on_cpu = 0, waited = 0;

    if (fd_read_file(AT_FDCWD, "/proc/self/schedstat", 4096, &b) < 0)
        return false;
    text = buf_steal_text(&b);
    return sscanf(text, "%llu %llu", &on_cpu, &waited) == 2 && waited > 4 * on_cpu;
}

static void give_up(struct campaign *c)
{
    bool starved = machine_is_starved();

    c->out_of_time = true;
    for (size_t i = 0; i < c->request->spec->n_tests; i++)
        if (c->tests[i].chosen && c->tests[i].stage != TEST_DONE)
            set_verdict(
                c, i, starved ? VERDICT_ERROR : VERDICT_NOT_RUN,
                starved ? "the time for the whole grading (limits: total-time) is over, but this machine was "
                          "too busy to use it"
                        : "the program used up the time for the whole grading (limits: total-time) before");
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i].busy)
            runner_kill(&c->slots[i].runner);
}

static void finish_ended(struct campaign *c)
{
    for (size_t i = 0; i < c->n_slots; i++)
        if (c->slots[i].busy && c->slots[i].runner.ended)
            end_play(c, &c->slots[i]);
}

static void play_all(struct campaign *c)
{
    bool busy = true;

    while (!all_done(c) || busy) {
        int64_t now = clock_now();

        if (!c->out_of_time && now >= c->deadline)
            give_up(c);
        schedule(c);
        loop_run(&c->loop, c->out_of_time || c->deadline - now > NS_PER_S / 10 ? NS_PER_S / 10 : NS_PER_MS);
        finish_ended(c);
        busy = false;
        for (size_t i = 0; i < c->n_slots; i++)
            busy |= c->slots[i].busy;
    }
}

/* ---- the whole
 * -----------------------------------------------------------------------------------------------------------------
 */

static int choose_tests(struct campaign *c, struct err *e)
{
    const struct spec *s = c->request->spec;

    c->tests = mem_new((s->n_tests + 1) * sizeof *c->tests);
    for (size_t i = 0; i < s->n_tests; i++) {
        c->tests[i].chosen = choice_has(c->request, i);
        if (c->tests[i].chosen && choice_cases(c->request, i, &c->tests[i].cases, e) < 0)
            return e->code;
    }
    return 0;
}

static int probe(struct campaign *c, struct err *e)
{
    struct result *out = &c->grading->result;
    struct isolation_probe p;
    const struct isolation_fact *facts[] = {&p.net, &p.pid, &p.mount, &p.uid};
    static const char *const names[] = {"net", "pid", "mount", "uid"};
    int r = isolation_probe(&p);

    if (r < 0)
        return err_set(e, r, "probing what isolation this machine grants");
    r = isolation_choose(&p, c->request->isolation, e);
    if (r < 0)
        return r;
    c->isolation = (enum isolation)r;
    out->isolation = isolation_name(c->isolation);
    for (size_t i = 0; i < array_len(facts); i++)
        out->facts[i] =
            (struct machine_fact){names[i], facts[i]->granted, arena_text(&out->arena, facts[i]->cause),
                                  arena_text(&out->arena, facts[i]->cure)};
    return 0;
}

/* What everything rests on is tried once on this kernel; where it does not hold, time decides, and the result
 * says so. */
static int test_kernel(struct campaign *c, struct err *e)
{
    const struct claim *id = &c->slots[0].lodgings.claims[0];
    struct kernel_probe p;
    int r = kernel_probe(&p, id->lock >= 0 ? id->uid : 0, id->lock >= 0 ? id->gid : 0);

    if (r < 0)
        return err_set(e, r, "testing this kernel");
    if (!p.gate.holds || !p.idleness.holds)
        c->distrust = arena_printf(&c->grading->result.arena, "this kernel fails the self-test: %s",
                                   p.idleness.holds ? p.gate.cause : p.idleness.cause);
    return 0;
}

static int prepare(struct campaign *c, struct err *e)
{
    const struct grading_request *q = c->request;
    int r = loop_init(&c->loop);

    if (r < 0)
        return err_set(e, r, "epoll");
    c->n_slots = q->jobs ? q->jobs : proc_cpus();
    if (c->n_slots > MAX_JOBS)
        c->n_slots = MAX_JOBS;
    for (size_t i = 0; i < c->n_slots; i++)
        if (lodgings_init(&c->slots[i].lodgings, spec_owners(q->spec), e) < 0)
            return e->code;
    if (choose_tests(c, e) < 0 || probe(c, e) < 0 || test_kernel(c, e) < 0 ||
        workdir_new(c->dir, sizeof c->dir, e) < 0)
        return e->code;
    return 0;
}

/* The submission, and whatever of the assignment's own programs is here. */
static int build_all(struct campaign *c, struct grading_request *q, struct err *e)
{
    const struct spec *s = q->spec;
    struct lodgings *l = &c->slots[0].lodgings;
    struct result *out = &c->grading->result;
    char path[PATH_MAX];

    c->built = mem_new(l->n * sizeof *c->built);
    for (size_t i = l->n; i-- > 0;) { /* the submission last: it may say how it is built and run */
        int r = lodging_make(path, sizeof path, c->dir, "built", i);

        if (r < 0)
            return err_set(e, r, "making a folder to build in");
        c->built[i] = arena_text(&out->arena, path);
        if (i == 0)
            return build_step(q, c->isolation, c->built[i], &l->claims[i], out, e);
        r = build_trusted(q, c->isolation, s->trusted.word[i - 1], c->built[i], &l->claims[i], out, e);
        if (r < 0)
            return r;
        if (r == 0)
            c->built[i] = NULL;
    }
    return 0;
}

static void play_tests(struct campaign *c)
{
    const struct spec *s = c->request->spec;
    enum build_state b = c->grading->result.build.state;

    c->deadline = clock_now() + s->limits.total_time;
    for (size_t i = 0; i < s->n_tests; i++) {
        if (!c->tests[i].chosen)
            continue;
        if (b == BUILD_ERROR)
            set_verdict(c, i, VERDICT_ERROR, "the submission could not be built, for a fault of ours");
        else if (b != BUILD_NONE && b != BUILD_OK)
            set_verdict(c, i, VERDICT_NOT_RUN, "the submission does not build");
        else
            consider(c, i);
    }
    play_all(c);
}

/* After the verdicts: nothing that is seen here changes one. */
static void xray(struct campaign *c, size_t i)
{
    struct test_run *t = &c->tests[i];
    struct slot *s = &c->slots[0];
    struct play_request request = play_of(c, s, i);
    struct case_key key = replay_key(&t->result, &t->cases);

    if (!t->chosen || t->n == 0 || lodgings_begin(&s->lodgings, c->dir, c->plays++, c->built) < 0)
        return;
    key.experiment = TRACED;
    request.keys = &key;
    request.n_keys = 1;
    request.keep_steps = true;
    t->result.xray = replay(&request, c->deadline);
    keep_record(c, s, i, (struct record *)t->result.xray);
}

static void sum_up(struct campaign *c)
{
    const struct spec *s = c->request->spec;
    struct result *out = &c->grading->result;

    out->tests = arena_new(&out->arena, (s->n_tests + 1) * sizeof *out->tests);
    for (size_t i = 0; i < s->n_tests; i++) {
        struct test_result *t = &c->tests[i].result;

        if (!c->tests[i].chosen)
            continue;
        if (t->verdict == VERDICT_EXCUSED)
            t->max = 0;
        out->score += t->score;
        out->max += t->max;
        out->provisional |= t->verdict == VERDICT_EXCUSED;
        out->ungraded |= t->verdict == VERDICT_ERROR;
        out->tests[out->n_tests++] = *t;
    }
    result_order(out);
    if (!choice_is_partial(c->request)) {
        bool built = out->build.state == BUILD_OK;
        out->score += built ? s->build.points : 0;
        out->max += s->build.points;
    }
    out->partial_run = choice_is_partial(c->request);
    out->ungraded |= out->build.state == BUILD_ERROR;
}

static void clear(struct campaign *c)
{
    for (size_t i = 0; c->tests && i < c->request->spec->n_tests; i++) {
        case_list_deinit(&c->tests[i].cases);
        judge_want_deinit(&c->tests[i].want);
        mem_free(c->tests[i].records);
    }
    mem_free(c->tests);
    mem_free(c->built);
    for (size_t i = 0; i < c->n_slots; i++)
        lodgings_deinit(&c->slots[i].lodgings);
    if (c->dir[0] && !c->request->keep)
        workdir_remove(c->dir, NULL);
    loop_deinit(&c->loop);
}

int grading_run(const struct grading_request *request, struct grading *out, struct err *e)
{
    struct grading_request own = *request; /* its spec may become the submission's */
    struct campaign c = {.request = &own, .grading = out};
    int64_t begun = clock_now();
    int r;

    *out =
        (struct grading){.result = {.spec = request->spec, .seed = request->seed, .started = clock_wall()}};
    out->result.grader = request->grader;
    out->result.submission = arena_text(&out->result.arena, request->submission);
    r = prepare(&c, e);
    if (r == 0)
        r = build_all(&c, &own, e);
    if (r == 0) {
        play_tests(&c);
        for (size_t i = 0; own.xray && i < own.spec->n_tests; i++)
            xray(&c, i);
        sum_up(&c);
    }
    clear(&c);
    out->result.took = clock_now() - begun;
    return r;
}

void grading_deinit(struct grading *g)
{
    for (size_t i = 0; i < g->result.n_tests; i++)
        mem_free(g->result.tests[i].findings);
    for (size_t i = 0; i < g->n_records; i++)
        record_free(g->records[i]);
    mem_free(g->records);
    arena_deinit(&g->result.arena);
    *g = (struct grading){0};
}
