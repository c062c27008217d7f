/*
 * tlsc.c - tlsc HOST PORT CA: sends each line of stdin as a frame inside of TLS, and prints the answers.
 *
 * It connects. What is missing stands behind TODO.
 */
#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3, EXIT_SECURITY = 4 };

/* A name may have several addresses, and not all of them need work. Returns a connected socket, or -1. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *found;
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
    if (argc != 4) {
        fprintf(stderr, "usage: tlsc HOST PORT CA\n");
        return EXIT_USAGE;
    }
    int fd = connect_to(argv[1], argv[2]);
    if (fd < 0) {
        fprintf(stderr, "tlsc: cannot connect to %s, port %s\n", argv[1], argv[2]);
        return EXIT_NETWORK;
    }
    /* TODO: whom do we trust (argv[3]), and whom do we expect (argv[1])? Only then the handshake. */
    /* TODO: a frame for each line of stdin, and a line for each answer. */
    /* TODO: the empty frame, and both goodbyes. */
    close(fd);
    return EXIT_SECURITY;
}
