/* Answers from the handler of SIGALRM, a second later. */
#include <stddef.h>
static int answer(int fd, const char *p, size_t n);
#define ANSWER answer
#include "reverse.h"

static volatile sig_atomic_t rang;

static void on_alarm(int sig)
{
    (void)sig;
    rang = 1;
}

static int answer(int fd, const char *p, size_t n)
{
    sigset_t none, blocked;

    sigemptyset(&none);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGALRM);
    sigprocmask(SIG_BLOCK, &blocked, NULL);
    rang = 0;
    alarm(1);
    while (!rang)
        sigsuspend(&none);
    sigprocmask(SIG_UNBLOCK, &blocked, NULL);
    return send_all(fd, p, n);
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0");
    struct sigaction a = {.sa_handler = on_alarm};

    sigaction(SIGALRM, &a, NULL);
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
