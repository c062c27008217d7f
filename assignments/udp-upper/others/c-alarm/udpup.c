/* udpup HOST PORT TEXT, as the textbooks do it: alarm() interrupts recvfrom() after a second. */
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void on_alarm(int number)
{
    (void)number; /* all that it does is to interrupt */
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *server;
    struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART: recvfrom() ends with EINTR */
    char buf[2048];
    int fd;

    if (argc != 4) {
        fprintf(stderr, "usage: udpup HOST PORT TEXT\n");
        return 1;
    }
    if (getaddrinfo(argv[1], argv[2], &hints, &server) != 0)
        return 2;
    sigaction(SIGALRM, &action, NULL);
    fd = socket(server->ai_family, server->ai_socktype, server->ai_protocol);
    for (int tries = 0; tries < 3; tries++) {
        if (sendto(fd, argv[3], strlen(argv[3]), 0, server->ai_addr, server->ai_addrlen) < 0)
            return 2;
        alarm(1);
        for (;;) {
            struct sockaddr_storage from;
            socklen_t size = sizeof(from);
            ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &size);

            if (n < 0 && errno == EINTR)
                break;
            if (n < 0)
                return 2;
            if (size == server->ai_addrlen && memcmp(&from, server->ai_addr, 8) == 0) { /* host and port */
                alarm(0);
                fwrite(buf, 1, n, stdout);
                putchar('\n');
                return 0;
            }
        }
    }
    return 2;
}
