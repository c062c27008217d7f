#include "run/xray.h"

#include "base/clock.h"
#include "base/mem.h"
#include "kernel/tracer.h"
#include "run/stage.h"

#include <errno.h>
#include <string.h>

void xray_deinit(struct xray *x)
{
    mem_free(x->spawned);
    mem_free(x->ends);
    mem_free(x->wires);
    *x = (struct xray){0};
}

/* ---- the wire ------------------------------------------------------------------------------------------ */

static void note_ends(struct stage *st, const struct peer_run *p)
{
    struct xray *x = &st->xray;
    struct socket_ends e = {.peer = (uint32_t)p->index};

    e.ours = addr_port(p->is_stream ? &p->stream.local : &p->datagram.local);
    if (p->is_stream)
        e.theirs = addr_port(&p->stream.remote);
    *array_push(x->ends, x->n_ends, x->cap_ends) = e;
}

static void saw(struct tap *t, enum tap_event what, struct bytes b)
{
    struct peer_tap *tap = (struct peer_tap *)t;
    struct stage *st = tap->stage;
    struct peer_run *p = &st->peers[tap->peer];
    struct xray *x = &st->xray;
    struct wire_record w = {.at = clock_now(), .peer = (uint32_t)p->index, .event = what};

    if (what == TAP_BEGINS) {
        tap->begun = w.at;
        return;
    }
    if (tap->begun && (what == TAP_OPENED || what == TAP_SENT)) {
        w.at = tap->begun;
        tap->begun = 0;
    }
    w.at -= st->case_begun;
    if (what == TAP_OPENED)
        note_ends(st, p);
    if (x->n_wires == WIRES_MAX) {
        x->more_wires++;
        return;
    }
    w.sealed = p->is_stream && p->stream.tls;
    w.total = b.len;
    w.head = arena_bytes(&st->case_arena, bytes_slice(b, 0, WIRE_HEAD));
    *array_push(x->wires, x->n_wires, x->cap_wires) = w;
}

struct tap *xray_tap(struct stage *st, size_t peer)
{
    return st->xray.on ? &st->xray.taps[peer].tap : NULL;
}

/* ---- the case ------------------------------------------------------------------------------------------ */

static const char *why_not(int error)
{
    if (error == -EPERM || error == -EACCES)
        return "this machine forbids processes to trace others. Set kernel.yama.ptrace_scope to 0 or 1, or "
               "start the container with --security-opt seccomp=unconfined";
    return "this kernel cannot trace programs so: it takes Linux 5.3 or later, with seccomp";
}

void xray_begin(struct stage *st)
{
    struct xray *x = &st->xray;
    int r;

    x->n_ends = x->n_wires = 0;
    x->more_wires = 0;
    x->on = experiment_traces(st->key->experiment) && !st->untraced;
    if (!x->on || x->probed)
        return;
    x->probed = true;
    x->taps = arena_new(&st->arena, (st->test->n_peers + 1) * sizeof *x->taps);
    for (size_t i = 0; i < st->test->n_peers; i++)
        x->taps[i] = (struct peer_tap){.tap = {saw}, .stage = st, .peer = i};
    r = tracer_probe();
    if (r < 0) {
        st->untraced = why_not(r);
        x->on = false;
    }
}

void xray_spawned(struct stage *st, uint32_t id, size_t program)
{
    struct xray *x = &st->xray;

    *array_push(x->spawned, x->n_spawned, x->cap_spawned) = (struct spawned_as){id, (uint32_t)program};
}

/* Leaks are looked for by tracing, which can be done only once: without this a program that is free of them
 * fails. Among several settings of the same the last one counts. */
void xray_environment(struct stage *st, const char **env)
{
    static const char *const names[] = {"ASAN_OPTIONS=", "LSAN_OPTIONS="};

    for (size_t i = 0; i < array_len(names); i++) {
        size_t k = 0;

        while (env[k] && strncmp(env[k], names[i], strlen(names[i])) != 0)
            k++;
        env[k] = arena_printf(&st->arena, "%s:detect_leaks=0", env[k] ? env[k] : names[i]);
    }
}

static uint32_t program_spawned_as(const struct xray *x, uint32_t id)
{
    for (size_t i = x->n_spawned; i-- > 0;) /* another box may have given the same before */
        if (x->spawned[i].id == id)
            return x->spawned[i].program;
    return UINT32_MAX;
}

/* The latest that had these ports: they come again. */
static uint32_t peer_at(const struct xray *x, const struct call *c)
{
    for (size_t i = x->n_ends; i-- > 0;) {
        const struct socket_ends *e = &x->ends[i];

        if (e->ours && e->ours == c->remote && (!e->theirs || !c->local || e->theirs == c->local))
            return e->peer + 1;
    }
    return 0;
}

static struct call_record record_of(struct stage *st, const struct call *c)
{
    struct call_record r = {.began = c->began - st->case_begun,
                            .ended = c->ended ? c->ended - st->case_begun : -1,
                            .asked = c->asked,
                            .result = c->result,
                            .program = program_spawned_as(&st->xray, c->program),
                            .process = c->process,
                            .thread = c->thread,
                            .kind = c->kind,
                            .more = c->more,
                            .cut = c->cut,
                            .fd = c->fd,
                            .level = c->level,
                            .option = c->option,
                            .value = c->value,
                            .local = c->local,
                            .remote = c->remote,
                            .peer = peer_at(&st->xray, c)};

    if (c->address[0])
        r.address = arena_text(&st->case_arena, c->address);
    r.head = arena_bytes(&st->case_arena, (struct bytes){c->head, c->len});
    return r;
}

/* All that happened before has been written down by the time init answers. */
void xray_closes(struct stage *st, struct case_record *c)
{
    struct call *calls = NULL;
    size_t n = 0;

    if (st->xray.on && st->owners[0].open)
        box_calls(&st->owners[0].box, &calls, &n);
    mem_free(calls);
    c->xray.closed = clock_now() - st->case_begun;
}

void xray_end(struct stage *st, struct case_record *c)
{
    struct xray_record *x = &c->xray;
    struct call *calls = NULL;
    size_t n = 0;
    int lost;

    if (!st->xray.on)
        return;
    x->wires = st->xray.wires;
    x->n_wires = st->xray.n_wires;
    x->more_wires = st->xray.more_wires;
    lost = st->owners[0].open ? box_calls(&st->owners[0].box, &calls, &n) : 0;
    if (lost < 0 && !st->err.code)
        err_set(&st->err, lost, "asking for the programs' socket calls");
    x->more_calls = lost > 0 ? (uint64_t)lost : 0;
    x->calls = arena_new(&st->case_arena, (n + 1) * sizeof *x->calls);
    for (size_t i = 0; i < n; i++)
        x->calls[x->n_calls++] = record_of(st, &calls[i]);
    mem_free(calls);
}
