/* One send() takes it all, does it not? */
#include "reverse.h"
#include <stdint.h>

static int serve(int fd)
{
    static char answer[700004];
    uint32_t length, doubled;

    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        static char in[350004];
        static size_t n;
        ssize_t got;

        poll(&p, 1, -1);
        got = read(fd, in + n, sizeof in - n);
        if (got <= 0)
            return (int)(n = 0);
        n += (size_t)got;
        while (n >= 4 && (memcpy(&length, in, 4), n >= length)) {
            doubled = 4 + 2 * (length - 4);
            memcpy(answer, &doubled, 4);
            memcpy(answer + 4, in + 4, length - 4);
            memcpy(answer + length, in + 4, length - 4);
            if (write(fd, answer, doubled) < 0 && errno != EAGAIN)
                return (int)(n = 0);
            memmove(in, in + length, n -= length);
        }
    }
}

int main(int argc, char **argv)
{
    int server = listen_on(argc > 1 ? argv[1] : "0"), small = 1;

    setsockopt(server, SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    for (;;) {
        int fd = accept(server, NULL, NULL);
        if (fd >= 0)
            serve(fd);
        close(fd);
    }
}
