/*
 * udpup HOST PORT TEXT.
 * The mistake: asks three times at once, and only then waits for the answer.
 */
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define MAX 1400

int main(int argc, char **argv)
{
    struct addrinfo hints, *server;
    struct pollfd wait;
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
    /* connected: from now on we hear of this server only */
    if (connect(fd, server->ai_addr, server->ai_addrlen) < 0) {
        perror("connect");
        return 2;
    }
    wait.fd = fd;
    wait.events = POLLIN;
    for (i = 0; i < 3; i++)
        send(fd, argv[3], strlen(argv[3]), 0);
    if (poll(&wait, 1, 3000) > 0) {
        n = recv(fd, buf, sizeof(buf), 0);
        if (n >= 0) {
            fwrite(buf, 1, n, stdout);
            printf("\n");
            return 0;
        }
    }
    fprintf(stderr, "udpup: no answer\n");
    return 2;
}
