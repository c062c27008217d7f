/*
 * packet.c - a packet, as a structure and as the bytes of a datagram.
 */
#include "packet.h"

#include <string.h>

/* TODO: the Internet checksum (RFC 1071). */
static uint16_t checksum(const unsigned char *bytes, size_t n)
{
    (void)bytes;
    (void)n;
    return 0;
}

/* The high byte comes first, whatever this machine does. */
static void put16(unsigned char *at, uint16_t n)
{
    at[0] = (unsigned char)(n >> 8);
    at[1] = (unsigned char)n;
}

size_t packet_put(const struct packet *p, unsigned char *bytes)
{
    bytes[0] = p->type;
    bytes[1] = 0;
    put16(bytes + 2, p->number);
    put16(bytes + 4, p->length);
    put16(bytes + 6, 0);
    memcpy(bytes + HEADER, p->payload, p->length);
    put16(bytes + 6, checksum(bytes, HEADER + p->length));
    return HEADER + p->length;
}

bool packet_get(struct packet *p, const unsigned char *bytes, size_t n)
{
    /* TODO: is it as long as it says, is everything in its table's range, and does the checksum hold? */
    (void)p;
    (void)bytes;
    (void)n;
    return false;
}
