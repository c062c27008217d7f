#include "campaign/build_step.h"
#include "base/mem.h"
#include "campaign/manner.h"
#include "launch/build.h"
#include "launch/workdir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#define BUILD_MEMORY (UINT64_C(4) << 30)

static const struct workdir_limits submission_limits = {.bytes = UINT64_C(1) << 30, .files = 100000};

static void not_ok(struct build_result *b, enum build_state state, const char *why)
{
    b->state = state;
    b->first_error = why;
}

static void tell(struct build_result *b, const struct build_outcome *o, struct arena *a)
{
    b->took = o->took;
    b->exit_status = o->status;
    b->output = arena_bytes(a, buf_view(&o->output));
    if (o->error.len)
        b->first_error = (const char *)arena_bytes(a, o->error).data;
    switch (o->end) {
    case BUILD_RUN_OK: b->state = BUILD_OK; break;
    case BUILD_RUN_FAILED: b->state = BUILD_FAILED; break;
    case BUILD_RUN_TOO_LONG: not_ok(b, BUILD_TOO_LONG, "it was stopped at its time limit"); break;
    case BUILD_RUN_TOO_MUCH_OUTPUT:
        not_ok(b, BUILD_TOO_LONG, "it was stopped, for its output had no end");
        break;
    case BUILD_RUN_TOO_MUCH_MEMORY:
        not_ok(b, BUILD_TOO_LONG,
               "it was stopped, for it used more memory than a build may (limits: memory)");
        break;
    case BUILD_RUN_NOT_FOUND:
        not_ok(b, BUILD_FAILED, arena_printf(a, "%s: no such command", o->missing));
        break;
    case BUILD_RUN_NOT_EXECUTABLE:
        not_ok(b, BUILD_FAILED, arena_printf(a, "%s cannot be executed", o->missing));
        break;
    }
}

static void tell_hint(struct build_result *b, const struct build_outcome *o, const char *submission,
                      struct arena *a)
{
    _cleanup_buf_ struct buf hint = BUF_INIT;

    build_hint(o->error, buf_view(&o->output), submission, &hint);
    if (hint.len)
        b->hint = (const char *)arena_bytes(a, buf_view(&hint)).data;
}

/* A compiler may need more than what it compiles. */
static uint64_t build_memory(const struct limits *l)
{
    return l->memory > BUILD_MEMORY ? l->memory : BUILD_MEMORY;
}

static void build(const struct grading_request *q, enum isolation isolation, const char *from,
                  const char *built, const struct claim *claim, struct build_result *b, struct arena *a)
{
    const struct limits *l = &q->spec->limits;
    struct build_request request = {
        .argv = q->spec->build.command.word,
        .dir = built,
        .timeout = q->spec->build.time,
        .isolation = isolation,
        .limits = {.cpu = q->spec->build.time,
                   .memory = build_memory(l),
                   .disk = UINT64_C(1) << 30,
                   .processes = 512,
                   .open_files = 1024},
        .uid = claim->uid,
        .gid = claim->gid,
        .expose = q->expose,
    };
    struct build_outcome outcome = {0};
    struct err e = {0};

    if (build_run(&request, &outcome, &e) < 0)
        not_ok(b, BUILD_ERROR, arena_text(a, e.text));
    else
        tell(b, &outcome, a);
    if (b->state == BUILD_FAILED)
        tell_hint(b, &outcome, from, a);
    build_outcome_deinit(&outcome);
}

static void check_made(const struct grading_request *q, const char *built, struct build_result *b,
                       struct arena *a)
{
    const struct build *spec = &q->spec->build;
    const char *missing = spec->makes.n ? build_first_missing(built, spec->makes.word) : NULL;

    if (missing && (b->state == BUILD_OK || b->state == BUILD_NONE))
        not_ok(b, BUILD_MISSING, arena_printf(a, "%s is not there", missing));
}

int build_step(struct grading_request *request, enum isolation isolation, const char *built,
               const struct claim *claim, struct result *result, struct err *e)
{
    struct build_result *b = &result->build;
    int r = workdir_copy(request->submission, built, &submission_limits, claim->uid, claim->gid, e);

    if (r < 0)
        return err_wrap(e, "copying the submission");
    b->command = request->spec->build.text;
    if (r != COPIED) {
        not_ok(b, BUILD_FAILED, arena_printf(&result->arena, "the submission is too big: %s", e->text));
        return 0;
    }
    if (!manner_choose(request, built, result))
        return 0;
    b->command = request->spec->build.text;
    if (request->spec->build.command.n == 0)
        b->state = BUILD_NONE;
    else
        build(request, isolation, request->submission, built, claim, b, &result->arena);
    check_made(request, built, b, &result->arena);
    return 0;
}

static const char *why_not(const struct build_result *b)
{
    return b->first_error ? b->first_error : "the build ends with an error";
}

int build_trusted(const struct grading_request *request, enum isolation isolation, const char *from,
                  const char *built, const struct claim *claim, struct result *result, struct err *e)
{
    struct build_result b = {.state = BUILD_NONE};
    struct stat st;
    int r;

    if (stat(from, &st) < 0)
        return errno == ENOENT ? 0 : err_set(e, errno, "the assignment's own programs: %s", from);
    r = workdir_copy(from, built, &submission_limits, claim->uid, claim->gid, e);
    if (r != COPIED)
        return err_say(e, r < 0 ? r : -EFBIG, "the assignment's own programs cannot be copied: %s", from);
    if (request->spec->build.command.n)
        build(request, isolation, from, built, claim, &b, &result->arena);
    check_made(request, built, &b, &result->arena);
    if (b.state == BUILD_NONE || b.state == BUILD_OK)
        return 1;
    return err_say(e, -ENOEXEC, "the assignment's own programs in %s do not build: %s", from, why_not(&b));
}
