#include "campaign/replay.h"
#include "base/clock.h"
#include "campaign/runner.h"

#include <string.h>

const char *replay_command(const struct grading_request *request, const struct test_result *r,
                           struct arena *a)
{
    const struct case_key *k = r->shown ? &r->shown->key : NULL;
    _cleanup_buf_ struct buf b = BUF_INIT;

    buf_printf(&b, "%s --test %s", request->replay_with, r->test->id);
    if (k && r->test->n_rows > 1)
        buf_printf(&b, " --row %u", k->row + 1);
    if (k && k->impairment)
        buf_printf(&b, " --impair %s:%u", request->spec->impairments[k->impairment - 1].name, k->impaired_by);
    if (k && ((r->cases > 1 && !k->impairment) || k->split.kind != SPLIT_WHOLE)) {
        buf_text(&b, " --split '");
        split_text(&k->split, &b);
        buf_byte(&b, '\'');
    }
    if (request->seed)
        buf_printf(&b, " --seed %llu", (unsigned long long)request->seed);
    return (const char *)arena_bytes(a, buf_view(&b)).data;
}

struct case_key replay_key(const struct test_result *r, const struct case_list *cases)
{
    struct case_key key = {0};

    if (r->shown)
        key = r->shown->key;
    else if (cases->n)
        key = cases->keys[0];
    key.fresh = true;
    return key;
}

static struct record *failed(int error)
{
    struct record *r = record_new();

    r->fault = arena_printf(&r->arena, "starting a process to play the case: %s", strerror(-error));
    return r;
}

struct record *replay(const struct play_request *request, int64_t deadline)
{
    struct loop loop = {.epoll = -1};
    struct runner runner = {0};
    struct record *r;
    int error = loop_init(&loop);

    if (error == 0)
        error = runner_start(&runner, &loop, request);
    if (error < 0) {
        loop_deinit(&loop);
        return failed(error);
    }
    while (!runner.ended) {
        if (clock_now() >= deadline)
            runner_kill(&runner);
        loop_run(&loop, NS_PER_S / 10);
    }
    r = runner_finish(&runner);
    loop_deinit(&loop);
    return r;
}
