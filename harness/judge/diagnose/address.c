/* address.c - ports and addresses: where the program listens, and where it should. */
#include "judge/diagnose/diagnose.h"

#define FIRST_EPHEMERAL 32768 /* Linux's default: /proc/sys/net/ipv4/ip_local_port_range */

static bool failed_with(const struct evidence *e, enum readiness r)
{
    return e->failed && e->failed->outcome == STEP_NOT_LISTENING && e->program && e->program->readiness == r;
}

static bool is_swapped(uint16_t given, uint16_t port)
{
    return port == (uint16_t)(given << 8 | given >> 8);
}

static bool is_ephemeral(uint16_t given, uint16_t port)
{
    return port >= FIRST_EPHEMERAL && !is_swapped(given, port);
}

/* The port it listens on instead of the missing one, as far as that fits; 0: none does. */
static uint16_t elsewhere(const struct evidence *e, bool (*fits)(uint16_t given, uint16_t port),
                          uint16_t *given)
{
    enum transport transport = TRANSPORT_TCP;

    if (!failed_with(e, READY_OTHER_PORT))
        return 0;
    *given = evidence_missing_port(e, &transport);
    for (size_t i = 0; *given && i < e->program->n_listeners; i++) {
        const struct listener_record *l = &e->program->listeners[i];
        if (l->transport == (uint8_t)transport && !evidence_was_given(e->program, l->port) &&
            fits(*given, l->port))
            return l->port;
    }
    return 0;
}

static const char *detect_missing_htons(const struct evidence *e)
{
    uint16_t given, port = elsewhere(e, is_swapped, &given);

    if (!port)
        return NULL;
    return arena_printf(
        e->arena, "it was given port %u (0x%04x) and listens on %u (0x%04x): the same two bytes, swapped",
        given, given, port, port);
}

static const char *detect_port_not_bound(const struct evidence *e)
{
    uint16_t given, port = elsewhere(e, is_ephemeral, &given);

    if (!port || detect_missing_htons(e))
        return NULL;
    return arena_printf(e->arena, "it was given port %u and listens on %u, which the kernel chose for it",
                        given, port);
}

static const char *detect_wrong_transport(const struct evidence *e)
{
    if (!failed_with(e, READY_OTHER_TRANSPORT))
        return NULL;
    return "its socket on that port is of the other kind: SOCK_STREAM is TCP, SOCK_DGRAM is UDP";
}

static const struct diagnosis missing_htons = {
    "missing-htons", FAMILY_ADDRESS, "the port number is not in network byte order",
    "Put the port through htons() before you bind or connect.", 'A'};
static const struct diagnosis port_not_bound = {
    "port-not-bound", FAMILY_ADDRESS, "the socket is not bound to the port that was given",
    "Bind the port you were given before you listen; ports are 16 bits wide: htons, not htonl.", 'A'};
static const struct diagnosis wrong_transport = {"wrong-transport", FAMILY_ADDRESS,
                                                 "the socket is of the wrong kind",
                                                 "TCP needs SOCK_STREAM, UDP needs SOCK_DGRAM.", 'T'};

const struct detector address_detectors[] = {
    {&missing_htons, detect_missing_htons},
    {&port_not_bound, detect_port_not_bound},
    {&wrong_transport, detect_wrong_transport},
    {NULL, NULL},
};
