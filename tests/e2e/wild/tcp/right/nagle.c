/* The line and its line feed go out in two writes, so that Nagle's algorithm holds the second back. */
#include <stddef.h>
static int answer(int fd, const char *p, size_t n);
#define ANSWER answer
#include "reverse.h"

static int answer(int fd, const char *p, size_t n)
{
    return send_all(fd, p, n - 1) < 0 ? -1 : send_all(fd, "\n", 1);
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
