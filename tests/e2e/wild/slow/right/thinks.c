/* Thinks for 300 ms of CPU time before each answer, and as long when a client has left. */
#include <stddef.h>
static int answer(int fd, const char *p, size_t n);
#define ANSWER answer
#include "reverse.h"
#include <time.h>

static void think(void)
{
    struct timespec t;
    long begun;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    begun = t.tv_sec * 1000 + t.tv_nsec / 1000000;
    do
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < begun + 300);
}

static int answer(int fd, const char *p, size_t n)
{
    think();
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
            think();
            _exit(0);
        }
        close(fd);
    }
}
