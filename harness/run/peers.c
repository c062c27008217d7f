/* peers.c - the reference side of a case: opening, closing, and whether anything is under way. */
#include "base/fd.h"
#include "base/mem.h"
#include "run/stage.h"

#include <errno.h>
#include <sched.h>

void peers_init(struct stage *st)
{
    st->peers = mem_new((st->test->n_peers + 1) * sizeof *st->peers);
    st->networks = mem_new((st->test->n_peers + 1) * sizeof *st->networks);
    for (size_t i = 0; i < st->test->n_peers; i++) {
        struct peer_run *p = &st->peers[i];
        p->spec = &st->test->peers[i];
        p->index = i;
        p->siblings = st->test->n_peers;
        p->is_stream = transport_is_stream(p->spec->transport);
        p->protocol = p->spec->protocol;
        stream_init(&p->stream, &st->loop);
        datagram_init(&p->datagram, &st->loop);
        listener_init(&p->listener, &st->loop);
        relay_init(&p->relay, &st->loop, p->is_stream);
    }
}

static void forget(struct peer_run *p)
{
    stream_deinit(&p->stream);
    datagram_deinit(&p->datagram);
    listener_deinit(&p->listener);
    relay_deinit(&p->relay);
    buf_deinit(&p->held);
    buf_deinit(&p->asked);
    conversations_end(p);
    mem_free(p->got);
}

void peers_deinit(struct stage *st)
{
    for (size_t i = 0; st->peers && i < st->test->n_peers; i++)
        forget(&st->peers[i]);
    networks_end(st);
    mem_free(st->networks);
    mem_free(st->peers);
    st->peers = NULL;
}

/* As if it had never been opened. */
static void renew(struct stage *st, struct peer_run *p)
{
    const struct peer_run fresh = {.spec = p->spec,
                                   .index = p->index,
                                   .siblings = p->siblings,
                                   .is_stream = p->is_stream,
                                   .protocol = p->spec->protocol};

    forget(p);
    *p = fresh;
    stream_init(&p->stream, &st->loop);
    datagram_init(&p->datagram, &st->loop);
    listener_init(&p->listener, &st->loop);
    relay_init(&p->relay, &st->loop, p->is_stream);
    p->stream.tap = p->datagram.tap = xray_tap(st, p->index);
}

#define CALM_ROOM ((size_t)96 << 20)

/* In the calm experiment a peer reads whether or not a step asks for it. */
static void read_on(const struct stage *st, struct peer_run *p)
{
    if (!experiment_is_calm(st->key->experiment) || !p->is_stream)
        return;
    p->stream.usual_room = CALM_ROOM;
    stream_need(&p->stream, CALM_ROOM);
}

int peer_knock(struct stage *st, struct peer_run *p)
{
    struct addr to = program_addr(st, p->spec->program, p->spec->endpoint, p->spec->target);
    struct addr from = addr_v4(p->spec->host, 0);

    if (p->told_port)
        to = addr_v4(p->spec->target, p->told_port);
    switch (p->spec->transport) {
    case TRANSPORT_TCP: return stream_connect(&p->stream, p->spec->host, &to);
    case TRANSPORT_UDP: return datagram_open(&p->datagram, &from, &to);
    case TRANSPORT_UNIX:
        return path_connect(st, &p->stream,
                            st->spec->programs[p->spec->program].listens[p->spec->endpoint].path);
    }
    return -EINVAL;
}

int peer_open(struct stage *st, struct peer_run *p, uint16_t port)
{
    int r;

    if (p->open)
        return 0;
    renew(st, p);
    p->told_port = port;
    r = peer_knock(st, p);
    if (r == 0)
        r = peer_secure(st, p);
    if (r < 0)
        return err_set(&st->err, r, "opening a socket for %s", p->spec->name);
    p->datagram.network = network_of(st, p);
    p->open = true;
    conversation_begin(st, p);
    read_on(st, p);
    st->programs[p->spec->program].visits++;
    return 0;
}

void peers_close(struct stage *st)
{
    for (size_t i = st->test->n_peers; i-- > 0;) /* those that share a socket first */
        renew(st, &st->peers[i]);
    networks_end(st);
}

/* ---- peers that listen --------------------------------------------------------------------------------- */

