#include "peer/relay.h"
#include "base/mem.h"
#include "peer/gate.h"

#include <errno.h>
#include <string.h>

void relay_init(struct relay *r, struct loop *loop, bool is_stream)
{
    *r = (struct relay){.loop = loop, .is_stream = is_stream};
    listener_init(&r->listener, loop);
    datagram_init(&r->front, loop);
}

static void free_link(struct relay_link *l)
{
    for (size_t i = 0; i < 2; i++) {
        stream_deinit(&l->sides[i]);
        buf_deinit(&l->lanes[i].heard);
    }
    datagram_deinit(&l->back);
    mem_free(l);
}

void relay_deinit(struct relay *r)
{
    for (size_t i = 0; i < r->n_links; i++)
        free_link(r->links[i]);
    mem_free(r->links);
    r->links = NULL;
    r->n_links = r->cap_links = 0;
    listener_deinit(&r->listener);
    datagram_deinit(&r->front);
}

int relay_open(struct relay *r, const struct addr *at)
{
    return r->is_stream ? listener_open(&r->listener, at) : datagram_open(&r->front, at, NULL);
}

static struct relay_link *add_link(struct relay *r)
{
    struct relay_link *l = mem_new(sizeof *l);

    l->index = r->n_links;
    for (size_t i = 0; i < 2; i++)
        stream_init(&l->sides[i], r->loop);
    datagram_init(&l->back, r->loop);
    *array_push(r->links, r->n_links, r->cap_links) = l;
    return l;
}

static void hear(struct relay *r, struct relay_lane *lane, struct bytes b)
{
    uint32_t len = (uint32_t)b.len;

    if (!r->listens)
        return;
    if (lane->heard.len + b.len > RELAY_MAX_HEARD) {
        r->deafened = true;
        return;
    }
    if (!r->is_stream)
        buf_append(&lane->heard, (struct bytes){(const uint8_t *)&len, sizeof len});
    buf_append(&lane->heard, b);
}

static void tell(const struct relay *r, const struct relay_link *l, enum impair_way way,
                 enum relay_moment moment, struct bytes b)
{
    if (r->tells)
        r->tells(r->arg, l, way, moment, b);
}

/* ---- streams ------------------------------------------------------------------------------------------- */

static int take_client(struct relay *r)
{
    struct relay_link *l = add_link(r);
    int e = stream_adopt(&l->sides[IMPAIR_THERE], listener_take(&r->listener));

    return e < 0 ? e : stream_connect(&l->sides[IMPAIR_BACK], INADDR_LOOPBACK, &r->server);
}

static bool is_broken(const struct stream *s)
{
    return s->reset || s->error;
}

static void reset_link(struct relay_link *l)
{
    for (size_t i = 0; i < 2; i++)
        stream_reset(&l->sides[i]);
    l->over = true;
}

/* How many of the bytes that are here go on in one write. *cut: what follows must be read apart. */
static size_t next_part(const struct relay *r, const struct relay_lane *lane, size_t here, bool *cut)
{
    const struct cuts *cuts = r->split ? split_at(r->split, SPLIT_RELAYED) : NULL;
    uint32_t every = r->split ? split_every(r->split) : 0;

    if (every) {
        size_t left = every - (size_t)(lane->passed % every);

        *cut = left <= here;
        return *cut ? left : here;
    }
    *cut = false;
    for (uint32_t i = 0; cuts && i < cuts->n; i++)
        if (cuts->at[i] > lane->passed && cuts->at[i] - lane->passed <= here) {
            *cut = true;
            return (size_t)(cuts->at[i] - lane->passed);
        }
    return here;
}

static void tell_what_came(const struct relay *r, struct relay_link *l, enum impair_way way)
{
    struct bytes here = buf_view(&l->sides[way].in);

    if (here.len > l->lanes[way].told)
        tell(r, l, way, RELAY_CAME, bytes_slice(here, l->lanes[way].told, here.len));
    l->lanes[way].told = here.len;
}

