/*
 * framec line|bin HOST PORT, with poll. A child writes each answer into a history: what goes wrong there is its own affair.
 * The mistake: forks before what it has printed is written, and the child writes it once more.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
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

static void remember(const char *answer, size_t n)
{
    pid_t child = fork();
    FILE *history;

    if (child != 0) {
        waitpid(child, NULL, 0);
        return;
    }
    history = fopen("framec.history", "a");
    if (history) {
        fwrite(answer, 1, n, history);
        fputc('\n', history);
        fclose(history);
    }
    exit(0);
}

static void print(const char *answer, size_t n)
{
    fwrite(answer, 1, n, stdout);
    putchar('\n');
    answered++;
    remember(answer, n);
    fflush(stdout);
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
    int types = 1;

    if (argc != 4)
        die(1, "usage: framec line|bin HOST PORT");
    is_bin = strcmp(argv[1], "bin") == 0;
    signal(SIGCHLD, SIG_IGN);
    server = connect_to(argv[2], argv[3]);
    while (types || answered < asked) {
        struct pollfd polled[] = {{types ? 0 : -1, POLLIN, 0}, {server, POLLIN, 0}};
        poll(polled, 2, -1);
        if (polled[0].revents)
            types = read_stdin();
        if (polled[1].revents)
            read_server();
    }
    return 0;
}
