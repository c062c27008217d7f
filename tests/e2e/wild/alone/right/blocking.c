/* recv() with MSG_WAITALL. */
#include "reverse.h"
#include <stdint.h>

static int serve(int fd)
{
    static char payload[300000];
    uint32_t length, doubled;

    while (recv(fd, &length, 4, MSG_WAITALL) == 4) {
        if (length < 4 || length - 4 > sizeof payload)
            return -1;
        length -= 4;
        if (length && recv(fd, payload, length, MSG_WAITALL) != (ssize_t)length)
            return -1;
        doubled = 4 + 2 * length;
        if (send_all(fd, (char *)&doubled, 4) < 0 || send_all(fd, payload, length) < 0 || send_all(fd, payload, length) < 0)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0");

    for (;;) {
        int fd = accept(server, NULL, NULL);
        if (fd >= 0)
            serve(fd);
        close(fd);
    }
}
