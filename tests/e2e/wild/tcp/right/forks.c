/* A process for each client; a handler reaps them, which interrupts accept(). */
#include "reverse.h"

static void on_child(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0");
    struct sigaction a = {.sa_handler = on_child};

    sigaction(SIGCHLD, &a, NULL);
    for (;;) {
        int fd = accept(server, NULL, NULL);

        if (fd < 0)
            continue;
        if (fork() == 0) {
            close(server);
            client_serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