static int listen_at(struct stage *st, struct peer_run *p)
{
    uint16_t port = st->ports[port_index_of_peer(st->spec, p->index)];
    struct addr at = addr_v4(p->spec->host, port);

    if (p->spec->kind == PEER_RELAYS)
        return relay_begin(st, p, &at);
    if (p->spec->domain && st->key->experiment == EVERYWHERE)
        at = addr_v6(&in6addr_any, port); /* takes IPv4, too: ipv6(7), IPV6_V6ONLY */
    switch (p->spec->transport) {
    case TRANSPORT_TCP: return listener_open(&p->listener, &at);
    case TRANSPORT_UDP:
        p->datagram.network = network_of(st, p);
        return p->spec->broadcast ? datagram_open_broadcast(&p->datagram, p->spec->host, addr_port(&at))
                                  : datagram_open(&p->datagram, &at, NULL);
    case TRANSPORT_UNIX: return path_listen(st, &p->listener, p->spec->path);
    }
    return -EINVAL;
}

int peers_listen(struct stage *st)
{
    for (size_t i = 0; i < st->spec->n_peers; i++) {
        struct peer_run *p = &st->peers[i];
        int r;

        if (!peer_has_port(p->spec))
            continue;
        p->datagram.tap = xray_tap(st, i);
        r = listen_at(st, p);
        if (r < 0)
            return err_set(&st->err, r, "listening for %s", p->spec->name);
        p->open = true;
    }
    return 0;
}

struct datagram *peer_socket(struct peer_run *p)
{
    return p->via ? &p->via->datagram : &p->datagram;
}

/* ---- whose datagram? A listening peer gets all but those of the sources that were accepted. ---- */

struct addressee {
    const struct peer_run *peers;
    size_t n;
    const struct peer_run *self;
};

static bool is_from_source(const struct arrival *a, const void *arg)
{
    return addr_equal(&a->from, &((const struct peer_run *)arg)->source);
}

static bool is_new_source(const struct arrival *a, const void *arg)
{
    const struct addressee *o = arg;

    for (size_t i = 0; i < o->n; i++)
        if (o->peers[i].via == o->self && addr_equal(&a->from, &o->peers[i].source))
            return false;
    return true;
}

const struct arrival *peer_arrival(const struct peer_run *p)
{
    const struct addressee o = {.peers = p - p->index, .n = p->siblings, .self = p};

    if (p->via)
        return datagram_find(&p->via->datagram, is_from_source, p);
    if (p->spec->kind == PEER_LISTENS)
        return datagram_find(&p->datagram, is_new_source, &o);
    return datagram_first(&p->datagram);
}

bool peer_was_visited(const struct peer_run *p)
{
    return p->is_stream ? listener_has(&p->listener) : peer_arrival(p) != NULL;
}

int peer_accept(struct stage *st, struct peer_run *listener, struct peer_run *p)
{
    const struct arrival *first = peer_arrival(listener);
    int r = 0;

    renew(st, p);
    if (p->is_stream) {
        r = stream_adopt(&p->stream, listener_take(&listener->listener));
        if (r == 0)
            r = peer_secure(st, p);
    } else if (first) {
        p->via = listener;
        p->source = first->from;
    }
    if (r < 0)
        return err_set(&st->err, r, "accepting %s", p->spec->name);
    p->open = true;
    p->answers = listener->answers; /* what it answers, those answer who come to it */
    conversation_begin(st, p);
    read_on(st, p);
    return 0;
}

/* ---- what it says, and takes --------------------------------------------------------------------------- */

void peer_says(struct stage *st, struct peer_run *p, struct bytes wire)
{
    conversation_says(st, p, wire);
    if (p->spec->kind == PEER_CONNECTS && peer_framing(st, p).kind == FRAMING_HTTP)
        buf_append(&p->asked, wire);
}

int peer_send_datagram(struct stage *st, struct peer_run *p, struct bytes payload, const struct addr *to)
{
    conversation_says(st, p, payload);
    return datagram_send(peer_socket(p), payload, to);
}

/* What comes from a server is a response to what it was asked. */
static struct http_context peer_http(const struct peer_run *p)
{
    bool from_server = p->spec->kind == PEER_CONNECTS;

