/*
 * framec.c - framec line|bin HOST PORT: each line of stdin is a request, and each answer a line of stdout.
 *
 * Two things may happen at any time: somebody types, or the server sends. So poll() waits for both, and no
 * read ever waits for one of them. Bytes rest in three buffers: what was typed and is no whole line yet,
 * requests that the socket has not taken yet, and what came from the server and is no whole answer yet.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

#define MAX_LINE 1024    /* bytes of an answer in the mode `line`, without its line feed */
#define MAX_PAYLOAD 4096 /* bytes of a frame, without its length */
#define HEADER 2         /* bytes of that length */

struct buffer {
    unsigned char bytes[4 * (HEADER + MAX_PAYLOAD)];
    size_t used;
};

struct talk {
    int server;
    bool bin; /* the mode */
    struct buffer typed, out, in;
    size_t unanswered; /* requests */
    bool stdin_ended;
    bool said_bye; /* bin: an empty frame was the last request */
    bool ended;    /* our stream to the server */
};

static void die(int status, const char *why)
{
    fprintf(stderr, "framec: %s\n", why);
    exit(status);
}

static size_t room(const struct buffer *b)
{
    return sizeof(b->bytes) - b->used;
}

static void append(struct buffer *b, const void *bytes, size_t n)
{
    memcpy(b->bytes + b->used, bytes, n);
    b->used += n;
}

/* Drops n bytes at the front. What is left over is the beginning of the next message. */
static void consume(struct buffer *b, size_t n)
{
    b->used -= n;
    memmove(b->bytes, b->bytes + n, b->used);
}

/* ---- requests ------------------------------------------------------------------------------------------ */

/* A byte count goes along with the bytes wherever they go: a zero byte is typed and sent like any other. */
static void add_request(struct talk *t, const unsigned char *line, size_t length)
{
    if (length > MAX_PAYLOAD)
        die(EXIT_USAGE, "a line is too long to be sent");
    if (t->bin) {
        unsigned char header[HEADER] = {length >> 8, length & 0xff}; /* the high byte first, on any machine */
        append(&t->out, header, HEADER);
    }
    append(&t->out, line, length);
    if (!t->bin)
        append(&t->out, "\n", 1);
    t->unanswered++;
    t->said_bye = t->bin && length == 0;
}

/* Whole lines become requests, as long as there is room for the longest. */
static void take_lines(struct talk *t)
{
    while (!t->said_bye && room(&t->out) > HEADER + MAX_PAYLOAD) {
        unsigned char *feed = memchr(t->typed.bytes, '\n', t->typed.used);
        if (!feed) {
            if (room(&t->typed) == 0)
                die(EXIT_USAGE, "a line is too long to be sent");
            return;
        }
        size_t length = feed - t->typed.bytes;
        add_request(t, t->typed.bytes, length);
        consume(&t->typed, length + 1);
    }
}

static void read_stdin(struct talk *t)
{
    ssize_t n = read(STDIN_FILENO, t->typed.bytes + t->typed.used, room(&t->typed));
    if (n > 0) {
        t->typed.used += n;
        return;
    }
    t->stdin_ended = true;
    if (t->typed.used > 0 && t->typed.bytes[t->typed.used - 1] != '\n')
        append(&t->typed, "\n", 1); /* the last line had none */
}

static bool asks_no_more(const struct talk *t)
{
    return t->said_bye || (t->stdin_ended && t->typed.used == 0);
}

/* One send. The socket takes what it has room for, and the rest stays. When nothing more will follow, the
 * server is told so: our half of the connection ends, and the other half goes on bringing answers. */
