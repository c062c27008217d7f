/* address.c - ports and addresses: where the program listens, and where it should. */
#include "judge/diagnose/diagnose.h"

#define FIRST_EPHEMERAL 32768 /* Linux's default: /proc/sys/net/ipv4/ip_local_port_range */

/* Its only wrong listener, when the program listens, but not where it should. */
static const struct listener_record *elsewhere(const struct evidence *e)
{
    if (!e->failed || e->failed->outcome != STEP_NOT_LISTENING || e->program->readiness != READY_OTHER_PORT ||
        e->program->n_listeners == 0 || e->program->n_ports == 0)
        return NULL;
    return &e->program->listeners[0];
}

static const char *detect_missing_htons(const struct evidence *e)
{
    const struct listener_record *l = elsewhere(e);
    unsigned port = l ? e->program->ports[0] : 0;

    if (!l || l->port != (uint16_t)(port << 8 | port >> 8))
        return NULL;
    return arena_printf(e->arena, "it was given port %u (0x%04x) and listens on %u (0x%04x): the same two bytes, swapped", port,
                        port, l->port, l->port);
}

static const char *detect_port_not_bound(const struct evidence *e)
{
    const struct listener_record *l = elsewhere(e);

    if (!l || l->port < FIRST_EPHEMERAL || detect_missing_htons(e))
        return NULL;
    return arena_printf(e->arena, "it was given port %u and listens on %u, which the kernel chose for it", e->program->ports[0],
                        l->port);
}

static const char *detect_wrong_transport(const struct evidence *e)
{
    if (!e->failed || e->failed->outcome != STEP_NOT_LISTENING || e->program->readiness != READY_OTHER_TRANSPORT)
        return NULL;
    return "its socket on that port is of the other kind: SOCK_STREAM is TCP, SOCK_DGRAM is UDP";
}

static const struct diagnosis missing_htons = {
    "missing-htons", FAMILY_ADDRESS, "the port number is not in network byte order",
    "Put the port through htons() before you bind or connect.", 'A'};
static const struct diagnosis port_not_bound = {
    "port-not-bound", FAMILY_ADDRESS, "the socket is not bound to the port that was given",
    "Bind the port you were given before you listen; ports are 16 bits wide: htons, not htonl.", 'A'};
static const struct diagnosis wrong_transport = {
    "wrong-transport", FAMILY_ADDRESS, "the socket is of the wrong kind",
    "TCP needs SOCK_STREAM, UDP needs SOCK_DGRAM.", 'T'};

const struct detector address_detectors[] = {
    {&missing_htons, detect_missing_htons},
    {&port_not_bound, detect_port_not_bound},
    {&wrong_transport, detect_wrong_transport},
    {NULL, NULL},
};
