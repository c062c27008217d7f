/* udp.c - see udp.h. */
#include "udp.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

long read_number(const char *text, long most)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || n < 1 || n > most)
        return 0;
    return n;
}

/*
 * connect() on UDP sends nothing. It tells the kernel with whom we talk: it throws away what others send to
 * our port, and tells us when there is nobody at the other end (ECONNREFUSED).
 */
int udp_open_to(const char *host, const char *port)
{
    struct addrinfo *receiver;
    struct addrinfo wanted = {
        .ai_family = AF_INET,
        .ai_socktype = SOCK_DGRAM,
    };
    int why = getaddrinfo(host, port, &wanted, &receiver);
    if (why != 0) {
        fprintf(stderr, "%s port %s: %s\n", host, port, gai_strerror(why));
        return -1;
    }
    int fd = socket(receiver->ai_family, receiver->ai_socktype | SOCK_CLOEXEC, receiver->ai_protocol);
    if (fd < 0 || connect(fd, receiver->ai_addr, receiver->ai_addrlen) < 0) {
        fprintf(stderr, "%s port %s: %s\n", host, port, strerror(errno));
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(receiver);
    return fd;
}

int udp_open_service(uint16_t port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        fprintf(stderr, "cannot use port %hu: %s\n", port, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    return fd;
}
