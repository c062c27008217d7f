/* test_peers.c - the peers of one test: the spec's, its own, and behind them whom its steps accept. */
#include "base/mem.h"
#include "spec/parts.h"

#include <arpa/inet.h>
#include <string.h>

void peers_of_test(struct loader *l, struct test *t)
{
    if (t->peers)
        return;
    t->n_peers = l->spec->n_peers;
    t->peers = arena_new(l->arena, (t->n_peers + 1) * sizeof *t->peers);
    if (t->n_peers)
        memcpy(t->peers, l->spec->peers, t->n_peers * sizeof *t->peers);
}

struct peer *peer_add(struct loader *l, struct test *t, const struct peer *as)
{
    if (t->n_peers >= t->cap_peers) {
        struct peer *all = arena_new(l->arena, 2 * (t->n_peers + 1) * sizeof *all);

        if (t->n_peers)
            memcpy(all, t->peers, t->n_peers * sizeof *all);
        t->peers = all;
        t->cap_peers = 2 * (t->n_peers + 1);
    }
    t->peers[t->n_peers] = *as;
    t->peers[t->n_peers].speaks = as->protocol;
    return &t->peers[t->n_peers++];
}

/* A peer of the test, or in place of the spec's of that name. */
static void own_peer(struct loader *l, const struct node *n, struct test *t)
{
    const char *name;
    struct peer peer;
    size_t i = 0;

    while (i < t->n_peers && !bytes_equal(bytes_of(t->peers[i].name), n->key->text))
        i++;
    if (i < t->n_peers)
        name = t->peers[i].name;
    else if (!actor_name(l, n->key, "a peer", &name))
        return;
    peer = peer_read(l, n, name);
    if (i < t->n_peers && peer_has_port(&t->peers[i]))
        diag_note(l->diags,
                  diag_error(l->diags, n->key->mark, "`%s` %s, and does so in every test", name,
                             t->peers[i].kind == PEER_RELAYS ? "relays" : "listens"),
                  "give the peer of this test another name");
    else if (peer_has_port(&peer))
        diag_note(l->diags,
                  diag_error(l->diags, n->key->mark, "a test cannot have a %s peer of its own",
                             peer.kind == PEER_RELAYS ? "relaying" : "listening"),
                  "put it among the `peers` of the spec: programs are told where it listens");
    else if (i < t->n_peers)
        t->peers[i] = peer;
    else
        peer_add(l, t, &peer);
}

void test_peers_read(struct loader *l, const struct node *n, struct test *t)
{
    peers_of_test(l, t);
    for (size_t i = 0; n && is_map_of_peers(l, n) && i < n->n; i++)
        if (!n->items[i]->bad)
            own_peer(l, n->items[i], t);
}

bool peer_accepted(struct loader *l, const struct node *n, struct test *t, size_t listener, size_t *out)
{
    const char *name;

    if (node_is_empty(n)) {
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "`accepts` needs a name for whom it accepts"),
                  "like `%s accepts: conn`; later steps are `conn gets: ...`", t->peers[listener].name);
        return false;
    }
    for (size_t i = l->spec->n_peers; i < t->n_peers; i++)
        if (t->peers[i].kind == PEER_ACCEPTED && node_says(n, t->peers[i].name) &&
            t->peers[i].listener == listener) {
            *out = i;
            return true;
        }
    if (!actor_name(l, n, "whom a peer accepts", &name))
        return false;
    for (size_t i = 0; i < t->n_peers; i++)
        if (strcmp(t->peers[i].name, name) == 0) {
            diag_note(l->diags, diag_error(l->diags, n->mark, "`%s` is already a peer", name),
                      "steps name peers, so each name is used once");
            return false;
        }
    *out = t->n_peers;
    peer_add(l, t,
             &(struct peer){.name = name,
                            .mark = n->mark,
                            .kind = PEER_ACCEPTED,
                            .transport = t->peers[listener].transport,
                            .program = t->peers[listener].program,
                            .listener = listener,
                            .protocol = t->peers[listener].protocol,
                            .host = t->peers[listener].host,
                            .target = INADDR_LOOPBACK,
                            .tls = t->peers[listener].tls,
                            .impair = SIZE_MAX});
    return true;
}
