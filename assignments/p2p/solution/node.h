/* node.h - what a peer knows and wants: its links, and the file that it is looking for. The protocol. */
#ifndef NODE_H
#define NODE_H

#include "link.h"
#include "share.h"

#define MAX_LINKS 200

/* The file that the user wants. One at a time: the next `get` is read when this one has come to an end. */
struct fetch {
    char name[MAX_NAME + 1]; /* empty: none is wanted */
    struct link *from;       /* whom we have asked */
    unsigned asked;          /* the order of that link: later ones are still to be asked */
    int fd;                  /* what comes is written there, once DATA was read; else -1 */
    uint64_t size, left;
};

struct node {
    uint16_t port; /* where we can be dialled */
    int dir;
    struct link *links[MAX_LINKS];
    size_t n_links;
    unsigned hellos; /* that we have heard */
    struct fetch fetch;
};

/* Adds a connection that was dialled or accepted. Takes the descriptor, in any case. */
void node_add(struct node *n, int fd, bool dialled, struct in_addr host, uint16_t port, bool connecting);
/* Dials, without waiting for an answer. */
void node_dial(struct node *n, struct in_addr host, uint16_t port);

/* The user wants a file. */
void node_get(struct node *n, const char *name);

void node_hear(struct node *n, struct link *l); /* acts on all that l has brought */
void node_lose(struct node *n, struct link *l); /* l is over: frees it */

#endif
