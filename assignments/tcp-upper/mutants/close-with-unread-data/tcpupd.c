/*
 * tcpupd PORT, a thread for each client.
 * The mistake: it keeps all that came in one buffer, and takes nothing out. Once that is full recv() is
 * asked for 0 bytes, and returns 0, which looks like the end.
 */
#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX 32000000

struct client {
    char all[MAX];
    size_t used;
};

static void up(char *p, ssize_t n)
{
    for (; n > 0; n--, p++)
        if (*p >= 'a' && *p <= 'z')
            *p -= 32;
}

static int send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, 0);
        if (sent < 0)
            return -1;
        p += sent;
        n -= sent;
    }
    return 0;
}

static void *serve(void *arg)
{
    int fd = (int)(intptr_t)arg;
    struct client *c = calloc(1, sizeof(*c));
    ssize_t n;

    while ((n = recv(fd, c->all + c->used, MAX - c->used, 0)) > 0) {
        up(c->all + c->used, n);
        if (send_all(fd, c->all + c->used, n) < 0)
            break;
        c->used += n;
    }
    close(fd);
    free(c);
    return NULL;
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr = {0};
    pthread_t thread;
    int server, fd, yes = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[1]));
    addr.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(server, SOMAXCONN) != 0) {
        perror("tcpupd");
        return 2;
    }
    for (;;) {
        fd = accept(server, NULL, NULL);
        if (fd < 0)
            continue;
        if (pthread_create(&thread, NULL, serve, (void *)(intptr_t)fd) != 0)
            close(fd);
        else
            pthread_detach(thread);
    }
}