    return (struct http_context){from_server ? HTTP_RESPONSE : HTTP_REQUEST,
                                 from_server && http_asks_head(buf_view(&p->asked))};
}

/* What came is the answer to the first of the requests. */
static void answered(struct peer_run *p, struct bytes content)
{
    struct http_context c = peer_http(p);
    struct http_found found;

    if (http_read(c, content, true, FRAMING_BOUND, &found) == HTTP_WHOLE)
        buf_consume(&p->asked, http_answered(buf_view(&p->asked), found.status));
}

void peer_took(struct stage *st, struct peer_run *p, struct bytes content)
{
    struct got *g = array_push(p->got, p->n_got, p->cap_got);

    g->content = st->keeps_got ? arena_bytes(&st->case_arena, content) : (struct bytes){0};
    g->to_head = peer_http(p).to_head;
    p->got_bytes += content.len;
    if (p->asked.len)
        answered(p, content);
}

void peer_take(struct stage *st, struct peer_run *p, struct bytes content, size_t total)
{
    struct datagram *d = peer_socket(p);
    const struct arrival *a = p->is_stream ? NULL : peer_arrival(p);

    conversation_took(st, p, content, total);
    peer_took(st, p, content);
    if (p->is_stream) {
        stream_take(&p->stream, total);
        return;
    }
    st->came_at = a->at;
    datagram_note_detour(st, p, a);
    if (p->spec->kind != PEER_CONNECTS)
        d->remote = a->from; /* where an answer goes, unless it says `to` */
    datagram_take(d, a);
}

static bool was_got(const struct stage *st, const struct peer_run *p, struct bytes payload)
{
    for (size_t i = 0; i < st->test->n_peers; i++) {
        struct peer_run *other = &st->peers[i];

        if (other->is_stream || peer_socket(other) != peer_socket((struct peer_run *)p))
            continue;
        for (size_t k = 0; k < other->n_got; k++)
            if (bytes_equal(other->got[k].content, payload))
                return true;
    }
    return false;
}

void peer_drop_repeats(struct stage *st, struct peer_run *p)
{
    const struct arrival *a;

    if (p->is_stream || p->spec->kind == PEER_CONNECTS)
        return;
    while ((a = peer_arrival(p)) && was_got(st, p, a->payload))
        datagram_take(peer_socket(p), a);
}

/* ---- is anything under way? ---------------------------------------------------------------------------- */

bool peers_have_ended_one(struct stage *st)
{
    struct far_end end;

    for (size_t i = 0; i < st->test->n_peers; i++)
        if (far_end(st, &st->peers[i], &end) && end.inode && end.state == TCP_STATE_CLOSE_WAIT &&
            end.unread == 0)
            return true;
    return false;
}

/* What came of a message that is not all there; empty: nothing. */
static struct bytes begun_message(struct stage *st, const struct peer_run *p)
{
    enum framing_kind kind = peer_framing(st, p).kind;
    struct bytes rest = peer_pending(p);
    struct frame f = {0};

    if (kind == FRAMING_NONE || kind == FRAMING_EOF)
        return (struct bytes){0};
    while (rest.len && peer_next(st, p, rest, &f) == FRAMED_MESSAGE && f.total)
        rest = bytes_slice(rest, f.total, rest.len);
    return rest;
}

#define SMALL_SEGMENT 1460u /* of Ethernet: more than that would not have gone out in one anyway */

/* Their kernel held something back. Does it belong to the message that we have the beginning of? */
static void note_stall(struct stage *st, const struct peer_run *p)
{
    size_t came = begun_message(st, p).len;

    if (came == 0 || came + p->stream.stalled > SMALL_SEGMENT)
        return;
    if (st->stall.peer && st->peers[st->stall.peer - 1].spec->program != p->spec->program)
        return;
    if (st->stall.times++ == 0) {
        st->stall.peer = (uint32_t)p->index + 1;
        st->stall.came = (uint32_t)came;
        st->stall.held = p->stream.stalled;
    }
}

static int arrived(struct stage *st, struct peer_run *p, struct sock_info *info)
{
    uint32_t stalls = p->stream.stalls;
    int r = gate_arrived(&p->stream, &st->diag, info);

    if (p->stream.stalls != stalls)
        note_stall(st, p);
    return r;
}

