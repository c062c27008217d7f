/* tcpup.c - tcpup HOST PORT: sends stdin to a tcpupd, and writes what comes back to stdout. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a connected socket, or -1. */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo wanted = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *server;
    if (getaddrinfo(host, port, &wanted, &server) != 0)
        return -1;
    int fd = socket(server->ai_family, server->ai_socktype, 0);
    if (fd >= 0 && connect(fd, server->ai_addr, server->ai_addrlen) < 0) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(server);
    return fd;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: tcpup HOST PORT\n");
        return 1;
    }
    int server = connect_to(argv[1], argv[2]);
    if (server < 0) {
        fprintf(stderr, "tcpup: nobody answers at %s port %s\n", argv[1], argv[2]);
        return 2;
    }
    /* TODO: send what can be read from stdin. At its end, end this direction, and this alone. */
    /* TODO: write what comes to stdout, until the server has closed. What if it comes while you still send?
     */
    close(server);
    return 0;
}
