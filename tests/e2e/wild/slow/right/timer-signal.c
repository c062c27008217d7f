/* Waits for a POSIX timer's signal before it answers. */
#include <stddef.h>
static int answer(int fd, const char *p, size_t n);
#define ANSWER answer
#include "reverse.h"
#include <time.h>

static int answer(int fd, const char *p, size_t n)
{
    struct sigevent e = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
    struct itimerspec once = {.it_value = {.tv_nsec = 400000000}};
    timer_t timer;
    sigset_t set;

    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, NULL);
    timer_create(CLOCK_MONOTONIC, &e, &timer);
    timer_settime(timer, 0, &once, NULL);
    sigwaitinfo(&set, NULL);
    timer_delete(timer);
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
