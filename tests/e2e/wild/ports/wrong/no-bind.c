/* Listens without having bound anything. */
#include "reverse.h"

int main(void)
{
    int server = socket(AF_INET, SOCK_STREAM, 0), fd;

    if (listen(server, 5) < 0)
        die("listen");
    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
