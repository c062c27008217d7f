/* Nothing blocks and nothing waits: it looks at every socket in turn, and sleeps a millisecond in between. */
#include "reverse.h"

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), n = 0;
    struct client *clients[64];

    fcntl(server, F_SETFL, O_NONBLOCK);
    for (;;) {
        int fd = n < 64 ? accept4(server, NULL, NULL, SOCK_NONBLOCK) : -1;

        if (fd >= 0)
            clients[n++] = client_new(fd);
        for (int i = n - 1; i >= 0; i--)
            if (client_read(clients[i]) < 0) {
                close(clients[i]->fd);
                free(clients[i]);
                clients[i] = clients[--n];
            }
        usleep(1000);
    }
}
