/*
 * chat.c - chat HOST PORT NICK: what is typed is said, and what the others say is printed.
 *
 * Two things may happen at any time: somebody types, or the server sends. So poll() waits for both, and no
 * read ever waits for one of them. Bytes rest in three buffers: what was typed and is no whole line yet,
 * requests that the socket has not taken yet, and what came from the server and is no whole line yet.
 */
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

#define MAX_SAID 508  /* bytes of a text, so that its SAY is no longer than 512 */
#define MAX_HEARD 600 /* no line of a server that keeps to the protocol is longer */
#define MAX_NICK 16

struct buffer {
    char bytes[8192];
    size_t used;
};

struct talk {
    int server;
    struct buffer typed, out, in;
    size_t unanswered; /* requests */
    bool welcome;      /* the reply to NICK has come */
    bool stdin_ended;
    bool said_quit;
    uint64_t number; /* of the last message */
};

static void die(int status, const char *why)
{
    fprintf(stderr, "chat: %s\n", why);
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

/* Drops n bytes at the front. What is left over is the beginning of the next line. */
static void consume(struct buffer *b, size_t n)
{
    b->used -= n;
    memmove(b->bytes, b->bytes + n, b->used);
}

/* ---- what we say --------------------------------------------------------------------------------------- */

static void request(struct talk *t, const char *verb, const char *text, size_t n)
{
    append(&t->out, verb, strlen(verb));
    append(&t->out, text, n);
    append(&t->out, "\n", 1);
    t->unanswered++;
}

/* Whole lines become requests, as long as there is room for the longest. */
static void take_lines(struct talk *t)
{
    while (room(&t->out) > 4 + MAX_SAID) {
        char *feed = memchr(t->typed.bytes, '\n', t->typed.used);
        size_t n = feed ? (size_t)(feed - t->typed.bytes) : t->typed.used;
        if (n > MAX_SAID)
            die(EXIT_USAGE, "a line is too long to be said");
        if (!feed)
            break;
        if (n > 0)
            request(t, "SAY ", t->typed.bytes, n);
        consume(&t->typed, n + 1);
    }
    if (t->stdin_ended && t->typed.used == 0 && !t->said_quit) {
        request(t, "QUIT", "", 0);
        t->said_quit = true;
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

/* One send. The socket takes what it has room for, and the rest stays. */
static void give_output(struct talk *t)
{
    if (t->out.used == 0)
        return;
    /* MSG_NOSIGNAL: an error is enough. SIGPIPE would end us before we have read what did come. */
    ssize_t n = send(t->server, t->out.bytes, t->out.used, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0)
        consume(&t->out, n);
    else if (errno != EAGAIN && errno != EINTR)
        t->out.used = 0; /* the server is gone: reading tells the rest */
}

/* ---- what we hear -------------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads the number at *at and the blank behind it. The line ends in a zero byte, so we do not run past it. */
static bool read_number(const char **at, uint64_t *number)
{
    const char *p = *at;

    *number = 0;
    for (; is_digit(*p); p++)
        if (__builtin_mul_overflow(*number, 10, number) || __builtin_add_overflow(*number, *p - '0', number))
            return false;
    if (p == *at || *p != ' ')
        return false;
    *at = p + 1;
    return true;
}

/* Prints `MSG 7 amy hello`, of which `at` is what stands behind MSG, as `[7] amy: hello`. */
static void print_message(struct talk *t, const char *at)
{
    uint64_t number;

    if (!read_number(&at, &number))
        die(EXIT_PROTOCOL, "the server sent a MSG without a number");
    size_t nick = strcspn(at, " ");
    if (nick == 0 || nick > MAX_NICK || at[nick] != ' ' || at[nick + 1] == '\0')
        die(EXIT_PROTOCOL, "the server sent a MSG of nobody, or of nothing");
    if (number <= t->number)
        die(EXIT_PROTOCOL, "the server's numbers do not rise");
    t->number = number;
    printf("[%ju] %.*s: %s\n", (uintmax_t)number, (int)nick, at, at + nick + 1);
}

/* The reply to the oldest request that has none. The first of them was NICK, and the last may be QUIT. */
static void take_reply(struct talk *t, const char *line)
{
    bool refused = line[0] == 'E';

    if (t->unanswered == 0)
        die(EXIT_PROTOCOL, "the server sent a reply to nothing");
    t->unanswered--;
    if (refused && !t->welcome)
        die(EXIT_PROTOCOL, line);
    t->welcome = true;
    if (refused)
        printf("%s\n", line);
}

static void hear_line(struct talk *t, const char *line)
{
    if (strncmp(line, "MSG ", 4) == 0)
        print_message(t, line + 4);
    else if (strncmp(line, "OK ", 3) == 0 || strncmp(line, "ERR ", 4) == 0)
        take_reply(t, line);
    else
        die(EXIT_PROTOCOL, "the server sent a line that is none of its own");
}

static bool is_done(const struct talk *t)
{
    return t->said_quit && t->unanswered == 0;
}

/* One read may have brought several lines, or none. */
static void hear_lines(struct talk *t)
{
    char *feed;

    while (!is_done(t) && (feed = memchr(t->in.bytes, '\n', t->in.used))) {
        size_t n = feed - t->in.bytes;
        *feed = '\0'; /* from here on the line is a string, unless a zero byte makes it a shorter one */
        if (n > MAX_HEARD || strlen(t->in.bytes) != n)
            die(EXIT_PROTOCOL, "the server sent a line that is none of its own");
        hear_line(t, t->in.bytes);
        consume(&t->in, n + 1);
    }
    if (t->in.used > MAX_HEARD && !is_done(t))
        die(EXIT_PROTOCOL, "the server sent a line that is too long");
    fflush(stdout); /* somebody may be waiting for them at the other end of a pipe */
}

static void read_server(struct talk *t)
{
    ssize_t n = recv(t->server, t->in.bytes + t->in.used, room(&t->in), 0);
    if (n > 0)
        t->in.used += n;
    else if (n == 0)
        die(EXIT_NETWORK, "the server left");
    else if (errno != EINTR)
        die(EXIT_NETWORK, strerror(errno));
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static void talk_to(int server, const char *nick)
{
    static struct talk t;
    t.server = server;
    request(&t, "NICK ", nick, strlen(nick));
    give_output(&t);

    while (!is_done(&t)) {
        bool reads_stdin = !t.stdin_ended && room(&t.typed) > 0;
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
            hear_lines(&t);
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

static bool is_nick(const char *text)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    size_t n = strlen(text);

    return n >= 1 && n <= MAX_NICK && strspn(text, allowed) == n;
}

int main(int argc, char **argv)
{
    if (argc != 4 || !is_nick(argv[3]))
        die(EXIT_USAGE, "usage: chat HOST PORT NICK");
    int server = connect_to(argv[1], argv[2]);
    if (server < 0)
        die(EXIT_NETWORK, "cannot connect");
    talk_to(server, argv[3]);
    return EXIT_OK;
}
