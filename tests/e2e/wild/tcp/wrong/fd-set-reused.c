/* select() changes the set that it is given, and this one gives it again. */
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
        if (select(FD_SETSIZE, &all, NULL, NULL, NULL) < 0)
            die("select");
        for (int fd = 0; fd < FD_SETSIZE; fd++) {
            if (!FD_ISSET(fd, &all))
                continue;
            if (fd == server) {
                int got = accept(server, NULL, NULL);
                FD_SET(got, &all);
                clients[got] = client_new(got);
                break;
            }
            if (client_read(clients[fd]) < 0) {
                FD_CLR(fd, &all);
                close(fd);
            }
        }
    }
}
