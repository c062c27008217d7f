/* Takes no notice of the port that it is given. */
#include "reverse.h"

int main(void)
{
    int server = listen_on("4242"), fd;

    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
