/* What one read brings is one line. */
#include "reverse.h"
#include <pthread.h>

static void *serve(void *arg)
{
    int fd = (int)(long)arg;
    char line[8192];
    ssize_t n;

    while ((n = read(fd, line, sizeof line)) > 0) {
        n -= line[n - 1] == '\n';
        turn(line, (size_t)n);
        line[n] = '\n';
        send_all(fd, line, (size_t)n + 1);
    }
    close(fd);
    return NULL;
}

int main(int argc, char **argv)
{
    pthread_t thread;
    int server, fd;

    (void)argc;
    unlink(argv[1]);
    server = listen_at(argv[1]);
    while ((fd = accept(server, NULL, NULL)) >= 0)
        if (pthread_create(&thread, NULL, serve, (void *)(long)fd) == 0)
            pthread_detach(thread);
    die("accept");
}
