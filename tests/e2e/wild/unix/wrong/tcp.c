/* Listens on TCP. */
#include "reverse.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (int listener = listen_on("8080");;)
        client_serve(accept(listener, NULL, NULL));
}
