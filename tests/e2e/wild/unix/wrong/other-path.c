/* Its path is fixed in the program. */
#include "reverse.h"

int main(int argc, char **argv)
{
    (void)argc, (void)argv;
    for (int listener = listen_at("/tmp/reverse-server");;)
        client_serve(accept(listener, NULL, NULL));
}
