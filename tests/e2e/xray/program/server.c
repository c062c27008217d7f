/* server.c - one client after another. */
#include "echo.h"

int main(int argc, char **argv)
{
    int l = listen_on(argc > 1 ? argv[1] : "");

    for (;;)
        echo(accept(l, NULL, NULL));
}
