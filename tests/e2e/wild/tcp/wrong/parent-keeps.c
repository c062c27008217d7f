/* The parent never closes its copy of the connection, so that no client ever sees the end. */
#include "reverse.h"

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
    }
}
