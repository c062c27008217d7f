/* forks.c - a child for each client. */
#include "echo.h"

#include <errno.h>

int main(int argc, char **argv)
{
    int l = listen_on(argc > 1 ? argv[1] : "");

    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(l, NULL, NULL);

        if (fd >= 0 && fork() == 0) {
            close(l);
            echo(fd);
            _exit(0);
        }
        close(fd);
    }
}
