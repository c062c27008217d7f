/* mboxd.c - mboxd PORT DIR: lets users read the mail in DIR. */
#include "wire.h"

#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(int port)
{
    /* To do. */
    (void)port;
    return -1;
}

/* Talks with one client, until it has gone. */
static void *serve(void *arg)
{
    struct wire wire = {.fd = (int)(long)arg};
    char line[MAX_LINE + 1];

    /* To do: the greeting. */
    while (wire_read_line(&wire, line) >= 0) {
        /* To do: the tag, the command, and what it may do in this state. */
    }
    close(wire.fd);
    return NULL;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: mboxd PORT DIR\n");
        return EXIT_USAGE;
    }
    int listener = listen_on(atoi(argv[1]));
    if (listener < 0) {
        fprintf(stderr, "mboxd: cannot listen\n");
        return EXIT_NETWORK;
    }
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        pthread_t thread;

        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0)
            pthread_detach(thread);
    }
}
