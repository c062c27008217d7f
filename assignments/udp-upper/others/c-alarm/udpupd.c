/* udpupd PORT, with four threads that receive on one socket: whoever is free takes the next datagram. */
#include <arpa/inet.h>
#include <ctype.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

static int service;

static void *serve(void *unused)
{
    unsigned char buf[1401];

    for (;;) {
        struct sockaddr_in client;
        socklen_t size = sizeof(client);
        ssize_t n = recvfrom(service, buf, sizeof(buf), 0, (struct sockaddr *)&client, &size);

        if (n < 0 || n > 1400)
            continue;
        for (ssize_t i = 0; i < n; i++)
            buf[i] =
                toupper(buf[i]); /* in the locale "C", where every program begins, only a to z are letters */
        sendto(service, buf, n, 0, (struct sockaddr *)&client, size);
    }
    return unused;
}

int main(int argc, char **argv)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
    pthread_t thread;

    if (argc != 2 || atoi(argv[1]) < 1 || atoi(argv[1]) > 65535) {
        fprintf(stderr, "usage: udpupd PORT\n");
        return 1;
    }
    me.sin_port = htons(atoi(argv[1]));
    service = socket(AF_INET, SOCK_DGRAM, 0);
    if (service < 0 || bind(service, (struct sockaddr *)&me, sizeof(me)) < 0) {
        perror("udpupd");
        return 2;
    }
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, NULL, serve, NULL) != 0)
            return 2;
    serve(NULL);
}
