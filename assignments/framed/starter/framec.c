/* framec.c - framec line|bin HOST PORT: sends each line of stdin as a request, and prints the answers. */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
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
    if (argc != 4 || (strcmp(argv[1], "line") != 0 && strcmp(argv[1], "bin") != 0)) {
        fprintf(stderr, "usage: framec line|bin HOST PORT\n");
        return 1;
    }
    int server = connect_to(argv[2], argv[3]);
    if (server < 0) {
        fprintf(stderr, "framec: nobody answers at %s port %s\n", argv[2], argv[3]);
        return 2;
    }
    struct pollfd both[] = {{.fd = STDIN_FILENO, .events = POLLIN}, {.fd = server, .events = POLLIN}};
    while (poll(both, 2, -1) > 0) {
        char bytes[4096];
        /* TODO: what has been typed goes into a buffer. Each line that is whole there is sent as a request.
         */
        if (both[0].revents && read(STDIN_FILENO, bytes, sizeof(bytes)) <= 0)
            break; /* TODO: are answers still due? */
        /* TODO: what has come goes into another. Each answer that is whole there is printed. */
        if (both[1].revents && recv(server, bytes, sizeof(bytes), 0) <= 0)
            break;
    }
    return 3;
}
