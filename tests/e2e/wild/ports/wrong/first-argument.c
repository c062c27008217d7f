/* Reads its port where a word stands: it becomes 0, and the kernel chooses. */
#include "reverse.h"

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), fd;

    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
