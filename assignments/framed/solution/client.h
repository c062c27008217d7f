/*
 * client.h - one connection and what it remembers between two reads.
 *
 * A stream has no messages. So bytes wait in `in` until they make a whole message, and answers wait in `out`
 * until the client takes them. Both buffers belong to one client: nothing that it does, or fails to do,
 * concerns another.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_LINE 1024    /* bytes of a line, without its line feed */
#define MAX_PAYLOAD 4096 /* bytes of a frame, without its length */

/* Room for the longest message of both modes, so that a full `in` always holds a whole one. */
#define IN_SIZE 8192
/* The longest answer to one message. A message is only taken when `out` has room for this much. */
#define MAX_ANSWER (2 + MAX_PAYLOAD)
#define OUT_SIZE (16 * MAX_ANSWER)

struct client {
    int fd;
    char in[IN_SIZE];
    size_t in_used;
    char out[OUT_SIZE];
    size_t out_used;
    bool skipping; /* line mode: in the middle of a line that is too long */
    bool ended;    /* the client sends no more */
    bool leaving;  /* we want to close: send what is in `out`, and read nothing into `in` any more */
    bool said_bye; /* leaving, and we have told the client so */
};

/*
 * A mode of the server takes one message from the front of c->in and puts the answer at the end of c->out,
 * where MAX_ANSWER bytes are free. It returns false when there is no whole message: then only more input
 * helps. Bytes in, bytes out: it never sees a socket, which is why it does not care how the bytes arrived.
 */
typedef bool serve_one(struct client *c);
serve_one line_serve_one, bin_serve_one;

void client_answer(struct client *c, const void *bytes, size_t n); /* appends to c->out */
void client_consume(struct client *c, size_t n);                   /* drops n bytes at the front of c->in */

struct client *client_new(int fd); /* takes the descriptor; NULL when memory is short */
void client_free(struct client *c);

short client_events(const struct client *c); /* what to poll for */
/* Reads, answers and writes as much as goes without waiting. Returns false when the connection is over. */
bool client_step(struct client *c, serve_one *serve);

#endif
