/*
 * tone.c - tone HOST PORT SECS: sends a tone, as a live source does.
 *
 * A live source cannot send faster than its sound is made, and must not send slower. So packet n leaves n
 * times 20 ms after the first. Nobody acknowledges anything, and nothing is sent again: what came a moment
 * too late would be of no use to the listener.
 */
#include "clock.h"
#include "media.h"
#include "udp.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <sys/socket.h>

/* Sample t of the sound: a square wave of 160 Hz. It depends on t alone, so it goes on smoothly from one
 * packet to the next. */
static uint8_t wave(uint32_t t)
{
    return t % 50 < 25 ? 192 : 64;
}

static void send_frame(int fd, uint32_t seq)
{
    struct media m = {.seq = seq, .timestamp = seq * SAMPLES};
    uint8_t wire[MEDIA_SIZE];
    for (uint32_t i = 0; i < SAMPLES; i++)
        m.samples[i] = wave(m.timestamp + i);
    media_encode(&m, wire);
    /* Nobody listens: that is told by the *next* send, which then sends nothing. So it is done once more. */
    if (send(fd, wire, sizeof(wire), 0) < 0 && errno == ECONNREFUSED)
        (void)send(fd, wire, sizeof(wire), 0);
}

int main(int argc, char **argv)
{
    long secs =
        argc == 4 && read_number(argv[2], 65535) ? read_number(argv[3], UINT32_MAX / SAMPLES / FRAMES) : 0;
    if (secs == 0) {
        fprintf(stderr, "usage: tone HOST PORT SECS\n");
        return EXIT_USAGE;
    }
    int fd = udp_open_to(argv[1], argv[2]);
    if (fd < 0)
        return EXIT_NETWORK;
    long long begun = now_us();
    for (uint32_t seq = 0; seq < (uint32_t)secs * FRAMES; seq++) {
        sleep_until(begun + seq * INTERVAL);
        send_frame(fd, seq);
    }
    return EXIT_OK;
}
