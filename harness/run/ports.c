#include "run/ports.h"
#include "base/fd.h"

#include <errno.h>
#include <stdio.h>

#define FIRST_PORT 20000
#define LAST_PORT 32767
#define TRIES 1000

static int lock_port(uint16_t port)
{
    char name[40];

    snprintf(name, sizeof name, "sockgrade-port-%u", port);
    return fd_claim(name);
}

static bool in_use(struct sockdiag *d, uint16_t port)
{
    struct sock_infos infos = {0};
    bool used = false;

    if (sockdiag_list(d, IPPROTO_TCP, ~0u, &infos) < 0 || sockdiag_list(d, IPPROTO_UDP, ~0u, &infos) < 0)
        used = true;
    for (size_t i = 0; i < infos.n; i++)
        used |= addr_port(&infos.infos[i].local) == port;
    sock_infos_deinit(&infos);
    return used;
}

static bool clashes(uint16_t port, const uint16_t *ports, size_t n)
{
    uint16_t swapped = (uint16_t)(port << 8 | port >> 8);

    if (swapped == port || swapped < 1024)
        return true;
    for (size_t i = 0; i < n; i++)
        if (ports[i] == port || ports[i] == swapped)
            return true;
    return false;
}

static int choose(struct rng *r, bool net_private, struct sockdiag *d, uint16_t *ports, int *locks, size_t i)
{
    for (int tries = 0; tries < TRIES; tries++) {
        uint16_t port = (uint16_t)(FIRST_PORT + rng_below(r, LAST_PORT - FIRST_PORT + 1));

        if (clashes(port, ports, i))
            continue;
        if (!net_private) {
            locks[i] = lock_port(port);
            if (locks[i] < 0)
                continue;
            if (in_use(d, port)) {
                fd_closep(&locks[i]);
                continue;
            }
        }
        ports[i] = port;
        return 0;
    }
    return -EADDRINUSE;
}

int ports_choose(struct rng *r, bool net_private, struct sockdiag *d, uint16_t *ports, int *locks, size_t n)
{
    ports_release(locks, n);
    for (size_t i = 0; i < n; i++) {
        int error = choose(r, net_private, d, ports, locks, i);
        if (error < 0)
            return error;
    }
    return 0;
}

void ports_release(int *locks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fd_closep(&locks[i]);
}
