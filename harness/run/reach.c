#include "run/reach.h"

#include <netinet/in.h>
#include <string.h>

bool reach_serves(const struct spec *s, const struct program_record *p, size_t endpoint,
                  const struct listener_record *l)
{
    const struct program *program = &s->programs[p->program];
    const struct endpoint *e = &program->listens[endpoint];

    if (endpoint >= p->n_ports || endpoint >= program->n_listens || l->transport != (uint8_t)e->transport)
        return false;
    if (e->transport == TRANSPORT_UNIX)
        return l->address && strcmp(l->address, e->path) == 0;
    if (p->ports[endpoint])
        return l->port == p->ports[endpoint];
    for (size_t i = 0; i < p->n_ports && i < program->n_listens;
         i++) /* to be found: any but those that are known */
        if (program->listens[i].transport == e->transport && p->ports[i] == l->port)
            return false;
    return true;
}

/* Who speaks to 127.0.0.1 means this machine, and may go by its name as well. That stands for another address
 * of it: in a container for that of its network, on Debian for this one (Debian Reference, "The hostname
 * resolution"). */
#define HOST_NAME_ADDRESS 0x7f000101u

uint32_t reach_address(const struct listener_record *l, uint32_t target)
{
    if (listener_takes(l, target))
        return target;
    if (target != INADDR_LOOPBACK || l->no_ipv4 || (l->loopback && l->ipv4 != HOST_NAME_ADDRESS))
        return 0;
    return l->ipv4;
}

/* Peers speak IPv4, each to an address of its own choice. Without peers only other programs need reach it. */
static bool is_reached(const struct spec *s, const struct program_record *p, size_t endpoint,
                       const struct listener_record *l)
{
    bool spoken_to = false;

    if (l->transport == TRANSPORT_UNIX)
        return true;
    for (size_t i = 0; i < s->n_peers; i++) {
        if (s->peers[i].kind != PEER_CONNECTS || s->peers[i].program != p->program ||
            s->peers[i].endpoint != endpoint)
            continue;
        if (reach_address(l, s->peers[i].target))
            return true;
        spoken_to = true;
    }
    return !spoken_to;
}

const struct listener_record *reach_listener(const struct spec *s, const struct program_record *p,
                                             size_t endpoint)
{
    for (size_t i = 0; i < p->n_listeners; i++)
        if (reach_serves(s, p, endpoint, &p->listeners[i]) && is_reached(s, p, endpoint, &p->listeners[i]))
            return &p->listeners[i];
    return NULL;
}
