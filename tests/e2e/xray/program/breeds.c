/* breeds.c - forks wildly, and serves all the same. */
#include "echo.h"

#include <sys/wait.h>

int main(int argc, char **argv)
{
    int l = listen_on(argc > 1 ? argv[1] : "");

    for (int i = 0; i < 300; i++) {
        if (fork() == 0) {
            if (i % 3 == 0)
                fork();
            close(socket(AF_INET, SOCK_DGRAM, 0));
            _exit(0);
        }
        if (i % 2)
            wait(NULL);
    }
    while (wait(NULL) > 0)
        ;
    for (;;)
        echo(accept(l, NULL, NULL));
}
