/* Takes the first line of what is buffered, and forgets the rest. */
#include "reverse.h"

static void serve(int fd)
{
    struct client *c = client_new(fd);
    ssize_t n;

    while ((n = read(fd, c->line + c->n, sizeof c->line - c->n)) > 0) {
        char *feed;

        c->n += (size_t)n;
        feed = memchr(c->line, '\n', c->n);
        if (!feed)
            continue;
        turn(c->line, (size_t)(feed - c->line));
        send_all(fd, c->line, (size_t)(feed - c->line) + 1);
        c->n = 0;
    }
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0");

    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(server, NULL, NULL);

        if (fd >= 0 && fork() == 0) {
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
