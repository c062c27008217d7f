/* Every read and accept has a time-out of a tenth of a second, after which it is simply tried again. */
#include "reverse.h"
#include <pthread.h>

static void limit(int fd)
{
    struct timeval tv = {.tv_usec = 100000};

    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
}

static void *serve(void *arg)
{
    limit((int)(long)arg);
    client_serve((int)(long)arg);
    return NULL;
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0");
    pthread_t thread;

    limit(server);
    for (;;) {
        int fd = accept(server, NULL, NULL);

        if (fd < 0 && errno != EAGAIN && errno != EINTR)
            die("accept");
        if (fd >= 0 && pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0)
            pthread_detach(thread);
    }
}
