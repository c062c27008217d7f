/*
 * rrecv.c - rrecv PORT OUT: receives one file, whatever happens to the datagrams on their way.
 *
 * It has a socket, and waits. What is missing stands behind TODO.
 */
#include "packet.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a UDP socket at this port, on every address of this machine; or -1. */
static int bind_to(unsigned short port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

int main(int argc, char **argv)
{
    unsigned char bytes[HEADER + MAX_PAYLOAD + 1]; /* one more, so that a datagram that is too long is seen */
    struct packet p;
    ssize_t n;

    if (argc != 3) {
        fprintf(stderr, "usage: rrecv PORT OUT\n");
        return EXIT_USAGE;
    }
    FILE *file = fopen(argv[2], "wb");
    if (!file) {
        perror(argv[2]);
        return EXIT_USAGE;
    }
    int fd = bind_to((unsigned short)atoi(argv[1])); /* TODO: is it a port at all? */
    if (fd < 0) {
        perror("rrecv");
        return EXIT_NETWORK;
    }
    while ((n = recv(fd, bytes, sizeof(bytes), 0)) >= 0)
        if (packet_get(&p, bytes, (size_t)n))
            break; /* TODO: write it where it belongs, acknowledge it to whom it came from, and stay after the
                      FIN. */
    fclose(file);
    close(fd);
    return EXIT_NETWORK;
}
