/*
 * play.c - play PORT: plays a sound that comes by UDP: writes 160 samples to stdout every 20 ms.
 *
 * The network is unsteady, and ears are not patient. So what comes is not played at once: it waits in a
 * buffer for its time, 200 ms after the first packet came, and what is late or overtaken by no more than
 * that is not missed. When its time has come and it is not there, silence takes its place. The clock of the
 * player decides, and no packet can stop it.
 */
#include "clock.h"
#include "media.h"
#include "udp.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DELAY (200 * MS)
#define ROOM 128          /* frames that are kept: those before their time */
#define ENOUGH_SILENCE 50 /* frames in a row: it is over */

struct slot {
    bool taken;
    uint8_t samples[SAMPLES];
};

struct player {
    int fd;
    bool started;
    long long begun;         /* when the first packet came */
    uint32_t next;           /* the number of the frame that is due next */
    uint32_t written;        /* frames */
    uint32_t silent;         /* frames in a row */
    struct slot slots[ROOM]; /* frame n has its place at n % ROOM */
};

static void stop(int signal_number)
{
    (void)signal_number;
    _exit(EXIT_OK); /* one of the few calls that a signal handler is allowed to make */
}

/* Keeps a frame for its time. One that is late is of no use any more, and one that came already has its
 * place. */
static void keep(struct player *p, const struct media *m)
{
    uint32_t ahead = m->seq - p->next; /* of a late one: a huge number */
    struct slot *s = &p->slots[m->seq % ROOM];
    if (ahead >= ROOM || s->taken)
        return;
    s->taken = true;
    memcpy(s->samples, m->samples, SAMPLES);
}

/* Takes one datagram. Returns false when none is there. */
static bool take_packet(struct player *p)
{
    uint8_t wire[MEDIA_SIZE + 1]; /* one more, or we could not tell a datagram that is too long */
    struct media m;
    ssize_t n = recv(p->fd, wire, sizeof(wire), p->started ? MSG_DONTWAIT : 0);
    if (n < 0)
        return false;
    if (!media_decode(&m, wire, (size_t)n)) /* an empty datagram is no end: UDP has none */
        return true;
    if (!p->started) {
        p->started = true;
        p->begun = now_us();
        p->next = m.seq; /* who tunes in late begins where the others are */
    }
    keep(p, &m);
    return true;
}

static void write_frame(struct player *p)
{
    struct slot *s = &p->slots[p->next++ % ROOM];
    if (!s->taken)
        memset(s->samples, SILENCE, SAMPLES);
    p->silent = s->taken ? 0 : p->silent + 1;
    s->taken = false;
    p->written++;
    fwrite(s->samples, 1, SAMPLES, stdout);
    fflush(stdout); /* a frame that waits in stdio's buffer is not heard in time */
}

static void play(struct player *p)
{
    while (!p->started)
        take_packet(p);
    while (p->silent < ENOUGH_SILENCE) {
        long long due = p->begun + DELAY + p->written * INTERVAL;
        /* What came in time is taken before anything is played, even when we ourselves are late. */
        if (wait_readable(p->fd, due))
            for (int i = 0; i < ROOM && take_packet(p); i++)
                ;
        if (now_us() >= due)
            write_frame(p);
    }
}

int main(int argc, char **argv)
{
    static struct player player;
    uint16_t port = argc == 2 ? (uint16_t)read_number(argv[1], 65535) : 0;
    if (port == 0) {
        fprintf(stderr, "usage: play PORT\n");
        return EXIT_USAGE;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);
    player.fd = udp_open_service(port);
    if (player.fd < 0)
        return EXIT_NETWORK;
    play(&player);
    return EXIT_OK;
}
