/*
 * udpupd PORT.
 * The mistake: PORT is checked, and then forgotten: 9999 was the port of the author's own tests.
 */
#include <ctype.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>

#define SERVICE "9999"

static int open_service(const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM, .ai_flags = AI_PASSIVE}, *found;
    int fd;

    if (getaddrinfo(NULL, port, &hints, &found) != 0)
        return -1;
    fd = socket(found->ai_family, found->ai_socktype, found->ai_protocol);
    if (fd >= 0 && bind(fd, found->ai_addr, found->ai_addrlen) < 0)
        fd = -1;
    freeaddrinfo(found);
    return fd;
}

int main(int argc, char **argv)
{
    static unsigned char buf[2000];
    struct sockaddr_storage who;
    socklen_t len;
    ssize_t n;
    int fd;

    if (argc != 2 || atoi(argv[1]) <= 0) {
        fprintf(stderr, "usage: udpupd PORT\n");
        return 1;
    }
    fd = open_service(SERVICE);
    if (fd < 0) {
        perror("udpupd");
        return 2;
    }
    while (len = sizeof(who), (n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&who, &len)) >= 0) {
        for (ssize_t i = 0; i < n; i++)
            buf[i] = toupper(buf[i]);
        sendto(fd, buf, n, 0, (struct sockaddr *)&who, len);
    }
    return 2;
}
