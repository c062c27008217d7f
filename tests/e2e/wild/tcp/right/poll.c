/* One thread, poll(). */
#include "reverse.h"

int main(int argc, char **argv)
{
    struct pollfd fds[65] = {{.fd = listen_on(argc > 1 ? argv[1] : "0"), .events = POLLIN}};
    struct client *clients[65];
    nfds_t n = 1;

    for (;;) {
        if (poll(fds, n, -1) < 0 && errno != EINTR)
            die("poll");
        for (nfds_t i = n - 1; i > 0; i--)
            if (fds[i].revents && client_read(clients[i]) < 0) {
                close(fds[i].fd);
                free(clients[i]);
                fds[i] = fds[--n];
                clients[i] = clients[n];
            }
        if (fds[0].revents && n < 65) {
            fds[n] = (struct pollfd){.fd = accept(fds[0].fd, NULL, NULL), .events = POLLIN};
            clients[n] = client_new(fds[n].fd);
            n += fds[n].fd >= 0;
        }
    }
}
