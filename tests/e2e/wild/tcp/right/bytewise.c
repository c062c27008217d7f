/* Each byte of an answer goes out by itself, at once. */
#include <stddef.h>
static int answer(int fd, const char *p, size_t n);
#define ANSWER answer
#include "reverse.h"
#include <netinet/tcp.h>
#include <pthread.h>

static int answer(int fd, const char *p, size_t n)
{
    int one = 1;

    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    for (size_t i = 0; i < n; i++)
        if (send_all(fd, p + i, 1) < 0)
            return -1;
    return 0;
}

static void *serve(void *arg)
{
    client_serve((int)(long)arg);
    return NULL;
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), fd;
    pthread_t thread;

    while ((fd = accept(server, NULL, NULL)) >= 0)
        if (pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0)
            pthread_detach(thread);
    die("accept");
}
