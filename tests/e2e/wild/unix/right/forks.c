/* A process for each client. */
#include "reverse.h"

int main(int argc, char **argv)
{
    int listener;

    (void)argc;
    unlink(argv[1]);
    listener = listen_at(argv[1]);
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fork() == 0) {
            close(listener);
            client_serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
