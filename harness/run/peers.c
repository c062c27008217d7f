/* peers.c - the reference side of a case: opening, closing, and whether anything is under way. */
#include "base/mem.h"
#include "run/stage.h"

#include <sched.h>

void peers_init(struct stage *st)
{
    st->peers = mem_new((st->spec->n_peers + 1) * sizeof *st->peers);
    for (size_t i = 0; i < st->spec->n_peers; i++) {
        struct peer_run *p = &st->peers[i];
        p->spec = &st->spec->peers[i];
        p->index = i;
        p->is_stream =
            st->spec->programs[p->spec->program].listens[p->spec->endpoint].transport == TRANSPORT_TCP;
        stream_init(&p->stream, &st->loop);
        datagram_init(&p->datagram, &st->loop);
    }
}

void peers_deinit(struct stage *st)
{
    for (size_t i = 0; st->peers && i < st->spec->n_peers; i++) {
        stream_deinit(&st->peers[i].stream);
        datagram_deinit(&st->peers[i].datagram);
        buf_deinit(&st->peers[i].held);
    }
    mem_free(st->peers);
    st->peers = NULL;
}

int peer_open(struct stage *st, struct peer_run *p)
{
    struct addr to = program_addr(st, p->spec->program, p->spec->endpoint, p->spec->target);
    int r;

    if (p->open)
        return 0;
    if (p->is_stream) {
        stream_deinit(&p->stream);
        stream_init(&p->stream, &st->loop);
        r = stream_connect(&p->stream, p->spec->host, &to);
    } else {
        datagram_deinit(&p->datagram);
        datagram_init(&p->datagram, &st->loop);
        r = datagram_open(&p->datagram, p->spec->host, &to);
    }
    if (r < 0)
        return err_set(&st->err, r, "opening a socket for %s", p->spec->name);
    p->open = true;
    p->gate_due = false;
    return 0;
}

void peers_close(struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_peers; i++) {
        struct peer_run *p = &st->peers[i];
        if (!p->open)
            continue;
        stream_deinit(&p->stream);
        stream_init(&p->stream, &st->loop);
        datagram_deinit(&p->datagram);
        datagram_init(&p->datagram, &st->loop);
        p->held.len = 0;
        p->open = p->gate_due = false;
    }
}

bool peers_arrived(struct stage *st)
{
    bool wire = !st->net_private || st->talks; /* more than our streams can tell of */
    struct sock_info info;

    for (size_t i = 0; i < st->spec->n_peers; i++) {
        struct peer_run *p = &st->peers[i];
        if (!p->open)
            continue;
        if (!p->is_stream)
            wire = true;
        else if (gate_arrived(&p->stream, &st->diag, &info) != 1)
            return false;
    }
    return !wire || netns_wire_quiet(&st->wire) != 0;
}

struct gate_wait {
    struct peer_run *peer;
    enum gate gate;
};

static bool gate_done(struct stage *st, void *arg)
{
    struct gate_wait *w = arg;
    struct sock_info info;
    int r = gate_look(&w->peer->stream, &st->diag, &info);

    if (r < 0) {
        err_set(&st->err, r, "looking up a socket");
        return true;
    }
    w->gate = (enum gate)r;
    return w->gate != GATE_PENDING;
}

/* Most programs read within microseconds: too soon for more than a yield. */
#define QUICK_LOOKS 8

static bool gate_quick(struct stage *st, struct gate_wait *g)
{
    for (int i = 0; i < QUICK_LOOKS; i++) {
        if (gate_done(st, g))
            return true;
        sched_yield();
    }
    return false;
}

bool peer_gate(struct stage *st, struct peer_run *p)
{
    struct gate_wait g = {p, GATE_PENDING};
    struct wait w = {.done = gate_done, .arg = &g, .within = SPEC_WITHIN};

    p->gate_due = false;
    if (!p->open || !p->is_stream || !p->stream.connected || st->programs[p->spec->program].paused)
        return false;
    if (st->request->distrust) {
        await_rest(st, SPEC_WITHIN, 0);
        return false;
    }
    if (!gate_quick(st, &g))
        await(st, &w);
    return g.gate == GATE_READ;
}

void peers_settle_gates(struct stage *st, const struct peer_run *but)
{
    for (size_t i = 0; i < st->spec->n_peers; i++)
        if (st->peers[i].gate_due && &st->peers[i] != but)
            peer_gate(st, &st->peers[i]);
}

struct leaving {
    struct addr program, ours;
    bool reset;
};

static bool has_heard(struct stage *st, void *arg)
{
    const struct leaving *l = arg;
    struct sock_info info;

    if (sockdiag_tcp(&st->diag, &l->program, &l->ours, &info) != 1)
        return true;
    return l->reset ? info.state == TCP_STATE_CLOSE : info.state != TCP_STATE_ESTABLISHED;
}

void peer_leave(struct stage *st, struct peer_run *p, bool reset)
{
    struct leaving l = {p->stream.remote, p->stream.local, reset};
    struct wait w = {.done = has_heard, .arg = &l, .within = SPEC_WITHIN, .quiet = true};
    bool told = p->is_stream && stream_is_open(&p->stream);

    p->open = p->gate_due = false;
    if (!p->is_stream)
        datagram_close(&p->datagram);
    else if (reset)
        stream_reset(&p->stream);
    else
        stream_close(&p->stream);
    if (told)
        await(st, &w);
}

bool peer_has_more(const struct peer_run *p)
{
    return p->is_stream ? p->stream.in.len > 0 : datagram_first(&p->datagram) != NULL;
}

bool peer_is_over(const struct peer_run *p)
{
    return p->is_stream && (p->stream.ended || p->stream.reset || p->stream.error);
}

bool peer_heard(struct stage *st, void *peer)
{
    (void)st;
    return peer_has_more(peer) || peer_is_over(peer);
}

struct bytes peer_pending(const struct peer_run *p)
{
    const struct arrival *first = datagram_first(&p->datagram);

    if (p->is_stream)
        return buf_view(&p->stream.in);
    return first ? first->payload : (struct bytes){0};
}
