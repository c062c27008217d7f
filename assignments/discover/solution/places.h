/* places.h - where the service is: addresses with a port, in order, each of them once. */
#ifndef PLACES_H
#define PLACES_H

#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MAX_PLACES 256

/* Both in the byte order of this machine, for numbers can be compared only there. */
struct place {
    uint32_t address;
    uint16_t port;
};

struct places {
    struct place list[MAX_PLACES]; /* sorted by address, then by port */
    size_t n;
};

/* Adds a place, unless it is there already. What goes beyond MAX_PLACES is left out. */
void places_add(struct places *p, struct in_addr address, uint16_t port);
void places_print(const struct places *p, FILE *to); /* one in a line */

/* The same place as the calls of the kernel want it. */
struct sockaddr_in place_address(const struct place *p);

#endif
