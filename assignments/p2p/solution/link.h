/*
 * link.h - one connection to another peer, whoever has dialled it.
 *
 * Both sides ask, and both sides answer, on the same two streams. So a link must be read whenever something
 * comes, even while a file goes out that takes long: the other side may be in the very same position.
 */
#ifndef LINK_H
#define LINK_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_LINE 512 /* without its line feed */

struct link {
    int fd;
    bool dialled;    /* by us */
    bool connecting; /* the dialled one has not answered yet */
    bool hello;      /* the other side has said HELLO: from here on it counts as linked */
    unsigned order;  /* of the links, by when they said HELLO */

    /* Who is at the other end: its address, and the port where it can be dialled. And our address here. */
    struct in_addr host, here;
    uint16_t port;

    char in[16384];
    size_t in_used;
    size_t peers_due; /* this many lines of a PEERS are still to come */

    char out[65536];
    size_t out_from, out_to; /* what is between them is still to be sent */
    int file;                /* goes out behind that, unless it is -1 */
    uint64_t file_left;      /* this much of it is not in `out` yet */
    char ask[MAX_LINE];      /* a request of ours that has to wait until the file is out; or empty */

    bool ended; /* the other side sends no more */
    bool lost;  /* broken, or against the rules */
};

struct link *link_new(int fd, bool dialled); /* takes the descriptor; NULL when memory is short */
void link_free(struct link *l);

/* Puts a line at the end of what is to be sent. Not while a file goes out: it would be in the middle of it.
 */
void link_say(struct link *l, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Drops n bytes at the front of l->in. */
void link_consume(struct link *l, size_t n);

short link_events(const struct link *l); /* what to poll for */
void link_read(struct link *l);          /* one read, if there is room for it */
void link_write(struct link *l);         /* as much as the socket takes now, of the file too */
bool link_is_over(const struct link *l);

#endif
