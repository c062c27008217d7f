/*
 * taker.c - serves the listening socket on descriptor 0: accepts one connection and reads it to its end, in
 * reads as large as they come. Writes the size of each to descriptor 1, as a uint32_t. taker N: turns round N
 * times in between.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static char data[1 << 16];
    volatile long turns = 0;
    long n = argc > 1 ? atol(argv[1]) : 0;
    int fd = accept(0, NULL, NULL);

    for (;;) {
        ssize_t got = recv(fd, data, sizeof data, 0);
        uint32_t size = got > 0 ? (uint32_t)got : 0;

        if (write(1, &size, sizeof size) != sizeof size || got <= 0)
            return got < 0;
        for (turns = 0; turns < n; turns++)
            ;
    }
}
