/* The port as the machine writes it. */
#include "reverse.h"

int main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = (unsigned short)atoi(argc > 2 ? argv[2] : "0")};
    int server = socket(AF_INET, SOCK_STREAM, 0), fd;

    if (bind(server, (struct sockaddr *)&a, sizeof a) < 0 || listen(server, 5) < 0)
        die("listen");
    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
