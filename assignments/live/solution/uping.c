/*
 * uping.c - uping HOST PORT N: how long does a datagram take to a server and back, and how many get lost?
 *
 * A ping leaves every 20 ms, whatever has come back by then. So several are under way at once, and answers
 * come in any order, twice, or never. Each says by its number which ping it belongs to: the time that it
 * took is counted from when *that* ping was sent.
 *
 * One loop does both. It sleeps until the next thing is due, or until an answer wakes it.
 */
#include "clock.h"
#include "udp.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MOST_PINGS 100000
#define PATIENCE (2 * SECOND) /* after the last ping, for what is still missing */
#define MAX_MESSAGE 64

struct ping {
    long long sent_at;
    bool answered;
};

struct run {
    int fd;
    long n; /* pings that there shall be */
    long sent, received;
    long long begun;
    struct ping *pings; /* ping i is pings[i - 1] */
};

static void send_ping(struct run *r)
{
    struct ping *p = &r->pings[r->sent++];
    char text[MAX_MESSAGE];
    p->sent_at = now_us();
    size_t n = (size_t)snprintf(text, sizeof(text), "PING %ld %lld\n", r->sent, p->sent_at);
    /*
     * ECONNREFUSED speaks of an earlier ping: nobody was there. It is told instead of sending this one, so
     * this one is sent again. That a ping gets lost is no reason to give up: perhaps the next does not.
     */
    if (send(r->fd, text, n, 0) < 0 && errno == ECONNREFUSED)
        (void)send(r->fd, text, n, 0);
}

/* Returns the ping that this answers; NULL: it answers none of ours. */
static struct ping *answered_by(const struct run *r, const char *text)
{
    char canonical[MAX_MESSAGE];
    long seq;
    long long sent_at;
    if (sscanf(text, "PING %ld %lld", &seq, &sent_at) != 2 || seq < 1 || seq > r->sent)
        return NULL;
    /* An answer is what we have sent, byte for byte. */
    snprintf(canonical, sizeof(canonical), "PING %ld %lld\n", seq, r->pings[seq - 1].sent_at);
    return strcmp(text, canonical) == 0 ? &r->pings[seq - 1] : NULL;
}

/* Takes one datagram. Returns false when none is there. */
static bool take_answer(struct run *r)
{
    char text[MAX_MESSAGE + 1];
    ssize_t n = recv(r->fd, text, MAX_MESSAGE, MSG_DONTWAIT);
    long long now = now_us();
    if (n < 0)
        return errno == ECONNREFUSED; /* an error is taken by being told: there may be more behind it */
    text[n] = '\0';
    struct ping *p = answered_by(r, text);
    if (p && !p->answered) {
        p->answered = true;
        r->received++;
        printf("%ld %.3f\n", (long)(p - r->pings) + 1, (double)(now - p->sent_at) / MS);
        fflush(stdout); /* whoever reads us through a pipe wants to see it now */
    }
    return true;
}

static void run(struct run *r)
{
    r->begun = now_us();
    while (r->received < r->n) {
        bool all_sent = r->sent == r->n;
        long long due = all_sent ? r->pings[r->n - 1].sent_at + PATIENCE : r->begun + r->sent * INTERVAL;
        /* What has come is taken before anything is given up for lost, even when we ourselves are late. */
        if (wait_readable(r->fd, due))
            while (take_answer(r))
                ;
        if (now_us() < due)
            continue;
        if (all_sent)
            break;
        send_ping(r);
    }
}

static void tell_losses(const struct run *r)
{
    for (long i = 0; i < r->n; i++)
        if (!r->pings[i].answered)
            printf("%ld lost\n", i + 1);
    printf("%ld sent, %ld received, %ld lost\n", r->sent, r->received, r->sent - r->received);
}

int main(int argc, char **argv)
{
    struct run r = {.n = argc == 4 && read_number(argv[2], 65535) ? read_number(argv[3], MOST_PINGS) : 0};
    if (r.n == 0) {
        fprintf(stderr, "usage: uping HOST PORT N\n");
        return EXIT_USAGE;
    }
    r.fd = udp_open_to(argv[1], argv[2]);
    r.pings = calloc((size_t)r.n, sizeof(*r.pings));
    if (r.fd < 0 || !r.pings)
        return EXIT_NETWORK;
    run(&r);
    tell_losses(&r);
    return r.received > 0 ? EXIT_OK : EXIT_NETWORK;
}
