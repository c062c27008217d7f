/* A timer among the descriptors of poll() says the answer a second time. */
#include "reverse.h"
#include <sys/timerfd.h>

#define MAX 32

int main(int argc, char **argv)
{
    struct pollfd all[MAX] = {{.fd = listen_on(argc > 1 ? argv[1] : "0"), .events = POLLIN},
                              {.fd = timerfd_create(CLOCK_MONOTONIC, 0), .events = POLLIN}};
    struct client *clients[MAX] = {0};
    char last[LINE_MAX_BYTES + 1];
    size_t n = 2, len = 0;
    int to = -1;

    for (;;) {
        poll(all, n, -1);
        if (all[1].revents) {
            struct itimerspec never = {0};
            timerfd_settime(all[1].fd, 0, &never, NULL);
            send(to, last, len, MSG_NOSIGNAL);
        }
        for (size_t i = n; i-- > 2;) {
            struct itimerspec once = {.it_value = {.tv_nsec = 300000000}};
            if (!all[i].revents)
                continue;
            to = all[i].fd;
            if (client_read(clients[i]) == 0) {
                if (clients[i]->n == 0) {
                    strcpy(last, "again\n");
                    len = strlen(last);
                    timerfd_settime(all[1].fd, 0, &once, NULL);
                }
                continue;
            }
            close(to);
            free(clients[i]);
            all[i] = all[--n];
            clients[i] = clients[n];
        }
        if (all[0].revents && n < MAX) {
            all[n] = (struct pollfd){.fd = accept(all[0].fd, NULL, NULL), .events = POLLIN};
            clients[n] = client_new(all[n].fd);
            n++;
        }
    }
}
