/* strchr() finds a line feed in every read, or so it believes. */
#include "reverse.h"
#include <pthread.h>

static void *serve(void *arg)
{
    int fd = (int)(long)arg;
    char line[9000];
    ssize_t n;

    while ((n = read(fd, line, sizeof line - 1)) > 0) {
        char *volatile feed;

        line[n] = 0;
        feed = strchr(line, '\n');
        *feed = 0;
        turn(line, strlen(line));
        *feed = '\n';
        send_all(fd, line, (size_t)(feed - line) + 1);
    }
    close(fd);
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
