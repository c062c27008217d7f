/*
 * packet.h - what the two programs have in common: a packet, as a structure and as the bytes of a datagram.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };
enum { DATA = 1, ACK = 2, FIN = 3 };

#define HEADER 8
#define MAX_PAYLOAD 1000

struct packet {
    uint8_t type;
    uint16_t number, length;
    unsigned char payload[MAX_PAYLOAD];
};

/* Writes the packet to bytes, which have room for HEADER + MAX_PAYLOAD. Returns how many there are. */
size_t packet_put(const struct packet *p, unsigned char *bytes);
/* Returns false for a datagram that is no packet, or a damaged one. */
bool packet_get(struct packet *p, const unsigned char *bytes, size_t n);
