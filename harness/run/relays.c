/*
 * relays.c - the relays of a case: opened before anybody comes, told where their program listens once it
 * does, and let flow at each turn of the loop.
 */
#include "base/clock.h"
#include "run/stage.h"

#include <netinet/in.h>

/* Does a step ask for what the peer carries? */
static bool is_listened_to(const struct test *t, size_t peer)
{
    for (size_t i = 0; i < t->n_steps; i++)
        if (t->steps[i].verb == VERB_CARRIES && t->steps[i].actor == peer)
            return true;
    return false;
}

/* Who is told of what passes. */
struct overhearing {
    struct stage *st;
    struct peer_run *relay;
};

static void overhear(void *arg, const struct relay_link *l, enum impair_way way, enum relay_moment moment,
                     struct bytes b)
{
    struct overhearing *o = arg;

    conversation_passes(o->st, o->relay, l, way, moment, b);
}

int relay_begin(struct stage *st, struct peer_run *p, const struct addr *at)
{
    const struct protocol *protocol = peer_protocol(st, p);
    struct overhearing *o = arena_new(&st->case_arena, sizeof *o);

    *o = (struct overhearing){st, p};
    p->relay.arg = o;
    p->relay.split = &st->key->split;
    p->relay.network = &st->networks[p->index];
    p->relay.listens = is_listened_to(st->test, p->index);
    if (protocol && !p->spec->tls.on && /* nobody reads what TLS has sealed */
        (protocol->rules || (p->relay.listens && protocol->framing.kind == FRAMING_HTTP)))
        p->relay.tells = overhear;
    return relay_open(&p->relay, at);
}

static bool is_of(const struct peer_run *p, const struct relay_link *l, const struct sock_info *s)
{
    const struct addr *client = p->is_stream ? &l->sides[IMPAIR_THERE].remote : &l->client;

    return addr_port(&s->local) == addr_port(client) && (!p->is_stream || addr_port(&s->remote));
}

static size_t holder(struct stage *st, const struct peer_run *p, const struct relay_link *l)
{
    struct sock_infos all = {0};
    size_t found = SIZE_MAX;

    if (sockdiag_list(&st->diag, p->is_stream ? IPPROTO_TCP : IPPROTO_UDP, ~0u, &all) == 0)
        for (size_t i = 0; i < all.n && found == SIZE_MAX; i++)
            if (all.infos[i].inode && is_of(p, l, &all.infos[i]))
                found = program_holding(st, all.infos[i].inode);
    sock_infos_deinit(&all);
    return found;
}

size_t relay_client(struct stage *st, const struct peer_run *p, const struct relay_link *l)
{
    size_t only = SIZE_MAX, n = 0, held;

    for (size_t i = st->spec->n_programs; i-- > 0;)
        if (program_visits(st->spec, st->test, i, p->index)) {
            only = i;
            n++;
        }
    held = n > 1 ? holder(st, p, l) : SIZE_MAX;
    return held == SIZE_MAX ? only : held;
}

static bool is_relay(const struct peer_run *p)
{
    return p->open && p->spec->kind == PEER_RELAYS;
}

static void find_server(struct stage *st, struct peer_run *p)
{
    if (p->relay.server.len == 0 && st->programs[p->spec->program].record.readiness == READY)
        p->relay.server = program_addr(st, p->spec->program, p->spec->endpoint, p->spec->target);
}

bool relays_flow(struct stage *st)
{
    int64_t now = clock_now();
    bool any = false;

    for (size_t i = 0; i < st->test->n_peers && !st->err.code; i++) {
        struct peer_run *p = &st->peers[i];
        size_t links = p->relay.n_links;
        int moved;

        if (!is_relay(p))
            continue;
        find_server(st, p);
        moved = relay_flow(&p->relay, &st->diag, now);
        if (moved < 0)
            err_set(&st->err, moved, "relaying for %s", p->spec->name);
        any |= moved > 0;
        st->programs[p->spec->program].visits += (uint32_t)(p->relay.n_links - links);
    }
    return any;
}

bool relays_release(struct stage *st)
{
    bool any = false;

    for (size_t i = 0; i < st->test->n_peers; i++)
        any |= is_relay(&st->peers[i]) && relay_release(&st->peers[i].relay);
    return any;
}

/* ---- what passes --------------------------------------------------------------------------------------- */

struct framing relayed_framing(const struct stage *st, const struct peer_run *p, enum impair_way way,
                               bool to_head)
{
    struct framing f = peer_framing(st, p);
    bool asks = way == IMPAIR_THERE;

    f.from = asks ? FROM_CLIENT : FROM_SERVER;
    f.http = (struct http_context){asks ? HTTP_REQUEST : HTTP_RESPONSE, !asks && to_head};
    return f;
}

struct incoming relayed_incoming(const struct stage *st, const struct peer_run *p,
                                 const struct framing *framing, struct bytes content)
{
    return (struct incoming){content, (enum message_from)framing->from, framing->http, peer_protocol(st, p)};
}
