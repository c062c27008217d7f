/* tcpupd.c - tcpupd PORT: sends back what clients send, ASCII letters in upper case. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(int port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    /* TODO: a server that was ended can be started again at once. */
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(fd, 16) < 0)
        return -1;
    return fd;
}

static void serve(int client)
{
    (void)client;
    /* TODO: send back whatever comes, until the client has ended its direction. */
    /* TODO: what if send() takes fewer bytes than it was given, or the client is gone? */
}

int main(int argc, char **argv)
{
    int port = argc == 2 ? atoi(argv[1]) : 0;
    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: tcpupd PORT\n");
        return 1;
    }
    int listener = listen_on(port);
    if (listener < 0) {
        perror("tcpupd");
        return 2;
    }
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client < 0)
            continue;
        serve(client);
        close(client);
    }
}
