/* udpup.c - udpup HOST PORT TEXT: asks udpupd for TEXT in capitals, and prints what it answers. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

/* Returns a socket, and in *server the address that it is to send to. -1: there is none. */
static int open_socket(const char *host, const char *port, struct addrinfo **server)
{
    struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM};
    if (getaddrinfo(host, port, &wanted, server) != 0)
        return -1;
    return socket((*server)->ai_family, (*server)->ai_socktype, 0);
}

int main(int argc, char **argv)
{
    struct addrinfo *server;
    if (argc != 4) {
        fprintf(stderr, "usage: udpup HOST PORT TEXT\n");
        return 1;
    }
    int fd = open_socket(argv[1], argv[2], &server);
    if (fd < 0)
        return 2;
    sendto(fd, argv[3], strlen(argv[3]), 0, server->ai_addr, server->ai_addrlen);
    /* TODO: wait for the answer, but no longer than a second. Is it from the server? Then print it. */
    /* TODO: when none has come, ask again: three times in all. */
    return 2;
}
