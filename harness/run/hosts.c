/*
 * hosts.c - peers on other hosts: the network of the play is given their addresses.
 *
 * All of 127.0.0.0/8 is there anyhow. An address of a private network is one like any other to a program,
 * which may not even notice that there is no wire.
 */
#include "run/stage.h"

#include <errno.h>
#include <netinet/in.h>

static int add_host(struct stage *st, unsigned index, uint32_t host)
{
    int r;

    if (host == 0 || host >> 24 == IN_LOOPBACKNET)
        return 0;
    if (!st->net_private) {
        st->excused = "it needs hosts other than this one, which only a network of its own has";
        return -EADDRNOTAVAIL;
    }
    r = netns_add_host(index, host);
    return r == -EEXIST ? 0 : r;
}

int hosts_begin(struct stage *st)
{
    for (size_t i = 0; i < st->test->n_peers; i++) {
        const struct peer *p = st->peers[i].spec;
        int r;

        if (!peer_has_port(p) && !test_has_actor(st->test, ACTOR_PEER, i))
            continue; /* it never connects */
        r = add_host(st, (unsigned)i * 2, p->host);
        if (r == 0)
            r = add_host(st, (unsigned)i * 2 + 1, p->target);
        if (r < 0)
            return err_set(&st->err, r, "giving the network the addresses of %s", p->name);
    }
    return 0;
}
