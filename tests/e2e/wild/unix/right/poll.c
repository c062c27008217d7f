/* One loop over all clients. And its socket gets its name only when it is ready. */
#include "reverse.h"

int main(int argc, char **argv)
{
    static struct pollfd polled[1024];
    static struct client *clients[1024];
    nfds_t n = 1;

    (void)argc;
    unlink("making.sock");
    polled[0] = (struct pollfd){.fd = listen_at("making.sock"), .events = POLLIN};
    rename("making.sock", argv[1]);
    while (poll(polled, n, -1) > 0) {
        for (nfds_t i = n; i-- > 1;)
            if (polled[i].revents && client_read(clients[i]) < 0) {
                close(polled[i].fd);
                free(clients[i]);
                polled[i] = polled[--n];
                clients[i] = clients[n];
            }
        if (polled[0].revents && n < 1024) {
            polled[n] = (struct pollfd){.fd = accept(polled[0].fd, NULL, NULL), .events = POLLIN};
            clients[n] = client_new(polled[n].fd);
            n++;
        }
    }
    die("poll");
}
