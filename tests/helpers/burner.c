/*
 * burner.c - burns CPU time in one of several ways, for the tests of what may be known of that:
 * reads: stdin, over and over; polls: the same, after a poll each time; computes: without any system call;
 * copies: from stdin to stdout.
 */
#include <poll.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};
    volatile unsigned long n = 0;
    char bytes[512];

    for (;;) {
        if (strcmp(how, "computes") == 0)
            n++;
        else if (strcmp(how, "polls") == 0 && poll(&in, 1, -1) < 0)
            return 1;
        else {
            ssize_t got = read(STDIN_FILENO, bytes, sizeof bytes);
            if (strcmp(how, "copies") == 0 && write(STDOUT_FILENO, bytes, (size_t)got) < 0)
                return 1;
        }
    }
}
