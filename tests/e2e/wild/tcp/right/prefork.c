/* Six processes wait in accept() before anybody comes; the first one waits for them. */
#include "reverse.h"

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), fd;

    for (int i = 0; i < 6; i++)
        if (fork() == 0) {
            while ((fd = accept(server, NULL, NULL)) >= 0)
                client_serve(fd);
            _exit(1);
        }
    while (wait(NULL) > 0)
        ;
    return 1;
}