/* One part. 1: it went on, 0: nothing can now, or -errno. */
static int pass_part(struct relay *r, struct relay_link *l, enum impair_way way, struct sockdiag *d)
{
    struct relay_lane *lane = &l->lanes[way];
    struct stream *from = &l->sides[way], *to = &l->sides[1 - way];
    struct bytes part;
    bool cut;

    if (from->in.len == 0 || !to->connected || stream_unsent(to))
        return 0;
    if (lane->due) {
        int read = gate_passed(to, d);

        if (read <= 0)
            return read;
        lane->due = false;
    }
    part = bytes_slice(buf_view(&from->in), 0, next_part(r, lane, from->in.len, &cut));
    stream_send(to, part);
    hear(r, lane, part);
    tell(r, l, way, RELAY_WENT, part);
    lane->passed += part.len;
    lane->told -= part.len;
    lane->due = cut && lane->ungated == 0;
    lane->ungated -= lane->ungated < part.len ? lane->ungated : part.len;
    stream_take(from, part.len);
    return 1;
}

/* The end, once all before it has gone on. */
static bool pass_end(const struct relay *r, struct relay_link *l, enum impair_way way)
{
    struct relay_lane *lane = &l->lanes[way];
    const struct stream *from = &l->sides[way];
    struct stream *to = &l->sides[1 - way];

    if (!from->ended || lane->ended || from->in.len || !to->connected)
        return false;
    stream_half_close(to);
    lane->ended = true;
    tell(r, l, way, RELAY_ENDED, (struct bytes){0});
    return true;
}

/* A reset goes on when what came before it has, unless nobody takes that. */
static bool pass_reset(struct relay_link *l)
{
    for (size_t i = 0; i < 2; i++) {
        const struct stream *from = &l->sides[i], *to = &l->sides[1 - i];

        if (!is_broken(from) || (from->in.len && to->connected && !stream_unsent(to) && !l->lanes[i].due))
            continue;
        reset_link(l);
        return true;
    }
    return false;
}

static bool close_ended(struct relay_link *l)
{
    if (!l->lanes[0].ended || !l->lanes[1].ended || stream_unsent(&l->sides[0]) ||
        stream_unsent(&l->sides[1]))
        return false;
    for (size_t i = 0; i < 2; i++)
        stream_close(&l->sides[i]);
    l->over = true;
    return true;
}

#define PARTS_AT_ONCE 64 /* whoever lets it flow has other things to see to */

static int flow_link(struct relay *r, struct relay_link *l, struct sockdiag *d)
{
    bool any = false;

    for (enum impair_way way = IMPAIR_THERE; way <= IMPAIR_BACK; way++)
        tell_what_came(r, l, way); /* before anything goes on: it is no answer to that */
    for (enum impair_way way = IMPAIR_THERE; way <= IMPAIR_BACK && !l->over; way++) {
        int passed = 1;

        for (int n = 0; n < PARTS_AT_ONCE && passed > 0; n++) {
            passed = pass_part(r, l, way, d);
            any |= passed > 0;
        }
        if (passed < 0)
            return passed;
        any |= pass_end(r, l, way);
    }
    if (!l->over)
        any |= pass_reset(l) || close_ended(l);
    return any;
}

static int flow_streams(struct relay *r, struct sockdiag *d)
{
    bool any = false;

    while (r->server.len && listener_has(&r->listener) && r->n_links < RELAY_MAX_LINKS) {
        int e = take_client(r);

        if (e < 0)
            return e;
        any = true;
    }
    for (size_t i = 0; i < r->n_links; i++) {
        int moved = r->links[i]->over ? 0 : flow_link(r, r->links[i], d);

        if (moved < 0)
            return moved;
        any |= moved;
    }
    return any;
}

int relay_arrived(struct relay *r, struct sockdiag *d)
{
    struct sock_info info;

    for (size_t i = 0; i < r->n_links && r->is_stream; i++)
        for (size_t k = 0; k < 2 && !r->links[i]->over; k++) {
            int arrived = gate_arrived(&r->links[i]->sides[k], d, &info);

            if (arrived != 1)
                return arrived;
        }
    return 1;
}

