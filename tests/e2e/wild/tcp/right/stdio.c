/* Streams of stdio, one for each direction, in a process for each client. */
#include "reverse.h"

static void serve(int fd)
{
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    size_t room = 0;
    char *line = NULL;
    ssize_t n;

    while ((n = getline(&line, &room, in)) > 0 && line[n - 1] == '\n') {
        turn(line, (size_t)n - 1);
        fwrite(line, 1, (size_t)n, out);
        if (fflush(out) != 0)
            break;
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
