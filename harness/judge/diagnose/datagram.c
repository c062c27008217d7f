/* datagram.c - addresses of datagrams: who answers, and from where. */
#include "judge/diagnose/diagnose.h"

/* Only a step with `from:` fails for the port: elsewhere the answer itself was wrong. */
static const char *detect_new_reply_socket(const struct evidence *e)
{
    const struct peer *peer;

    if (!e->failed || !e->failed->from_port || !e->step || !e->step->from_service ||
        e->step->actor_kind != ACTOR_PEER || !e->program)
        return NULL;
    peer = &e->test->peers[e->step->actor];
    if (peer->endpoint >= e->program->n_ports)
        return NULL;
    return arena_printf(e->arena, "it was asked on port %u, and the answer came from port %u",
                        e->program->ports[peer->endpoint], e->failed->from_port);
}

static const struct diagnosis new_reply_socket = {
    "new-reply-socket", FAMILY_DATAGRAM, "the answer is sent from another socket than the one that was asked",
    "Reply on the socket you received on: the client expects the answer from the port it asked.", 'D'};

const struct detector datagram_detectors[] = {
    {&new_reply_socket, detect_new_reply_socket},
    {NULL, NULL},
};