static void give_output(struct talk *t)
{
    if (t->out.used > 0) {
        /* MSG_NOSIGNAL: an error is enough. SIGPIPE would end us before we have read what did come. */
        ssize_t n = send(t->server, t->out.bytes, t->out.used, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (n >= 0)
            consume(&t->out, n);
        else if (errno != EAGAIN && errno != EINTR)
            t->out.used = 0; /* the server is gone: reading tells the rest */
    }
    if (t->out.used == 0 && asks_no_more(t) && !t->ended) {
        shutdown(t->server, SHUT_WR);
        t->ended = true;
    }
}

/* ---- answers ------------------------------------------------------------------------------------------- */

/* Finds the whole answer at the front of `in`: its text and how many bytes it takes up there. */
static bool find_line(const struct buffer *in, size_t *text, size_t *length, size_t *whole)
{
    const unsigned char *feed = memchr(in->bytes, '\n', in->used);
    *text = 0;
    *length = feed ? (size_t)(feed - in->bytes) : in->used;
    *whole = *length + 1;
    if (*length > MAX_LINE)
        die(EXIT_PROTOCOL, "the server sent a line that is too long");
    return feed;
}

static bool find_frame(const struct buffer *in, size_t *text, size_t *length, size_t *whole)
{
    if (in->used < HEADER) /* the length may come in two pieces, too */
        return false;
    *text = HEADER;
    *length = (size_t)in->bytes[0] << 8 | in->bytes[1];
    *whole = HEADER + *length;
    if (*length > MAX_PAYLOAD)
        die(EXIT_PROTOCOL, "the server sent a frame that is too long");
    return in->used >= *whole;
}

/* Prints the whole answers that have come: one read may have brought several, or none. */
static void print_answers(struct talk *t)
{
    size_t text, length, whole;

    while (t->bin ? find_frame(&t->in, &text, &length, &whole) : find_line(&t->in, &text, &length, &whole)) {
        if (t->unanswered == 0)
            die(EXIT_PROTOCOL, "the server sent an answer to nothing");
        fwrite(t->in.bytes + text, 1, length, stdout);
        putchar('\n');
        consume(&t->in, whole);
        t->unanswered--;
    }
    fflush(stdout); /* somebody may be waiting for them at the other end of a pipe */
}

static void read_server(struct talk *t)
{
    ssize_t n = recv(t->server, t->in.bytes + t->in.used, room(&t->in), 0);
    if (n > 0)
        t->in.used += n;
    else if (n == 0)
        die(EXIT_PROTOCOL, t->in.used || t->unanswered ? "the server left, and an answer is missing"
                                                       : "the server left before we did");
    else if (errno != EINTR)
        die(EXIT_NETWORK, strerror(errno));
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static void talk_to(int server, bool bin)
{
    static struct talk t;
    t.server = server;
    t.bin = bin;

    while (!t.ended || t.unanswered > 0) {
        bool reads_stdin = !t.stdin_ended && !t.said_bye && room(&t.typed) > 0;
        struct pollfd polled[] = {
            {.fd = reads_stdin ? STDIN_FILENO : -1, .events = POLLIN}, /* -1: poll() skips it */
            {.fd = server, .events = POLLIN | (t.out.used > 0 ? POLLOUT : 0)},
        };
        if (poll(polled, 2, -1) < 0)
            die(EXIT_NETWORK, strerror(errno));
        if (polled[0].revents)
            read_stdin(&t);
        if (polled[1].revents & ~POLLOUT) {
            read_server(&t);
            print_answers(&t);
        }
        take_lines(&t);
        give_output(&t);
    }
}

/* Returns a connected socket, or -1. A name may stand for several addresses: the first that answers is taken.
 */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

int main(int argc, char **argv)
{
    bool bin = argc == 4 && strcmp(argv[1], "bin") == 0;

    if (argc != 4 || (!bin && strcmp(argv[1], "line") != 0))
        die(EXIT_USAGE, "usage: framec line|bin HOST PORT");
    int server = connect_to(argv[2], argv[3]);
    if (server < 0)
        die(EXIT_NETWORK, "cannot connect");
    talk_to(server, bin);
    return EXIT_OK;
}
