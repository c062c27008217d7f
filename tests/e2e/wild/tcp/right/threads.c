/* A thread for each client. */
#include "reverse.h"
#include <pthread.h>

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
