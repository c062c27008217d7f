/* Waits in poll() for a timer among its descriptors before it answers. */
#include <stddef.h>
static int answer(int fd, const char *p, size_t n);
#define ANSWER answer
#include "reverse.h"
#include <sys/timerfd.h>

static int answer(int fd, const char *p, size_t n)
{
    struct itimerspec once = {.it_value = {.tv_nsec = 400000000}};
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    struct pollfd both[2] = {{.fd = fd, .events = 0}, {.fd = timer, .events = POLLIN}};

    timerfd_settime(timer, 0, &once, NULL);
    poll(both, 2, -1);
    close(timer);
    return send_all(fd, p, n);
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0");

    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(server, NULL, NULL);

        if (fd >= 0 && fork() == 0) {
            client_serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
