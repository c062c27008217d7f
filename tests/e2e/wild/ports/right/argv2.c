/* ./server MODE PORT */
#include "reverse.h"

int main(int argc, char **argv)
{
    int server = listen_on(argc > 2 ? argv[2] : "0"), fd;

    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
