/* one-read.c - takes what one read brings for a line. */
#include "echo.h"

int main(int argc, char **argv)
{
    int l = listen_on(argc > 1 ? argv[1] : "");

    for (;;) {
        int fd = accept(l, NULL, NULL);
        char line[100];
        ssize_t n = recv(fd, line, sizeof line - 1, 0);

        if (n > 0 && line[n - 1] != '\n')
            line[n++] = '\n';
        send(fd, line, (size_t)n, 0);
        while (recv(fd, line, sizeof line, 0) > 0)
            ;
        close(fd);
    }
}
