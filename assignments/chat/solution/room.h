/* room.h - who is there, and what is said: the protocol. It knows lines and members, and nothing of sockets.
 */
#ifndef ROOM_H
#define ROOM_H

#include "client.h"

#include <stdint.h>

#define MAX_CLIENTS 1000

struct room {
    struct client *clients[MAX_CLIENTS]; /* members, and those who are not yet */
    size_t n_clients;
    uint64_t number; /* of the last SAY that was accepted */
};

/* Answers all whole lines that c has sent, and tells the others what they are to know. */
void room_hear(struct room *r, struct client *c);
/* From here on c is no member any more, and its nick is free. */
void room_leave(struct client *c);

#endif
