/*
 * tone.c - sends a media stream: 50 datagrams a second, each at its time. What it does wrong, -DMISTAKE.
 *
 *   tone HOST PORT SECONDS
 *
 * SLOW: 36 a second; FAST: 62; BURSTS: ten at once; SILENT: nothing at all.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>

#if defined SLOW
#define PERIOD 28000000
#elif defined FAST
#define PERIOD 16000000
#else
#define PERIOD 20000000
#endif
#ifdef BURSTS
#define AT_ONCE 10
#else
#define AT_ONCE 1
#endif

int main(int argc, char **argv)
{
    struct sockaddr_in to = {.sin_family = AF_INET};
    char packet[168] = {0};
    struct timespec next;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (argc != 4 || inet_pton(AF_INET, argv[1], &to.sin_addr) != 1)
        return 64;
    to.sin_port = htons((uint16_t)atoi(argv[2]));
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        return 1;
    clock_gettime(CLOCK_MONOTONIC, &next);
    for (uint32_t i = 0, n = (uint32_t)atoi(argv[3]) * 50; i < n; i += AT_ONCE) {
        for (uint32_t k = 0; k < AT_ONCE; k++) {
            uint32_t head[2] = {htonl(i + k), htonl((i + k) * 160)};

            __builtin_memcpy(packet, head, sizeof head);
#ifndef SILENT
            send(fd, packet, sizeof packet, 0);
#endif
        }
        next.tv_nsec += PERIOD * AT_ONCE;
        next.tv_sec += next.tv_nsec / 1000000000;
        next.tv_nsec %= 1000000000;
        /* lint: allow sleep: it keeps the pace that is measured */
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    return 0;
}
