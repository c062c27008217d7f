/*
 * rsend HOST PORT FILE.
 * The mistake: writes integers in this machine's byte order.
 */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define DATA 1
#define ACK 2
#define FIN 3
#define HEADER 8
#define PAYLOAD 1000
#define WINDOW 16
#define RTO 200

typedef unsigned char u8;
typedef unsigned short u16;

struct sent {
    u8 packet[HEADER + PAYLOAD];
    int size;
    u16 end; /* the number of an ACK for it */
    int tries;
    long at;
};

static struct sent window[WINDOW]; /* window[0] is the oldest */
static int count;
static int fd;

static long now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static u16 checksum(const u8 *p, int n)
{
    unsigned long sum = 0;
    int i;
    for (i = 0; i < n; i++)
        sum += i % 2 ? p[i] : p[i] << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return ~sum;
}

static void transmit(struct sent *s)
{
    send(fd, s->packet, s->size, 0);
    s->tries++;
    s->at = now();
}

static void push(int type, u16 number, const u8 *payload, int length)
{
    struct sent *s = &window[count++];
    u16 sum;
    s->packet[0] = type;
    s->packet[1] = 0;
    memcpy(s->packet + 2, &number, 2);
    memcpy(s->packet + 4, &length, 2);
    s->packet[6] = s->packet[7] = 0;
    memcpy(s->packet + HEADER, payload, length);
    s->size = HEADER + length;
    sum = checksum(s->packet, s->size);
    s->packet[6] = sum >> 8;
    s->packet[7] = sum;
    s->end = number + (type == FIN ? 1 : length);
    s->tries = 0;
    transmit(s);
}

static void acked(u16 number)
{
    int i;
    for (i = 0; i < count; i++)
        if (window[i].end == number) {
            count -= i + 1;
            memmove(window, window + i + 1, count * sizeof(window[0]));
            return;
        }
}

/* waits for one packet until the oldest one is due */
static void wait_for_ack(void)
{
    u8 p[HEADER + PAYLOAD];
    struct pollfd wait = {fd, POLLIN, 0};
    long left = window[0].at + RTO - now();
    int n;
    if (poll(&wait, 1, left > 0 ? left : 0) <= 0)
        return;
    n = recv(fd, p, sizeof(p), 0);
    if (n == HEADER && p[0] == ACK && checksum(p, n) == 0)
        acked(p[2] << 8 | p[3]);
}

/* the oldest packet has waited too long */
static void again(void)
{
    if (window[0].tries == 10) {
        fprintf(stderr, "rsend: the receiver is gone\n");
        exit(2);
    }
    transmit(&window[0]);
}

int main(int argc, char **argv)
{
    struct addrinfo hints, *server;
    u8 payload[PAYLOAD];
    u16 number = 0;
    int n, at_end = 0;
    FILE *file;

    if (argc != 4) {
        fprintf(stderr, "usage: rsend HOST PORT FILE\n");
        return 1;
    }
    file = fopen(argv[3], "rb");
    if (!file) {
        perror(argv[3]);
        return 1;
    }
    memset(&hints, 0, sizeof(hints));
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_DGRAM;
    if (getaddrinfo(argv[1], argv[2], &hints, &server) != 0) {
        fprintf(stderr, "rsend: no such host: %s\n", argv[1]);
        return 2;
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (connect(fd, server->ai_addr, server->ai_addrlen) < 0) {
        perror("connect");
        return 2;
    }
    while (!at_end || count > 0) {
        while (!at_end && count < WINDOW) {
            n = fread(payload, 1, PAYLOAD, file);
            if (n > 0)
                push(DATA, number, payload, n);
            number += n;
            at_end = n < PAYLOAD;
        }
        if (count == 0)
            break;
        wait_for_ack();
        if (count > 0 && now() - window[0].at >= RTO)
            again();
    }
    push(FIN, number, payload, 0);
    while (count > 0) {
        wait_for_ack();
        if (count > 0 && now() - window[0].at >= RTO)
            again();
    }
    return 0;
}
