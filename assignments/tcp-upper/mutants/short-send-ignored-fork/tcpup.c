/* tcpup HOST PORT: stdin there, the answer to stdout */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char out[32768];             /* read from stdin, not sent yet */
static size_t out_at, out_len;

static int dial(const char *host, const char *port)
{
    struct addrinfo hints, *list, *a;
    int fd = -1;

    memset(&hints, 0, sizeof hints);
    hints.ai_socktype = SOCK_STREAM;
    int e = getaddrinfo(host, port, &hints, &list);
    if (e != 0) {
        fprintf(stderr, "tcpup: %s: %s\n", host, gai_strerror(e));
        return -1;
    }
    for (a = list; a != NULL; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd < 0)
            continue;
        if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

static void print(const char *p, size_t n)
{
    while (n > 0) {
        ssize_t w = write(1, p, n);

        if (w < 0 && errno == EINTR)
            continue;
        if (w < 0) {
            perror("stdout");
            exit(2);
        }
        p += w;
        n -= w;
    }
}

int main(int argc, char **argv)
{
    static char in[32768];
    int eof = 0;            /* of stdin */
    int said_eof = 0;
    char *end;

    if (argc != 3 || (strtol(argv[2], &end, 10) < 1) || *end || strtol(argv[2], NULL, 10) > 65535) {
        fprintf(stderr, "usage: tcpup HOST PORT\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    int fd = dial(argv[1], argv[2]);
    if (fd < 0) {
        fprintf(stderr, "tcpup: nobody answers\n");
        return 2;
    }
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);

    for (;;) {
        struct pollfd p[2] = {{fd, POLLIN, 0}, {-1, POLLIN, 0}};

        if (out_len > 0)
            p[0].events |= POLLOUT;
        else if (!eof)
            p[1].fd = 0;
        if (poll(p, 2, -1) < 0) {
            if (errno == EINTR)
                continue;
            perror("poll");
            return 2;
        }
        if (p[1].fd == 0 && p[1].revents) {
            ssize_t n = read(0, out, sizeof out);

            if (n > 0) {
                out_at = 0;
                out_len = n;
            } else if (n == 0) {
                eof = 1;
            }
        }
        if (out_len > 0) {
            ssize_t n = send(fd, out + out_at, out_len, 0);

            if (n >= 0) {
                out_at += n;
                out_len -= n;
            } else if (errno != EAGAIN && errno != EINTR) {
                perror("send");
                return 2;
            }
        }
        if (eof && out_len == 0 && !said_eof) {
            shutdown(fd, SHUT_WR);
            said_eof = 1;
        }
        if (p[0].revents & (POLLIN | POLLHUP | POLLERR)) {
            ssize_t n = recv(fd, in, sizeof in, 0);

            if (n > 0) {
                print(in, n);
            } else if (n == 0) {
                if (said_eof)
                    return 0;
                fprintf(stderr, "tcpup: the server left\n");
                return 2;
            } else if (errno != EAGAIN && errno != EINTR) {
                perror("recv");
                return 2;
            }
        }
    }
}
