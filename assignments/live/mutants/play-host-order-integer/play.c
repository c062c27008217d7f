/*
 * play PORT.
 * The mistake: ntohl() is missing.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define KEPT 100

static uint8_t frames[KEPT][160];
static int there[KEPT];

static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int main(int argc, char **argv)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0), started = 0, silent = 0;
    uint32_t next = 0;
    long due = 0;
    if (argc != 2)
        return 1;
    any.sin_port = htons(atoi(argv[1]));
    if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0) {
        perror("bind");
        return 2;
    }
    while (silent < 50) {
        struct pollfd p = {fd, POLLIN, 0};
        long wait = due - now();
        if (poll(&p, 1, !started ? -1 : wait > 0 ? wait : 0) > 0) {
            uint32_t packet[42 + 1];
            ssize_t n = recv(fd, packet, sizeof packet, 0);
            uint32_t seq = packet[0];
            if (n != 168)
                continue;
            if (!started) {
                started = 1;
                next = seq;
                due = now() + 200;
            }
            if ((int32_t)(seq - next) >= 0 && seq - next < KEPT) {
                memcpy(frames[seq % KEPT], packet + 2, 160);
                there[seq % KEPT] = 1;
            }
            continue;
        }
        if (there[next % KEPT]) {
            silent = 0;
        } else {
            memset(frames[next % KEPT], 128, 160);
            silent++;
        }
        fwrite(frames[next % KEPT], 160, 1, stdout);
        fflush(stdout);
        there[next % KEPT] = 0;
        next++;
        due += 20;
    }
    return 0;
}
