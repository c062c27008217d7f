/* media.c - see media.h. */
#include "media.h"

#include <arpa/inet.h>
#include <string.h>

/* Field by field: integers have the network's byte order on the wire, and ours in memory. */
void media_encode(const struct media *m, uint8_t wire[MEDIA_SIZE])
{
    uint32_t seq = htonl(m->seq), timestamp = htonl(m->timestamp);
    memcpy(wire, &seq, 4);
    memcpy(wire + 4, &timestamp, 4);
    memcpy(wire + 8, m->samples, SAMPLES);
}

bool media_decode(struct media *m, const uint8_t *wire, size_t n)
{
    uint32_t seq, timestamp;
    if (n != MEDIA_SIZE)
        return false;
    memcpy(&seq, wire, 4);
    memcpy(&timestamp, wire + 4, 4);
    m->seq = ntohl(seq);
    m->timestamp = ntohl(timestamp);
    memcpy(m->samples, wire + 8, SAMPLES);
    return true;
}
