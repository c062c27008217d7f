/*
 * framed line|bin PORT, one thread for each client.
 * The mistake, which costs no points: a frame goes out in two pieces, and TCP holds the second one back.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_LINE 1024
#define MAX_PAYLOAD 4096

static int is_line;

static int send_all(int fd, const void *data, size_t n)
{
    const char *p = data;
    while (n > 0) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return -1;
        p += sent;
        n -= sent;
    }
    return 0;
}

static int say(int fd, const char *text)
{
    return send_all(fd, text, strlen(text));
}

/* line: a string without its line feed */
static int answer(int fd, char *line)
{
    char reply[64], *end;
    long long a, b, sum;

    if (strncmp(line, "ADD ", 4) != 0)
        return say(fd, "ERR unknown request\n");
    errno = 0;
    a = strtoll(line + 4, &end, 10);
    if (end == line + 4 || *end != ' ')
        return say(fd, "ERR two numbers, please\n");
    line = end + 1;
    b = strtoll(line, &end, 10);
    if (end == line || *end != '\0')
        return say(fd, "ERR two numbers, please\n");
    if (errno == ERANGE || __builtin_add_overflow(a, b, &sum))
        return say(fd, "ERR too large\n");
    snprintf(reply, sizeof reply, "OK %lld\n", sum);
    return say(fd, reply);
}

static void serve_lines(int fd)
{
    char buf[MAX_LINE + 1]; /* the line feed takes the place of the zero byte */
    size_t used = 0;
    int skipping = 0;
    ssize_t n;

    while ((n = recv(fd, buf + used, sizeof buf - used, 0)) > 0) {
        char *feed;
        used += n;
        while ((feed = memchr(buf, '\n', used))) {
            *feed = '\0';
            if (!skipping && answer(fd, buf) < 0)
                return;
            skipping = 0;
            used -= feed + 1 - buf;
            memmove(buf, feed + 1, used);
        }
        if (used == sizeof buf) {
            if (!skipping && say(fd, "ERR line too long\n") < 0)
                return;
            skipping = 1;
            used = 0;
        }
    }
}

/* Reads exactly n bytes; -1 at the end of the stream. */
static int recv_all(int fd, void *data, size_t n)
{
    char *p = data;
    while (n > 0) {
        ssize_t got = recv(fd, p, n, 0);
        if (got <= 0)
            return -1;
        p += got;
        n -= got;
    }
    return 0;
}

static void serve_frames(int fd)
{
    uint16_t header, length;
    char payload[MAX_PAYLOAD], reply[MAX_PAYLOAD];

    while (recv_all(fd, &header, sizeof header) == 0) {
        length = ntohs(header);
        if (length > MAX_PAYLOAD || recv_all(fd, payload, length) < 0)
            return;
        for (int i = 0; i < length; i++)
            reply[i] = payload[length - 1 - i];
        if (send_all(fd, &header, 2) < 0 || send_all(fd, reply, length) < 0 || length == 0)
            return;
    }
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    if (is_line)
        serve_lines(fd);
    else
        serve_frames(fd);
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    int listener, client, on = 1;

    if (argc != 3) {
        fprintf(stderr, "usage: framed line|bin PORT\n");
        return 1;
    }
    is_line = strcmp(argv[1], "line") == 0;
    signal(SIGPIPE, SIG_IGN);

    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_port = htons(atoi(argv[2]));
    address.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) < 0) {
        perror("bind");
        return 2;
    }
    if (listen(listener, 50) < 0) {
        perror("listen");
        return 2;
    }
    for (;;) {
        pthread_t thread;
        client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) == 0)
            pthread_detach(thread);
        else
            close(client);
    }
}
