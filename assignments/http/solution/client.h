/*
 * client.h - one connection and what it remembers between two turns.
 *
 * A stream has no messages. So bytes wait in `in` until they make a whole request, and the answer waits in
 * `out`, and in the file that it is about, until the client takes it. Nothing that one client does, or fails
 * to do, concerns another.
 */
#ifndef CLIENT_H
#define CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define IN_SIZE 16384 /* more than the longest request: a full `in` always holds a whole one */
#define OUT_SIZE 65536

struct client {
    int fd;
    char in[IN_SIZE];
    size_t in_used;
    char out[OUT_SIZE];
    size_t out_used;
    int file; /* of which `left` bytes are still to go out; -1: none */
    off_t left;
    bool ended;    /* the client sends no more */
    bool leaving;  /* we close when all is sent, and read no more requests */
    bool said_bye; /* leaving, and we have told the client so */
};

struct client *client_new(int fd); /* takes the descriptor; NULL when memory is short */
void client_free(struct client *c);

short client_events(const struct client *c); /* what to poll for */
/* Reads, answers and writes as much as goes without waiting. Returns false when the connection is over. */
bool client_step(struct client *c, const char *root);

#endif