bool peers_arrived(struct stage *st)
{
    struct sock_info info;

    for (size_t i = 0; i < st->test->n_peers; i++) {
        struct peer_run *p = &st->peers[i];
        if (!p->open)
            continue;
        if (p->spec->kind == PEER_RELAYS && relay_arrived(&p->relay, &st->diag) != 1)
            return false;
        if (!p->is_stream || peer_has_port(p->spec))
            continue;
        if (arrived(st, p, &info) != 1)
            return false;
    }
    return true;
}

/* Our streams tell of themselves; all else has to be asked for. */
static bool wire_matters(const struct stage *st)
{
    if (!st->net_private || st->talks)
        return true;
    for (size_t i = 0; i < st->test->n_peers; i++)
        if (st->peers[i].open && (!st->peers[i].is_stream || peer_has_port(st->peers[i].spec)))
            return true;
    return false;
}

bool peers_wire_quiet(struct stage *st)
{
    return !wire_matters(st) || netns_wire_quiet(&st->wire) != 0;
}

struct gate_wait {
    struct peer_run *peer;
    enum gate gate;
    struct readers readers; /* of a Unix socket, or where they are traced: since its queue was empty */
};

/* The queue of a Unix socket is empty. Has the read that emptied it come to its end? Where it is traced, its
 * end is told only then. */
static bool was_let_go(struct stage *st, struct gate_wait *w)
{
    int r = owners_sample(st, &st->sample_b);

    if (r < 0)
        err_set(&st->err, r, "reading /proc");
    return r < 0 || readers_left(&w->readers, &st->sample_b);
}

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
    if (w->gate == GATE_READ && (w->peer->stream.is_unix || st->xray.on) && !was_let_go(st, w))
        w->gate = GATE_PENDING;
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
    struct gate_wait g = {.peer = p, .gate = GATE_PENDING};
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
    readers_deinit(&g.readers);
    return g.gate == GATE_READ;
}

void peer_turn(struct stage *st, struct peer_run *p)
{
    await_turn(st, p);
    if (p->gate_due && !st->together)
        peer_gate(st, p);
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
    bool told = p->is_stream && !p->stream.is_unix && stream_is_open(&p->stream);

    p->open = p->gate_due = false;
    listener_close(&p->listener);
    if (!p->is_stream)
        datagram_close(&p->datagram); /* one that shares a socket has none of its own */
    else if (reset)
        stream_reset(&p->stream);
    else
        stream_close(&p->stream);
    if (told)
        await(st, &w);
}

/* ---- what it speaks ------------------------------------------------------------------------------------ */

const struct protocol *peer_protocol(const struct stage *st, const struct peer_run *p)
{
    return p->protocol < st->spec->n_protocols ? &st->spec->protocols[p->protocol] : NULL;
}

static enum message_from from_whom(const struct peer_run *p)
{
    return p->spec->kind == PEER_CONNECTS ? FROM_SERVER : FROM_CLIENT;
}

struct framing peer_framing(const struct stage *st, const struct peer_run *p)
{
    struct peer as = *p->spec;
    struct framing f;

    as.protocol = p->protocol;
    f = *spec_framing(st->spec, &as);
    f.little ^= st->key->experiment == SWAPPED && f.kind == FRAMING_LENGTH;
    f.from = from_whom(p);
    f.http = peer_http(p);
    return f;
}

enum framed peer_next(struct stage *st, const struct peer_run *p, struct bytes in, struct frame *out)
{
    /* A reset is no end in good order: what came before it may lack the rest. */
    bool ended = p->stream.ended && !p->stream.reset;
    struct framing f = peer_framing(st, p);

    return ended ? framing_last(&f, in, out) : framing_next(&f, in, out);
}

struct incoming peer_incoming(struct stage *st, const struct peer_run *p, struct bytes content)
{
    return (struct incoming){content, from_whom(p), peer_http(p), peer_protocol(st, p)};
}

bool peer_has_more(const struct peer_run *p)
{
    return p->is_stream ? p->stream.in.len > 0 : peer_arrival(p) != NULL;
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
    const struct arrival *first = peer_arrival(p);

    if (p->is_stream)
        return buf_view(&p->stream.in);
    return first ? first->payload : (struct bytes){0};
}
