/* ./server -p PORT, among other words */
#include <getopt.h>

#include "reverse.h"

int main(int argc, char **argv)
{
    const char *port = "0";
    int server, fd, option;

    while ((option = getopt(argc, argv, "p:")) != -1)
        if (option == 'p')
            port = optarg;
    server = listen_on(port);
    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
