/*
 * client.h - one connection: what came from it and is no whole line yet, and what is still to be sent to it.
 *
 * Whatever anybody says goes to everybody, and nobody reads at the same pace. So each client has a queue of
 * its own: putting a line there never waits, and the queue shrinks whenever this client's socket has room.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_LINE 512 /* bytes of a line that a client sends, without its line feed */
#define MAX_NICK 16

/* More than a line, so that a full `in` always holds either a line feed or a line that is too long. */
#define IN_SIZE 4096
/* A client that has not taken this much of what is there for it is not read any further: its own replies, at
 * least, it cannot pile up. */
#define OUT_BUSY 65536
/* And a client that is this far behind the talk of the others is given up. */
#define OUT_MAX (16 * 1024 * 1024)

struct client {
    int fd;
    char nick[MAX_NICK + 1]; /* empty: it has none, and is no member */
    char in[IN_SIZE];
    size_t in_used;
    bool skipping; /* in the middle of a line that is too long */

    char *out;
    size_t out_from, out_to, out_room; /* what is between `from` and `to` is still to be sent */

    bool ended;    /* it sends no more */
    bool leaving;  /* it has said QUIT: send what is in `out`, and read nothing into `in` any more */
    bool said_bye; /* leaving, and all is sent */
    bool lost;     /* broken, or too far behind */
};

struct client *client_new(int fd); /* takes the descriptor; NULL when memory is short */
void client_free(struct client *c);

/* Puts bytes at the end of the queue, and never waits. */
void client_put(struct client *c, const void *bytes, size_t n);
/* Drops n bytes at the front of c->in. What is left over is the beginning of the next line. */
void client_consume(struct client *c, size_t n);

short client_events(const struct client *c); /* what to poll for */
void client_read(struct client *c);          /* one read, if there is room for it */
void client_write(struct client *c);         /* as much of the queue as the socket takes now */
/* Is there nothing more to do for this client? Call it when all that was read has been answered. */
bool client_is_over(struct client *c);

#endif
