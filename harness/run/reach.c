#include "run/reach.h"

bool reach_serves(const struct spec *s, const struct program_record *p, size_t endpoint,
                  const struct listener_record *l)
{
    const struct program *program = &s->programs[p->program];
    const struct endpoint *e = &program->listens[endpoint];

    if (endpoint >= p->n_ports || endpoint >= program->n_listens || l->transport != (uint8_t)e->transport)
        return false;
    if (p->ports[endpoint])
        return l->port == p->ports[endpoint];
    for (size_t i = 0; i < p->n_ports && i < program->n_listens;
         i++) /* to be found: any but those that are known */
        if (program->listens[i].transport == e->transport && p->ports[i] == l->port)
            return false;
    return true;
}

/* Peers speak IPv4, each to an address of its own choice. Without peers only other programs need reach it. */
static bool is_reached(const struct spec *s, const struct program_record *p, size_t endpoint,
                       const struct listener_record *l)
{
    bool spoken_to = false;

    for (size_t i = 0; i < s->n_peers; i++) {
        if (s->peers[i].kind != PEER_CONNECTS || s->peers[i].program != p->program ||
            s->peers[i].endpoint != endpoint)
            continue;
        if (listener_takes(l, s->peers[i].target))
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
