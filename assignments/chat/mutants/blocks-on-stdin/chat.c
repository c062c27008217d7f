/*
 * chat HOST PORT NICK, in turns.
 * The mistake: waits for the user, then for the reply, and then for the user again.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char typed[4096], in[4096];
static size_t n_typed, n_in;
static int server, waiting; /* for so many replies */
static int welcome, quit;
static unsigned long long last;

static void fail(int status, const char *why)
{
    fprintf(stderr, "chat: %s\n", why);
    fflush(stdout);
    exit(status);
}

static void send_all(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(server, p, n, MSG_NOSIGNAL);
        if (sent < 0)
            return; /* recv will tell */
        p += sent;
        n -= sent;
    }
}

static void request(const char *verb, const char *text)
{
    char line[600];
    send_all(line, snprintf(line, sizeof line, "%s%s\n", verb, text));
    waiting++;
}

static void user_types(void)
{
    ssize_t n = read(0, typed + n_typed, sizeof typed - n_typed);
    char *feed;

    if (n <= 0) {
        if (n_typed > 0) {
            typed[n_typed] = 0;
            request("SAY ", typed);
        }
        request("QUIT", "");
        quit = 1;
        return;
    }
    n_typed += n;
    while ((feed = memchr(typed, '\n', n_typed))) {
        *feed = 0;
        if (typed[0])
            request("SAY ", typed);
        n_typed -= feed + 1 - typed;
        memmove(typed, feed + 1, n_typed);
    }
}

static void message(const char *line)
{
    char nick[20], *end;
    int at = 0;

    unsigned long long seq = strtoull(line, &end, 10);
    if (end == line || line[0] == '-' || *end != ' ' || sscanf(end, " %16[A-Za-z0-9_-] %n", nick, &at) != 1 ||
        at == 0 || !end[at])
        fail(3, "bad MSG");
    if (seq <= last)
        fail(3, "numbers must rise");
    last = seq;
    printf("[%llu] %s: %s\n", seq, nick, end + 1 + strlen(nick) + 1);
    fflush(stdout);
}

static void reply(const char *line)
{
    if (waiting-- == 0)
        fail(3, "reply to nothing");
    if (line[0] == 'E') {
        if (!welcome)
            fail(3, line);
        puts(line);
        fflush(stdout);
    }
    welcome = 1;
    if (quit && waiting == 0)
        exit(0);
}

static void server_says(void)
{
    ssize_t n = recv(server, in + n_in, sizeof in - n_in, 0);
    char *feed;

    if (n <= 0)
        fail(2, "the server has gone");
    n_in += n;
    while ((feed = memchr(in, '\n', n_in))) {
        *feed = 0;
        if (feed - in > 600)
            fail(3, "line too long");
        if (!strncmp(in, "MSG ", 4))
            message(in + 4);
        else if (!strncmp(in, "OK ", 3) || !strncmp(in, "ERR ", 4))
            reply(in);
        else
            fail(3, "bad line");
        n_in -= feed + 1 - in;
        memmove(in, feed + 1, n_in);
    }
    if (n_in > 600)
        fail(3, "line too long");
}

static void dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *a;

    if (getaddrinfo(host, port, &hints, &a))
        fail(2, "unknown host");
    server = socket(a->ai_family, SOCK_STREAM, 0);
    if (connect(server, a->ai_addr, a->ai_addrlen))
        fail(2, "nobody there");
    freeaddrinfo(a);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        fail(1, "usage: chat HOST PORT NICK");
    dial(argv[1], argv[2]);
    request("NICK ", argv[3]);
    for (;;) {
        while (waiting > 0)
            server_says();
        user_types();
    }
}
