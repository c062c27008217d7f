/* Reads to the end, and answers then. */
#include "reverse.h"

static void serve(int fd)
{
    struct client *c = client_new(fd);
    ssize_t n;

    while ((n = read(fd, c->line + c->n, sizeof c->line - c->n)) > 0)
        c->n += (size_t)n;
    client_answer(c);
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
