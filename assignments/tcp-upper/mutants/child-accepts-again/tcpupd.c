/*
 * tcpupd PORT, a process for each client.
 * The mistake: a child that has served its client goes on in its parent's loop, and accepts clients of its own.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void up(char *p, ssize_t n)
{
    for (; n > 0; n--, p++)
        if (*p >= 'a' && *p <= 'z')
            *p -= 32;
}

static int send_all(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, p, n, 0);
        if (sent < 0)
            return -1;
        p += sent;
        n -= sent;
    }
    return 0;
}

static void serve(int fd)
{
    char buf[16384];
    ssize_t n;

    while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
        up(buf, n);
        if (send_all(fd, buf, n) < 0)
            break;
    }
    close(fd);
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr = {0};
    int server, fd, yes = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[1]));
    addr.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) != 0 || listen(server, 50) != 0) {
        perror("tcpupd");
        return 2;
    }
    for (;;) {
        fd = accept(server, NULL, NULL);
        if (fd < 0)
            continue;
        if (fork() == 0)
            serve(fd);
        else
            close(fd);
    }
}
