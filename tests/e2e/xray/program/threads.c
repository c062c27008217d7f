/* threads.c - a thread for each client. */
#include "echo.h"

#include <pthread.h>
#include <stdint.h>

static void *serve(void *arg)
{
    echo((int)(intptr_t)arg);
    return NULL;
}

int main(int argc, char **argv)
{
    int l = listen_on(argc > 1 ? argv[1] : "");

    for (;;) {
        pthread_t t;

        pthread_create(&t, NULL, serve, (void *)(intptr_t)accept(l, NULL, NULL));
        pthread_detach(t);
    }
}
