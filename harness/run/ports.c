#include "run/ports.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_PORT 20000
#define LAST_PORT 32767
#define TRIES 1000

static int lock_port(uint16_t port)
{
    char name[40];

    snprintf(name, sizeof name, "sockgrade-port-%u", port);
    return fd_claim(name);
}

#define ALL_STATES (~0u)
#define LISTENING (1u << TCP_STATE_LISTEN)

/* By a TCP socket in one of the states, or by a UDP socket. */
static bool in_use(struct sockdiag *d, uint16_t port, uint32_t states)
{
    struct sock_infos infos = {0};
    bool used = false;

    if (sockdiag_list(d, IPPROTO_TCP, states, &infos) < 0 ||
        sockdiag_list(d, IPPROTO_UDP, ALL_STATES, &infos) < 0)
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

struct wish {
    struct rng *rng;
    bool net_private;
    struct sockdiag *diag;
    const uint16_t *taken;
    size_t n_taken;
};

static int choose(const struct wish *w, uint16_t *ports, int *locks, size_t i)
{
    for (int tries = 0; tries < TRIES; tries++) {
        uint16_t port = (uint16_t)(FIRST_PORT + rng_below(w->rng, LAST_PORT - FIRST_PORT + 1));

        if (clashes(port, ports, i) || clashes(port, w->taken, w->n_taken))
            continue;
        if (!w->net_private) {
            locks[i] = lock_port(port);
            if (locks[i] < 0)
                continue;
            if (in_use(w->diag, port, ALL_STATES)) {
                fd_closep(&locks[i]);
                continue;
            }
        }
        ports[i] = port;
        return 0;
    }
    return -EADDRINUSE;
}

int ports_choose(struct rng *r, bool net_private, struct sockdiag *d, const uint16_t *taken, size_t n_taken,
                 uint16_t *ports, int *locks, size_t n)
{
    struct wish w = {r, net_private, d, taken, n_taken};

    ports_release(locks, n);
    for (size_t i = 0; i < n; i++) {
        int error = choose(&w, ports, locks, i);
        if (error < 0)
            return error;
    }
    return 0;
}

/* ---- a certain port ------------------------------------------------------------------------------------ */

#define PORT_PATIENCE (70 * NS_PER_S) /* TIME_WAIT lasts 60 s */
#define PORT_LOOK (50 * NS_PER_MS)

static bool is_privileged(uint16_t port)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    int r = fd_read_file(AT_FDCWD, "/proc/sys/net/ipv4/ip_unprivileged_port_start", 64, &text);

    buf_byte(&text, 0);
    return port < (r < 0 ? 1024 : atoi((const char *)text.data));
}

enum port_claim ports_claim(struct loop *loop, struct sockdiag *d, uint16_t port, int *lock)
{
    int64_t deadline = clock_now() + PORT_PATIENCE;

    if (is_privileged(port))
        return PORT_PRIVILEGED;
    do {
        if (*lock < 0)
            *lock = lock_port(port);
        if (*lock >= 0 && in_use(d, port, LISTENING))
            return PORT_TAKEN;
        if (*lock >= 0 && !in_use(d, port, ALL_STATES))
            return PORT_CLAIMED;
    } while (clock_now() < deadline && loop_run(loop, PORT_LOOK) >= 0);
    return PORT_TAKEN;
}

void ports_release(int *locks, size_t n)
{
    for (size_t i = 0; i < n; i++)
        fd_closep(&locks[i]);
}
