/* announced.c - announced SVC TCPPORT PORT: tells whoever asks for the service SVC that it is here, at
 * TCPPORT. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* Returns a UDP socket that hears what comes to this port, or -1. */
static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);

    /* To do: share the port (setsockopt), and bind the socket to it, on every address of this machine. */
    (void)port;
    return fd;
}

/* Is this datagram the question for the service, from its first byte to its last? */
static int is_question(const char *datagram, size_t n, const char *service)
{
    /* To do. */
    (void)datagram, (void)n, (void)service;
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fprintf(stderr, "usage: announced SVC TCPPORT PORT\n");
        return EXIT_USAGE;
    }
    int fd = listen_on(atoi(argv[3]));
    if (fd < 0) {
        perror("announced");
        return EXIT_NETWORK;
    }
    for (;;) {
        char datagram[100];
        struct sockaddr_in from;
        socklen_t size = sizeof(from);
        ssize_t n = recvfrom(fd, datagram, sizeof(datagram), 0, (struct sockaddr *)&from, &size);

        if (n >= 0 && is_question(datagram, (size_t)n, argv[1])) {
            /* To do: answer. To whom? */
        }
    }
}
