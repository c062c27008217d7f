#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct addrinfo hints = {0}, *list, *a;
    int s = -1;

    if (argc != 3) {
        fprintf(stderr, "usage: tcpup HOST PORT\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    hints.ai_socktype = SOCK_STREAM;
    if (getaddrinfo(argv[1], argv[2], &hints, &list) != 0) {
        fprintf(stderr, "tcpup: unknown host\n");
        return 2;
    }
    for (a = list; a; a = a->ai_next) {
        s = socket(a->ai_family, a->ai_socktype, 0);
        if (s < 0)
            continue;
        if (connect(s, a->ai_addr, a->ai_addrlen) == 0)
            break;
        close(s);
        s = -1;
    }
    if (s < 0) {
        perror("connect");
        return 2;
    }
    fcntl(s, F_SETFL, O_NONBLOCK);

    static char out[8192], in[8192];
    size_t out_n = 0, out_off = 0;
    int eof = 0;

    for (;;) {
        fd_set r, w;
        FD_ZERO(&r);
        FD_ZERO(&w);
        FD_SET(s, &r);
        if (!eof && out_off == out_n)
            FD_SET(0, &r);
        if (out_off < out_n)
            FD_SET(s, &w);
        if (select(s + 1, &r, &w, NULL, NULL) < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        if (FD_ISSET(0, &r)) {
            ssize_t n = read(0, out, sizeof out);
            if (n <= 0) {
                eof = 1;
                close(s);
            } else {
                out_n = n;
                out_off = 0;
            }
        }
        if (FD_ISSET(s, &w)) {
            ssize_t n = send(s, out + out_off, out_n - out_off, 0);
            if (n > 0)
                out_off += n;
            else if (errno != EAGAIN && errno != EINTR) {
                perror("send");
                return 2;
            }
        }
        if (FD_ISSET(s, &r)) {
            ssize_t n = recv(s, in, sizeof in, 0);
            if (n == 0)
                return eof && out_off == out_n ? 0 : 2;
            if (n < 0) {
                if (errno == EAGAIN || errno == EINTR)
                    continue;
                perror("recv");
                return 2;
            }
            for (ssize_t k = 0; k < n;) {
                ssize_t wr = write(1, in + k, n - k);
                if (wr < 0)
                    return 2;
                k += wr;
            }
        }
    }
    return 0;
}
