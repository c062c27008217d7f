/* packet.c - packets to bytes and back. */
#include "packet.h"

#include <string.h>
#include <time.h>

/* Byte by byte: no struct of ours has the layout of the wire, and no integer of ours its byte order. */
static void put_u16(uint8_t *at, uint16_t value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)(value & 0xff);
}

static uint16_t get_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

/*
 * The Internet checksum (RFC 1071): the ones' complement of the ones' complement sum of all 16-bit words. Of
 * a packet that holds its own checksum, it is 0. A last odd byte counts as if a zero byte stood behind it.
 */
static uint16_t checksum(const uint8_t *bytes, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < n; i += 2)
        sum += get_u16(bytes + i);
    if (n % 2 != 0)
        sum += (uint32_t)bytes[n - 1] << 8;
    while (sum > 0xffff) /* what was carried out at the top comes in again at the bottom */
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

size_t packet_encode(const struct packet *p, uint8_t wire[MAX_PACKET])
{
    size_t n = HEADER + p->length;
    wire[0] = p->type;
    wire[1] = 0;
    put_u16(wire + 2, p->number);
    put_u16(wire + 4, p->length);
    put_u16(wire + 6, 0); /* the checksum counts itself as 0 */
    memcpy(wire + HEADER, p->payload, p->length);
    put_u16(wire + 6, checksum(wire, n));
    return n;
}

bool packet_decode(struct packet *p, const uint8_t *wire, size_t n)
{
    /* Whoever sent this may be anybody: nothing is believed before it was checked. */
    if (n < HEADER || n > MAX_PACKET || checksum(wire, n) != 0)
        return false;
    p->type = wire[0];
    p->number = get_u16(wire + 2);
    p->length = get_u16(wire + 4);
    if (wire[1] != 0 || p->length != n - HEADER)
        return false;
    memcpy(p->payload, wire + HEADER, p->length);
    return p->type == DATA ? p->length > 0 : (p->type == ACK || p->type == FIN) && p->length == 0;
}

int number_distance(uint16_t a, uint16_t b)
{
    return (int16_t)(uint16_t)(b - a);
}

long long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}
