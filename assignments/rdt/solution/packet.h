/*
 * packet.h - the packets of the protocol, and the arithmetic of their numbers.
 *
 * Both programs need this, and neither socket nor clock is needed for it: bytes in, bytes out.
 */
#ifndef PACKET_H
#define PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { DATA = 1, ACK = 2, FIN = 3 };

#define HEADER 8
#define MAX_PAYLOAD 1000
#define MAX_PACKET (HEADER + MAX_PAYLOAD)

#define WINDOW 16      /* packets that may be under way at once */
#define TIMEOUT_MS 200 /* how long the sender waits for an acknowledgement */
#define TRIES 10       /* how often it sends the same packet before it gives up */

struct packet {
    uint8_t type;
    uint16_t number; /* DATA and FIN: the place in the file. ACK: the place of what is wanted next */
    uint16_t length;
    uint8_t payload[MAX_PAYLOAD];
};

/* Writes a packet as it goes over the wire, checksum and all. Returns its size. */
size_t packet_encode(const struct packet *p, uint8_t wire[MAX_PACKET]);

/* Reads a packet. Returns false for whatever is not one: also for one that was damaged on its way. */
bool packet_decode(struct packet *p, const uint8_t *wire, size_t n);

/*
 * How far b lies behind a, where numbers begin anew after 65535: negative when it lies before it. That is
 * well-defined as long as all numbers that are in use at one time lie within 32767 of each other, and a
 * window of 16,000 bytes sees to that.
 */
int number_distance(uint16_t a, uint16_t b);

/* Milliseconds of a clock that nobody sets back. */
long long now_ms(void);

#endif
