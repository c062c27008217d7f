/* leaks.c - under AddressSanitizer, which looks for leaks when a child of it ends. */
#include "echo.h"

#include <sys/wait.h>

int main(int argc, char **argv)
{
    int l = listen_on(argc > 1 ? argv[1] : ""), status = 1;

    if (fork() == 0)
        exit(0);
    wait(&status);
    if (status != 0)
        return 1;
    for (;;)
        echo(accept(l, NULL, NULL));
}
