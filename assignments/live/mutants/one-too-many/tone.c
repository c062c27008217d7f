/*
 * tone HOST PORT SECS.
 * The mistake: counts to n, and begins at 0.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct packet {
    uint32_t seq;
    uint32_t timestamp;
    uint8_t samples[160];
};

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *ai;
    struct timespec pause = {.tv_nsec = 20 * 1000 * 1000};
    struct packet p;
    uint32_t t = 0;
    if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &ai) != 0) {
        fprintf(stderr, "usage: tone HOST PORT SECS\n");
        return 1;
    }
    int fd = socket(AF_INET, SOCK_DGRAM, 0), n = atoi(argv[3]) * 50;
    for (int i = 0; i <= n; i++) {
        p.seq = htonl(i);
        p.timestamp = htonl(t);
        for (int k = 0; k < 160; k++, t++)
            p.samples[k] = t % 50 < 25 ? 192 : 64;
        sendto(fd, &p, sizeof p, 0, ai->ai_addr, ai->ai_addrlen);
        nanosleep(&pause, NULL);
    }
    return 0;
}
