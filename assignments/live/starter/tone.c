/* tone.c - tone HOST PORT SECS: sends a tone, fifty packets a second. */
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define SAMPLES 160

/* Sample t of the tone. */
static uint8_t wave(uint32_t t)
{
    (void)t;
    return 128; /* TODO: a square wave; this is silence */
}

int main(int argc, char **argv)
{
    struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *listener;
    int secs = argc == 4 ? atoi(argv[3]) : 0;
    if (secs < 1) {
        fprintf(stderr, "usage: tone HOST PORT SECS\n");
        return 1;
    }
    if (getaddrinfo(argv[1], argv[2], &wanted, &listener) != 0)
        return 2;
    int fd = socket(listener->ai_family, listener->ai_socktype, 0);
    if (fd < 0)
        return 2;
    uint8_t packet[8 + SAMPLES] = {0};
    for (uint32_t i = 0; i < SAMPLES; i++)
        packet[8 + i] = wave(i);
    /* TODO: the number and the timestamp, high byte first (htonl). */
    /* TODO: one packet after the other, each when it is due. This is the first. */
    sendto(fd, packet, sizeof(packet), 0, listener->ai_addr, listener->ai_addrlen);
    return 0;
}
