/*
 * rsend.c - rsend HOST PORT FILE: sends a file to a receiver, whatever happens to the datagrams on their way.
 *
 * It opens the file and a socket. What is missing stands behind TODO.
 */
#include "packet.h"

#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a UDP socket that sends to this host and port, and hears from nobody else; or -1. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *found;
    int fd;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd >= 0 && connect(fd, found->ai_addr, found->ai_addrlen) < 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(found);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: rsend HOST PORT FILE\n");
        return EXIT_USAGE;
    }
    FILE *file = fopen(argv[3], "rb");
    if (!file) {
        perror(argv[3]);
        return EXIT_USAGE;
    }
    int fd = connect_to(argv[1], argv[2]);
    if (fd < 0) {
        fprintf(stderr, "rsend: cannot reach %s, port %s\n", argv[1], argv[2]);
        return EXIT_NETWORK;
    }
    /* TODO: a window of 16 DATA; wait for an ACK with poll(), as long as the oldest DATA may still take; send
     * again. */
    /* TODO: the FIN, in the same way. */
    fclose(file);
    close(fd);
    return EXIT_NETWORK;
}
