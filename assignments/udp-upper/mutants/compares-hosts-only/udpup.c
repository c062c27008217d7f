/*
 * udpup HOST PORT TEXT.
 * The mistake: compares the sender's host with the server's, but not the port.
 */
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MAX 1400

int main(int argc, char **argv)
{
    struct addrinfo hints, *server;
    struct pollfd wait;
    struct sockaddr_in *to, from;
    socklen_t size;
    char buf[MAX];
    ssize_t n;
    int fd, i;

    if (argc != 4) {
        fprintf(stderr, "usage: udpup HOST PORT TEXT\n");
        return 1;
    }
    memset(&hints, 0, sizeof(hints));
    hints.ai_family = AF_INET;
    hints.ai_socktype = SOCK_DGRAM;
    if (getaddrinfo(argv[1], argv[2], &hints, &server) != 0) {
        fprintf(stderr, "udpup: no such host: %s\n", argv[1]);
        return 2;
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    wait.fd = fd;
    wait.events = POLLIN;
    for (i = 0; i < 3; i++) {
        sendto(fd, argv[3], strlen(argv[3]), 0, server->ai_addr, server->ai_addrlen);
        if (poll(&wait, 1, 1000) <= 0)
            continue;
        size = sizeof(from);
        n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &size);
        if (n < 0)
            break;
        to = (struct sockaddr_in *)server->ai_addr;
        if (from.sin_addr.s_addr != to->sin_addr.s_addr)
            continue;
        fwrite(buf, 1, n, stdout);
        printf("\n");
        return 0;
    }
    fprintf(stderr, "udpup: no answer\n");
    return 2;
}
