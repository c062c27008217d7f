/*
 * hosts.c - peers on other hosts: the network of the play is given their addresses, and /etc/hosts their
 * names.
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

/* Does the test have to do with p, or with a program that is told of it? */
static bool is_involved(const struct stage *st, size_t peer)
{
    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (program_names_peer(test_program(st->spec, st->test, i), peer) &&
            test_has_actor(st->test, ACTOR_PROGRAM, i))
            return true;
    return test_has_actor(st->test, ACTOR_PEER, peer);
}

/* The first address of two: there is none that sorts before ::1 (RFC 6724). */
static int name_hosts(struct stage *st)
{
    _cleanup_buf_ struct buf lines = BUF_INIT;
    bool own_files = st->request->isolation == ISOLATION_FULL;

    for (size_t i = 0; i < st->spec->n_peers; i++) {
        const struct peer *p = &st->spec->peers[i];

        if (!p->domain)
            continue;
        if (!own_files && is_involved(st, i)) {
            st->excused = "it needs names for hosts, which only a file system of its own has";
            return -EADDRNOTAVAIL;
        }
        buf_printf(&lines, "::1 %s\n%u.%u.%u.%u %s\n", p->domain, p->host >> 24, p->host >> 16 & 255,
                   p->host >> 8 & 255, p->host & 255, p->domain);
    }
    buf_byte(&lines, 0);
    if (own_files && lines.len > 1)
        st->names = (const char *)arena_bytes(&st->arena, buf_view(&lines)).data;
    return 0;
}

int hosts_begin(struct stage *st)
{
    int named = name_hosts(st);

    if (named < 0)
        return err_set(&st->err, named, "giving hosts their names");
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
