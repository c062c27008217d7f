/* One thread, edge-triggered epoll, nothing blocks. */
#include "reverse.h"
#include <sys/epoll.h>

static void drop(struct client *c)
{
    close(c->fd);
    free(c);
}

/* All that is there: the edge comes only once. */
static void serve(struct client *c)
{
    for (;;) {
        ssize_t n = read(c->fd, c->line + c->n, sizeof c->line - c->n);

        if (n < 0 && errno == EAGAIN)
            return;
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0) {
            drop(c);
            return;
        }
        c->n += (size_t)n;
        if (client_answer(c) < 0) {
            drop(c);
            return;
        }
    }
}

static void take_all(int server, int epoll)
{
    int fd;

    while ((fd = accept4(server, NULL, NULL, SOCK_NONBLOCK)) >= 0) {
        struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP | EPOLLET, .data = {.ptr = client_new(fd)}};
        epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e);
    }
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), epoll = epoll_create1(0);
    struct epoll_event e = {.events = EPOLLIN | EPOLLET};

    fcntl(server, F_SETFL, O_NONBLOCK);
    epoll_ctl(epoll, EPOLL_CTL_ADD, server, &e);
    for (;;) {
        int n = epoll_wait(epoll, &e, 1, -1);

        if (n == 1 && e.data.ptr)
            serve(e.data.ptr);
        else if (n == 1)
            take_all(server, epoll);
    }
}