bool relay_release(struct relay *r)
{
    bool any = false;

    for (size_t i = 0; i < r->n_links; i++)
        for (size_t k = 0; k < 2 && !r->links[i]->over; k++) {
            struct relay_lane *lane = &r->links[i]->lanes[k];
            size_t here = r->links[i]->sides[k].in.len;

            if (!lane->due || here == 0)
                continue;
            lane->due = false;
            lane->ungated = here;
            any = true;
        }
    return any;
}

void relay_cut(struct relay *r)
{
    for (size_t i = 0; i < r->n_links; i++)
        if (!r->links[i]->over)
            reset_link(r->links[i]);
}

bool relay_is_linked(const struct relay *r)
{
    for (size_t i = 0; i < r->n_links; i++)
        if (!r->links[i]->over)
            return true;
    return false;
}

/* ---- datagrams ----------------------------------------------------------------------------------------- */

/* NULL: a new one, and there are too many. */
static struct relay_link *link_of(const struct relay *r, const struct addr *client)
{
    for (size_t i = 0; i < r->n_links; i++)
        if (addr_equal(&r->links[i]->client, client))
            return r->links[i];
    return NULL;
}

static int find_client(struct relay *r, const struct addr *client, struct relay_link **out)
{
    struct addr from = addr_v4(INADDR_LOOPBACK, 0);

    *out = link_of(r, client);
    if (*out || r->n_links == RELAY_MAX_LINKS)
        return 0;
    *out = add_link(r);
    (*out)->client = *client;
    return datagram_open(&(*out)->back, &from, &r->server);
}

static void enter(struct relay *r, struct relay_link *l, enum impair_way way, const struct arrival *a,
                  int64_t now)
{
    struct packet packet = {.way = way, .payload = a->payload, .partner = l->client, .at = a->at};

    hear(r, &l->lanes[way], a->payload);
    tell(r, l, way, RELAY_CAME, a->payload);
    impair_feed(r->network, &packet, now);
}

static int take_from_clients(struct relay *r, int64_t now)
{
    const struct arrival *a;
    int any = 0;

    for (; r->server.len && (a = datagram_first(&r->front)); any = 1) {
        struct relay_link *l;
        int e = find_client(r, &a->from, &l);

        if (e < 0)
            return e;
        if (l)
            enter(r, l, IMPAIR_THERE, a, now);
        datagram_take(&r->front, a);
    }
    return any;
}

/* A server may answer from another port, and wants to hear there from then on (RFC 1350, 4). */
static bool take_from_server(struct relay *r, struct relay_link *l, int64_t now)
{
    const struct arrival *a;
    bool any = false;

    for (; (a = datagram_first(&l->back)); any = true) {
        l->back.remote = a->from;
        enter(r, l, IMPAIR_BACK, a, now);
        datagram_take(&l->back, a);
    }
    return any;
}

/* What the kernel has no room for is lost, as in any network. */
static bool leave(struct relay *r, int64_t now)
{
    struct packet packet;
    bool any = false;

    for (; impair_next(r->network, now, &packet); any = true) {
        struct relay_link *l = link_of(r, &packet.partner);

        if (l)
            tell(r, l, packet.way, RELAY_WENT, packet.payload);
        if (l && packet.way == IMPAIR_THERE)
            datagram_send(&l->back, packet.payload, NULL);
        else if (l)
            datagram_send(&r->front, packet.payload, &l->client);
        mem_free((void *)packet.payload.data);
    }
    return any;
}

static int flow_datagrams(struct relay *r, int64_t now)
{
    int any = take_from_clients(r, now);

    for (size_t i = 0; i < r->n_links && any >= 0; i++)
        any |= take_from_server(r, r->links[i], now);
    return any < 0 ? any : any | leave(r, now);
}

size_t relay_heard_datagram(const struct relay_lane *l, size_t at, struct bytes *out)
{
    struct bytes here = bytes_slice(buf_view(&l->heard), at, l->heard.len);
    uint32_t len;

    if (here.len < sizeof len)
        return 0;
    memcpy(&len, here.data, sizeof len);
    *out = bytes_slice(here, sizeof len, len);
    return sizeof len + len;
}

/* ---- both ---------------------------------------------------------------------------------------------- */

int relay_flow(struct relay *r, struct sockdiag *d, int64_t now)
{
    return r->is_stream ? flow_streams(r, d) : flow_datagrams(r, now);
}
