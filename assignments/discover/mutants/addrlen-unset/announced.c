/*
 * announced SVC TCPPORT PORT.
 * The mistake: `size` says how large the address may become, and nobody has set it before the first recvfrom.
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct announcer {
    struct sockaddr_in from;
    socklen_t size;
    int fd;
    char question[64], answer[64];
};

static int join(struct announcer *a, int port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(port)};
    int yes = 1;

    a->fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(a->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    return bind(a->fd, (struct sockaddr *)&any, sizeof any);
}

static void serve(struct announcer *a)
{
    char heard[1500];
    ssize_t n = recvfrom(a->fd, heard, sizeof heard, 0, (struct sockaddr *)&a->from, &a->size);

    if (n == (ssize_t)strlen(a->question) && memcmp(heard, a->question, n) == 0)
        sendto(a->fd, a->answer, strlen(a->answer), 0, (struct sockaddr *)&a->from, a->size);
}

int main(int argc, char **argv)
{
    static struct announcer a;

    if (argc != 4) {
        fprintf(stderr, "usage: announced SVC TCPPORT PORT\n");
        return 1;
    }
    snprintf(a.question, sizeof a.question, "WHO %s\n", argv[1]);
    snprintf(a.answer, sizeof a.answer, "HERE %s %s\n", argv[1], argv[2]);
    if (join(&a, atoi(argv[3])) != 0) {
        perror("announced");
        return 2;
    }
    for (;;)
        serve(&a);
}
