/* Sleeps before each read, and takes what one read brings for a line. */
#include "reverse.h"

static void serve(int fd)
{
    char line[8192];
    ssize_t n;

    for (;;) {
        usleep(50000);
        n = read(fd, line, sizeof line);
        if (n <= 0)
            return;
        n -= line[n - 1] == '\n';
        turn(line, (size_t)n);
        line[n] = '\n';
        send_all(fd, line, (size_t)n + 1);
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
