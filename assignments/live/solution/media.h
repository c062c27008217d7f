/* media.h - the packets of a sound: bytes to numbers and back, without any socket. */
#ifndef MEDIA_H
#define MEDIA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SAMPLES 160 /* of a frame: 20 ms, at 8000 a second, a byte each */
#define FRAMES 50   /* in a second */
#define SILENCE 128 /* a sample of nothing: the middle between 0 and 255 */
#define MEDIA_SIZE (8 + SAMPLES)

struct media {
    uint32_t seq;
    uint32_t timestamp; /* the number of the frame's first sample */
    uint8_t samples[SAMPLES];
};

void media_encode(const struct media *m, uint8_t wire[MEDIA_SIZE]);

/* Returns false for what is no packet. */
bool media_decode(struct media *m, const uint8_t *wire, size_t n);

#endif
