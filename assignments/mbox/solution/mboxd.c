/*
 * mboxd.c - mboxd PORT DIR: lets users read the mail in DIR.
 *
 * Each client gets a thread of its own, which may wait for it as long as it likes. Threads share nothing but
 * the descriptor of DIR, which none of them changes.
 */
#include "session.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_NETWORK = 2 };

struct client {
    int fd, dir;
};

static void die(int status, const char *what)
{
    fprintf(stderr, "mboxd: %s: %s\n", what, strerror(errno));
    exit(status);
}

static int listen_on(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int on = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };

    if (fd < 0)
        die(EXIT_NETWORK, "no socket");
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)); /* connections of an earlier run may linger */
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, SOMAXCONN) < 0)
        die(EXIT_NETWORK, "cannot listen");
    return fd;
}

static void *serve(void *arg)
{
    struct client c = *(struct client *)arg;

    free(arg);
    session_serve(c.fd, c.dir);
    return NULL;
}

/* The thread gets a copy of its own: `fd` of the loop below is another one soon. */
static void serve_in_background(int fd, int dir)
{
    struct client *c = malloc(sizeof(*c));
    pthread_t thread;

    if (c) {
        *c = (struct client){fd, dir};
        if (pthread_create(&thread, NULL, serve, c) == 0) {
            pthread_detach(thread); /* nobody will wait for its end */
            return;
        }
    }
    fprintf(stderr, "mboxd: no room for another client\n");
    free(c);
    close(fd);
}

static uint16_t read_port(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);
    return end != text && *end == '\0' && port >= 1 && port <= 65535 ? (uint16_t)port : 0;
}

int main(int argc, char **argv)
{
    uint16_t port = argc == 3 ? read_port(argv[1]) : 0;

    if (port == 0) {
        fprintf(stderr, "usage: mboxd PORT DIR\n");
        return EXIT_USAGE;
    }
    int dir = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        die(EXIT_USAGE, argv[2]);

    int listener = listen_on(port);
    for (;;) { /* SIGTERM ends it: there is nothing to save */
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            serve_in_background(fd, dir);
        else if (errno != EINTR && errno != ECONNABORTED)
            die(EXIT_NETWORK, "accept");
    }
}
