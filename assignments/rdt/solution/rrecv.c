/*
 * rrecv.c - rrecv PORT OUT: receives a file over UDP, which may lose, double, reorder and damage packets.
 *
 * The receiver has no timer: it only answers. Each packet is answered with the number of the byte that is
 * wanted next, whatever that packet brought. So a packet that comes twice is answered twice, for perhaps our
 * first answer was lost, but its bytes are written once: they lie before the byte that is wanted next.
 *
 * What comes too early is kept, each byte in its place, until the gap before it is filled.
 */
#include "packet.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define ROOM (WINDOW * MAX_PAYLOAD)    /* bytes: the sender has no more under way */
#define LINGER_MS (TRIES * TIMEOUT_MS) /* as long as a sender may go on asking */

struct receiver {
    int fd;
    FILE *out;
    uint16_t next;        /* the number of the byte that is wanted next: at window[head] */
    uint8_t window[ROOM]; /* a ring */
    bool has[ROOM];       /* which of its bytes have come */
    size_t head;
    bool finished;   /* FIN has come, and the file is complete */
    bool has_sender; /* one transfer, one sender: the first of whom we heard */
    struct sockaddr_in sender;
};

/* Half a file is no file: there is nothing to save. And _exit() is one of the few calls that a signal handler
 * is allowed to make. */
static void stop(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_OK);
}

/* A port is a number from 1 to 65535 and nothing else. Returns 0 for anything that is not one. */
static uint16_t read_port(const char *text)
{
    char *end;
    errno = 0;
    long port = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || port < 1 || port > 65535)
        return 0;
    return (uint16_t)port;
}

/* Returns a socket that receives on every address of this machine, or -1. */
static int open_service(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int reason = errno; /* close() may change it */
        close(fd);
        errno = reason;
        return -1;
    }
    return fd;
}

/* Puts the bytes of a packet where they belong. Those that are written already lie before the window. */
static void place(struct receiver *r, const struct packet *p)
{
    int offset = number_distance(r->next, p->number);
    if (offset + p->length > ROOM)
        return; /* farther ahead than a sender may be */
    for (int i = 0; i < p->length; i++) {
        if (offset + i < 0)
            continue;
        size_t at = (r->head + (size_t)(offset + i)) % ROOM;
        r->window[at] = p->payload[i];
        r->has[at] = true;
    }
}

/* Writes what has no gap before it. */
static void deliver(struct receiver *r)
{
    while (r->has[r->head]) {
        putc(r->window[r->head], r->out);
        r->has[r->head] = false;
        r->head = (r->head + 1) % ROOM;
        r->next++; /* 65535 is followed by 0 */
    }
}

static void acknowledge(const struct receiver *r)
{
    uint8_t wire[MAX_PACKET];
    struct packet p = {.type = ACK, .number = r->next};
    size_t n = packet_encode(&p, wire);
    /* An acknowledgement that cannot be sent is a lost one: it will be asked for again. */
    (void)sendto(r->fd, wire, n, 0, (const struct sockaddr *)&r->sender, sizeof(r->sender));
}

/* Returns false when the file cannot be written. */
static bool take_packet(struct receiver *r, const struct packet *p)
{
    if (p->type == DATA && !r->finished) {
        place(r, p);
        deliver(r);
    } else if (p->type == FIN && !r->finished && p->number == r->next) {
        /* Once FIN is acknowledged the sender takes the file for safe. So it must be: first the file. */
        r->finished = true;
        r->next++;
        if (fclose(r->out) != 0)
            return false;
    }
    acknowledge(r);
    return true;
}

static bool is_sender(struct receiver *r, const struct sockaddr_in *from)
{
    if (!r->has_sender) {
        r->has_sender = true;
        r->sender = *from;
    }
    return r->sender.sin_addr.s_addr == from->sin_addr.s_addr && r->sender.sin_port == from->sin_port;
}

/* Receives one packet, and answers it. Returns false when the file cannot be written. */
static bool receive(struct receiver *r)
{
    uint8_t wire[MAX_PACKET + 1]; /* one more, or we could not tell a packet that is too long */
    struct sockaddr_in from;
    socklen_t size = sizeof(from);
    struct packet p;
    ssize_t n = recvfrom(r->fd, wire, sizeof(wire), 0, (struct sockaddr *)&from, &size);
    /* A damaged packet is a lost one. It may not even be from whom it seems to be from: answer nobody. */
    if (n < 0 || !packet_decode(&p, wire, (size_t)n) || p.type == ACK || !is_sender(r, &from))
        return true;
    return take_packet(r, &p);
}

/*
 * The acknowledgement of FIN may be lost like any other, and nobody acknowledges it in turn. If we left now,
 * the sender would ask in vain whether its file has arrived. So we stay and answer, until it has been silent
 * for so long that it has its answer, or has given up.
 */
static void linger(struct receiver *r)
{
    struct pollfd socket = {.fd = r->fd, .events = POLLIN};
    while (poll(&socket, 1, LINGER_MS) != 0)
        receive(r);
}

int main(int argc, char **argv)
{
    uint16_t port = argc == 3 ? read_port(argv[1]) : 0;
    if (port == 0) {
        fprintf(stderr, "usage: rrecv PORT OUT\n");
        return EXIT_USAGE;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    static struct receiver receiver;
    receiver.fd = open_service(port);
    if (receiver.fd < 0) {
        fprintf(stderr, "rrecv: cannot use port %hu: %s\n", port, strerror(errno));
        return EXIT_NETWORK;
    }
    receiver.out = fopen(argv[2], "wb");
    bool written = receiver.out;
    while (written && !receiver.finished)
        written = receive(&receiver);
    if (!written) {
        fprintf(stderr, "rrecv: %s: %s\n", argv[2], strerror(errno));
        return EXIT_USAGE;
    }
    linger(&receiver);
    return EXIT_OK;
}
