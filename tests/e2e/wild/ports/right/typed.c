/* Asks for its port. */
#include "reverse.h"

int main(void)
{
    char port[20];
    int server, fd;

    printf("Port: ");
    if (scanf("%19s", port) != 1)
        die("no port");
    server = listen_on(port);
    printf("listening on %s\n", port);
    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
