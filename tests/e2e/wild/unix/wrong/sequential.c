/* Serves one client after another. */
#include "reverse.h"

int main(int argc, char **argv)
{
    int listener;

    (void)argc;
    unlink(argv[1]);
    listener = listen_at(argv[1]);
    for (;;)
        client_serve(accept(listener, NULL, NULL));
}
