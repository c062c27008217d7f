/* spams.c - makes more calls than anybody wants to see, before it serves, and while it does. */
#include "echo.h"

int main(int argc, char **argv)
{
    int l = listen_on(argc > 1 ? argv[1] : ""), pair[2];
    char byte = 0;

    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    for (;;) {
        int fd = accept(l, NULL, NULL);

        for (int i = 0; i < 100000; i++)
            if (send(pair[0], &byte, 1, 0) != 1 || recv(pair[1], &byte, 1, 0) != 1)
                return 1;
        echo(fd);
    }
}
