/*
 * framec line|bin HOST PORT, with select.
 * The mistake: builds the set once, and select leaves in it only what was ready.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_PAYLOAD 4096

static int server, is_bin, asked, answered, said_bye;
static char typed[8192], came[8192];
static size_t n_typed, n_came;

static void die(int status, const char *why)
{
    fprintf(stderr, "framec: %s\n", why);
    exit(status);
}

static void send_all(const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        ssize_t sent = send(server, p, n, MSG_NOSIGNAL);
        if (sent < 0)
            die(2, "the server is gone");
        p += sent;
        n -= sent;
    }
}

static void ask(const char *line, size_t n)
{
    uint16_t header = htons(n);

    if (is_bin)
        send_all(&header, 2);
    send_all(line, n);
    if (!is_bin)
        send_all("\n", 1);
    asked++;
    said_bye = is_bin && n == 0;
}

static void ask_lines(void)
{
    char *line = typed, *feed;

    while (!said_bye && (feed = memchr(line, '\n', typed + n_typed - line))) {
        ask(line, feed - line);
        line = feed + 1;
    }
    n_typed -= line - typed;
    memmove(typed, line, n_typed);
}

static void print(const char *answer, size_t n)
{
    fwrite(answer, 1, n, stdout);
    putchar('\n');
    fflush(stdout);
    answered++;
}

static void print_lines(void)
{
    char *line = came, *feed;

    while ((feed = memchr(line, '\n', came + n_came - line))) {
        print(line, feed - line);
        line = feed + 1;
    }
    n_came -= line - came;
    memmove(came, line, n_came);
}

static void print_frames(void)
{
    size_t at = 0, n;

    while (n_came - at >= 2) {
        n = (unsigned char)came[at] << 8 | (unsigned char)came[at + 1];
        if (n > MAX_PAYLOAD)
            die(3, "too long a frame");
        if (n_came - at < 2 + n)
            break;
        print(came + at + 2, n);
        at += 2 + n;
    }
    n_came -= at;
    memmove(came, came + at, n_came);
}

static int connect_to(const char *host, const char *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    if (inet_pton(AF_INET, host, &address.sin_addr) != 1)
        die(1, "that is no address");
    if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        die(2, "cannot connect");
    return fd;
}

static int read_stdin(void)
{
    ssize_t n = read(0, typed + n_typed, sizeof typed - n_typed);

    if (n > 0)
        n_typed += n;
    ask_lines();
    if (n > 0 && !said_bye)
        return 1;
    shutdown(server, SHUT_WR);
    return 0;
}

static void read_server(void)
{
    ssize_t n = recv(server, came + n_came, sizeof came - n_came, 0);

    if (n <= 0)
        die(3, "the server left");
    n_came += n;
    if (is_bin)
        print_frames();
    else
        print_lines();
}

int main(int argc, char **argv)
{
    fd_set set;
    int types = 1;

    if (argc != 4)
        die(1, "usage: framec line|bin HOST PORT");
    is_bin = strcmp(argv[1], "bin") == 0;
    server = connect_to(argv[2], argv[3]);
    FD_ZERO(&set);
    FD_SET(0, &set);
    FD_SET(server, &set);
    while (types || answered < asked) {
        if (select(server + 1, &set, NULL, NULL, NULL) < 0)
            die(2, "select");
        if (FD_ISSET(0, &set))
            types = read_stdin();
        if (FD_ISSET(server, &set))
            read_server();
        if (!types)
            FD_CLR(0, &set);
    }
    return 0;
}
