/*
 * tcpup HOST PORT, with poll().
 * The mistake: at the end of its input it closes the connection, and never hears the rest of the answer.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int write_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t done = write(fd, p, n);
        if (done < 0)
            return -1;
        p += done;
        n -= done;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr = {0};
    char buf[16384];
    ssize_t n;
    int fd;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[2]));
    inet_pton(AF_INET, argv[1], &addr.sin_addr);
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) != 0) {
        perror("tcpup");
        return 2;
    }
    for (;;) {
        struct pollfd fds[2] = {{.fd = 0, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

        if (poll(fds, 2, -1) < 0)
            return 2;
        if (fds[0].revents) {
            n = read(0, buf, sizeof(buf));
            if (n <= 0)
                break;
            if (write_all(fd, buf, n) < 0)
                return 2;
        }
        if (fds[1].revents) {
            n = read(fd, buf, sizeof(buf));
            if (n <= 0)
                return n < 0 ? 2 : 0;
            write_all(1, buf, n);
        }
    }
    close(fd);
    return 0;
}
