/* datagram.c - addresses of datagrams: who answers, and from where. */
#include "judge/diagnose/diagnose.h"

static const char *detect_new_reply_socket(const struct evidence *e)
{
    if (!e->failed || !e->failed->from_port || !e->program || e->program->n_ports == 0)
        return NULL;
    return arena_printf(e->arena, "it was asked on port %u, and the answer came from port %u", e->program->ports[0],
                        e->failed->from_port);
}

static const struct diagnosis new_reply_socket = {
    "new-reply-socket", FAMILY_DATAGRAM, "the answer is sent from another socket than the one that was asked",
    "Reply on the socket you received on: the client expects the answer from the port it asked.", 'D'};

const struct detector datagram_detectors[] = {
    {&new_reply_socket, detect_new_reply_socket},
    {NULL, NULL},
};
