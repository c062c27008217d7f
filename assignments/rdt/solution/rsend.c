/*
 * rsend.c - rsend HOST PORT FILE: sends a file over UDP, which may lose, double, reorder and damage packets.
 *
 * Up to 16 packets are under way at once: the window. It begins at the oldest packet that is not
 * acknowledged yet, and moves on as acknowledgements come. An acknowledgement tells up to where the receiver
 * has *everything*, so a lost one does no harm: the next says it too.
 *
 * Only the oldest packet has a timer that matters. While it is missing the receiver cannot tell us of those
 * behind it. And once it has arrived, the next acknowledgement leads to the next gap, which has been waiting
 * just as long, and is filled at once.
 */
#include "packet.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* A packet that was sent, and is kept until it is acknowledged. */
struct flight {
    uint8_t wire[MAX_PACKET];
    size_t n;
    uint16_t end; /* the number that acknowledges it */
    int tries;
    long long again_at;
};

struct sender {
    int fd;
    FILE *file;
    uint16_t next;                 /* the number of the next packet that is made */
    struct flight flights[WINDOW]; /* a ring: the oldest is flights[first] */
    size_t first, n_flights;
    bool file_ended, fin_sent;
};

/* A port is a number from 1 to 65535 and nothing else. */
static bool is_port(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    return end != text && *end == '\0' && port >= 1 && port <= 65535;
}

/* Returns a socket that hears of one receiver alone, or -1: that is what connect() means on UDP. */
static int open_to(const char *host, const char *port)
{
    struct addrinfo *receiver;
    struct addrinfo wanted = {
        .ai_family = AF_INET,
        .ai_socktype = SOCK_DGRAM,
    };
    int why = getaddrinfo(host, port, &wanted, &receiver);
    if (why != 0) {
        fprintf(stderr, "rsend: %s port %s: %s\n", host, port, gai_strerror(why));
        return -1;
    }
    int fd = socket(receiver->ai_family, receiver->ai_socktype | SOCK_CLOEXEC, receiver->ai_protocol);
    if (fd < 0 || connect(fd, receiver->ai_addr, receiver->ai_addrlen) < 0) {
        perror("rsend");
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(receiver);
    return fd;
}

/* Sends a packet, for the first time or again. A send that fails is a lost packet: the timer sees to it. */
static void transmit(struct sender *s, struct flight *f)
{
    (void)send(s->fd, f->wire, f->n, 0);
    f->tries++;
    f->again_at = now_ms() + TIMEOUT_MS;
}

/*
 * Makes the next packet. Returns false when there is none now: FIN is only made when all of the file has
 * arrived, so that it stands alone. FIN takes a number like a byte of the file, or else its acknowledgement
 * would look like that of the last DATA.
 */
static bool next_packet(struct sender *s, struct packet *p)
{
    *p = (struct packet){.type = DATA, .number = s->next};
    if (!s->file_ended) {
        p->length = (uint16_t)fread(p->payload, 1, MAX_PAYLOAD, s->file);
        s->file_ended = p->length < MAX_PAYLOAD;
    }
    if (p->length > 0)
        return true;
    if (s->n_flights > 0 || s->fin_sent)
        return false;
    p->type = FIN;
    s->fin_sent = true;
    return true;
}

static void fill_window(struct sender *s)
{
    struct packet p;
    while (s->n_flights < WINDOW && next_packet(s, &p)) {
        struct flight *f = &s->flights[(s->first + s->n_flights++) % WINDOW];
        s->next += p.type == FIN ? 1 : p.length;
        f->n = packet_encode(&p, f->wire);
        f->end = s->next;
        f->tries = 0;
        transmit(s, f);
    }
}

/* Forgets all packets up to the number. An old or doubled acknowledgement names none of them. */
static void acknowledge(struct sender *s, uint16_t number)
{
    if (number_distance(number, s->next) < 0)
        return; /* acknowledges what was never sent */
    while (s->n_flights > 0 && number_distance(s->flights[s->first].end, number) >= 0) {
        s->first = (s->first + 1) % WINDOW;
        s->n_flights--;
    }
}

/* Takes in all acknowledgements that have come, before anything is sent again in vain. */
static void take_acknowledgements(struct sender *s)
{
    uint8_t wire[MAX_PACKET + 1]; /* one more, or we could not tell a packet that is too long */
    struct packet p;
    ssize_t n;
    while ((n = recv(s->fd, wire, sizeof(wire), MSG_DONTWAIT)) >= 0)
        if (packet_decode(&p, wire, (size_t)n) && p.type == ACK)
            acknowledge(s, p.number);
    /* No more, or ECONNREFUSED: nobody listens there. Perhaps the receiver is only just being started. */
}

/* Waits until an acknowledgement comes, or the oldest packet has waited long enough. */
static void wait_for_something(const struct sender *s)
{
    long long left = s->flights[s->first].again_at - now_ms();
    struct pollfd socket = {.fd = s->fd, .events = POLLIN};
    if (left > 0)
        poll(&socket, 1, (int)left);
}

/* Returns false when a packet was sent TRIES times in vain. */
static bool send_file(struct sender *s)
{
    for (;;) {
        fill_window(s);
        if (s->n_flights == 0)
            return true; /* FIN, too, is acknowledged */
        wait_for_something(s);
        take_acknowledgements(s);

        struct flight *oldest = &s->flights[s->first];
        if (s->n_flights == 0 || now_ms() < oldest->again_at)
            continue;
        if (oldest->tries == TRIES)
            return false;
        transmit(s, oldest);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4 || !is_port(argv[2])) {
        fprintf(stderr, "usage: rsend HOST PORT FILE\n");
        return EXIT_USAGE;
    }
    static struct sender sender;
    sender.file = fopen(argv[3], "rb");
    if (!sender.file) {
        fprintf(stderr, "rsend: %s: %s\n", argv[3], strerror(errno));
        return EXIT_USAGE;
    }
    sender.fd = open_to(argv[1], argv[2]);
    if (sender.fd < 0)
        return EXIT_NETWORK;

    bool arrived = send_file(&sender);
    if (ferror(sender.file)) {
        fprintf(stderr, "rsend: %s cannot be read\n", argv[3]);
        return EXIT_USAGE;
    }
    if (!arrived) {
        fprintf(stderr, "rsend: %s port %s does not answer\n", argv[1], argv[2]);
        return EXIT_NETWORK;
    }
    return EXIT_OK;
}
