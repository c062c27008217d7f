/* One thread, select() with a time-out of a second, in which there is nothing to do. */
#include "reverse.h"
#include <sys/select.h>

int main(int argc, char **argv)
{
    static struct client *clients[FD_SETSIZE];
    int server = listen_on(argc > 1 ? argv[1] : "0");
    fd_set all;

    FD_ZERO(&all);
    FD_SET(server, &all);
    for (;;) {
        fd_set ready = all;
        struct timeval tv = {.tv_sec = 1};

        if (select(FD_SETSIZE, &ready, NULL, NULL, &tv) < 0)
            die("select");
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            if (!FD_ISSET(fd, &ready))
                continue;
            if (fd == server) {
                int got = accept(server, NULL, NULL);
                if (got >= 0) {
                    FD_SET(got, &all);
                    clients[got] = client_new(got);
                }
            } else if (client_read(clients[fd]) < 0) {
                FD_CLR(fd, &all);
                free(clients[fd]);
                close(fd);
            }
        }
    }
}
