/* The kernel is given as little room as it takes, and reads are of 100 bytes. */
#include "reverse.h"
#include <stdint.h>

static int read_all(int fd, char *p, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, p, n < 100 ? n : 100);
        if (got <= 0)
            return -1;
        p += got;
        n -= (size_t)got;
    }
    return 0;
}

static int serve(int fd)
{
    static char payload[300000];
    uint32_t length, doubled;

    while (read_all(fd, (char *)&length, 4) == 0) {
        if (length < 4 || (length -= 4) > sizeof payload || read_all(fd, payload, length) < 0)
            return -1;
        doubled = 4 + 2 * length;
        if (send_all(fd, (char *)&doubled, 4) < 0 || send_all(fd, payload, length) < 0 || send_all(fd, payload, length) < 0)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), small = 1;

    setsockopt(server, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    setsockopt(server, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    for (;;) {
        int fd = accept(server, NULL, NULL);
        if (fd >= 0)
            serve(fd);
        close(fd);
    }
}
