/* udpupd.c - udpupd PORT: answers each datagram with the same bytes, ASCII letters in upper case. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    int port = argc == 2 ? atoi(argv[1]) : 0;
    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: udpupd PORT\n");
        return 1;
    }
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
        perror("udpupd");
        return 2;
    }
    for (;;) {
        char bytes[100]; /* TODO: is there room for any datagram? */
        ssize_t n = recv(fd, bytes, sizeof(bytes), 0);
        fprintf(stderr, "udpupd: %zd bytes came\n", n);
        /* TODO: who has sent them? recvfrom() tells. */
        /* TODO: make small letters capitals, and send the bytes back to that sender. */
    }
}
