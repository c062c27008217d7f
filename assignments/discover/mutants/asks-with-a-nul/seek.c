/*
 * seek SVC PORT [BCAST].
 * The mistake: sends the zero byte at the end of the string along.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MAX 100

struct place {
    unsigned int host;
    int port;
};

static int compare(const void *a, const void *b)
{
    const struct place *x = a, *y = b;

    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return x->port - y->port;
}

static long now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The port of an answer, or 0. */
static int parse(const char *answer, const char *service)
{
    char word[64], again[128];
    int port;

    if (sscanf(answer, "HERE %40s %d", word, &port) != 2 || strcmp(word, service) != 0)
        return 0;
    if (port < 1 || port > 65535)
        return 0;
    sprintf(again, "HERE %s %d\n", word, port);
    return strcmp(again, answer) == 0 ? port : 0;
}

/* Prints the line that the service says. */
static int banner(int fd)
{
    char line[300];
    int n = 0;

    while (n < 299 && read(fd, line + n, 1) == 1)
        if (line[n++] == '\n') {
            fwrite(line, 1, n, stdout);
            return 0;
        }
    return 3;
}

int main(int argc, char **argv)
{
    struct place found[MAX];
    struct sockaddr_in to, from;
    socklen_t size;
    struct pollfd wait;
    char buf[1501];
    long end;
    int fd, on = 1, n, port, count = 0;

    if (argc < 3) {
        fprintf(stderr, "usage: seek SVC PORT [BCAST]\n");
        return 1;
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    memset(&to, 0, sizeof(to));
    to.sin_family = AF_INET;
    to.sin_port = htons(atoi(argv[2]));
    to.sin_addr.s_addr = inet_addr(argc > 3 ? argv[3] : "255.255.255.255");
    sprintf(buf, "WHO %s\n", argv[1]);
    if (sendto(fd, buf, strlen(buf) + 1, 0, (struct sockaddr *)&to, sizeof(to)) < 0) {
        perror("sendto");
        return 2;
    }

    wait.fd = fd;
    wait.events = POLLIN;
    end = now() + 500;
    while (now() < end) {
        if (poll(&wait, 1, end - now()) <= 0)
            break;
        size = sizeof(from);
        n = recvfrom(fd, buf, 1500, 0, (struct sockaddr *)&from, &size);
        buf[n] = 0;
        port = parse(buf, argv[1]);
        if (port > 0 && count < MAX) {
            found[count].host = ntohl(from.sin_addr.s_addr);
            found[count++].port = port;
        }
    }

    qsort(found, count, sizeof(found[0]), compare);
    for (int i = 0; i < count; i++) {
        struct in_addr a = {htonl(found[i].host)};
        if (i == 0 || compare(&found[i], &found[i - 1]) != 0)
            printf("%s %d\n", inet_ntoa(a), found[i].port);
    }
    for (int i = 0; i < count; i++) {
        fd = socket(AF_INET, SOCK_STREAM, 0);
        to.sin_port = htons(found[i].port);
        to.sin_addr.s_addr = htonl(found[i].host);
        if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
            return banner(fd);
        close(fd);
    }
    return 2;
}
