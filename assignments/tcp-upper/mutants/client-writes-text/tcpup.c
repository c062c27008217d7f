/*
 * tcpup HOST PORT, with a thread that sends, while the main one prints.
 * The mistake: it prints the answer as a string, which ends at the first zero byte.
 */
#include <netdb.h>
#include <pthread.h>
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

static void *send_stdin(void *arg)
{
    int fd = *(int *)arg;
    char buf[16384];
    ssize_t n;

    while ((n = read(0, buf, sizeof(buf))) > 0)
        if (write_all(fd, buf, n) < 0)
            break;
    shutdown(fd, SHUT_WR);
    return NULL;
}

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list, *a;
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &list) != 0)
        return -1;
    for (a = list; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(list);
    return fd;
}

int main(int argc, char **argv)
{
    char buf[16384];
    ssize_t n;
    int fd;
    pthread_t sender;

    if (argc != 3) {
        fprintf(stderr, "usage: %s HOST PORT\n", argv[0]);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    fd = dial(argv[1], argv[2]);
    if (fd < 0) {
        perror("tcpup");
        return 2;
    }
    pthread_create(&sender, NULL, send_stdin, &fd);
    while ((n = read(fd, buf, sizeof(buf) - 1)) > 0) {
        buf[n] = '\0';
        printf("%s", buf);
        fflush(stdout);
    }
    return n < 0 ? 2 : 0;
}
