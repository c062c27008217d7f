/*
 * tone HOST PORT SECS.
 * The mistake: the packet is a struct whose timestamp is a long, and is sent as the compiler has laid it out.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

struct media {
    unsigned int seq;
    unsigned long timestamp;
    unsigned char samples[160];
};

static int dial(const char *host, const char *port)
{
    struct addrinfo hints, *server;
    int fd;

    memset(&hints, 0, sizeof(hints));
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_DGRAM;
    if (getaddrinfo(host, port, &hints, &server) != 0)
        return -1;
    fd = socket(server->ai_family, server->ai_socktype, 0);
    if (connect(fd, server->ai_addr, server->ai_addrlen) < 0)
        return -1;
    freeaddrinfo(server);
    return fd;
}

static void fill(struct media *m, unsigned int seq)
{
    memset(m, 0, sizeof(*m));
    m->seq = htonl(seq);
    m->timestamp = htonl(seq * 160);
    for (unsigned int i = 0; i < 160; i++)
        m->samples[i] = (seq * 160 + i) % 50 < 25 ? 0xc0 : 0x40;
}

int main(int argc, char **argv)
{
    struct timespec due;
    struct media packet;
    int fd;

    if (argc != 4) {
        fprintf(stderr, "usage: tone HOST PORT SECS\n");
        return 1;
    }
    fd = dial(argv[1], argv[2]);
    if (fd < 0) {
        perror("tone");
        return 2;
    }
    clock_gettime(CLOCK_MONOTONIC, &due);
    for (int seq = 0; seq < 50 * atoi(argv[3]); seq++) {
        fill(&packet, seq);
        send(fd, &packet, sizeof(packet), 0);
        due.tv_nsec += 20000000;
        if (due.tv_nsec >= 1000000000) {
            due.tv_nsec -= 1000000000;
            due.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    return 0;
}
