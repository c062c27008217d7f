/* tcpupd PORT - one child for each client */
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void reap(int sig)
{
    int saved = errno;

    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved;
}

static void serve(int fd)
{
    static char buf[1 << 20];

    for (;;) {
        ssize_t n = recv(fd, buf, sizeof buf, 0);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        for (ssize_t i = 0; i < n; i++)
            if (buf[i] >= 'a' && buf[i] <= 'z')
                buf[i] = buf[i] - 'a' + 'A';
        if (send(fd, buf, n, MSG_NOSIGNAL) < 0) {
            perror("send");
            return;
        }
    }
}

int main(int argc, char *argv[])
{
    struct sockaddr_in addr = {.sin_family = AF_INET};
    struct sigaction act = {.sa_handler = reap};
    int listener, on = 1;
    char *end;

    if (argc != 2) {
        fprintf(stderr, "usage: tcpupd PORT\n");
        exit(1);
    }
    long port = strtol(argv[1], &end, 10);
    if (end == argv[1] || *end || port < 1 || port > 65535) {
        fprintf(stderr, "tcpupd: %s is no port\n", argv[1]);
        exit(1);
    }

    sigaction(SIGCHLD, &act, NULL);

    listener = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    addr.sin_port = htons(port);
    addr.sin_addr.s_addr = htonl(INADDR_ANY);
    if (listener < 0 || bind(listener, (struct sockaddr *)&addr, sizeof addr) < 0 || listen(listener, 20) < 0) {
        perror("tcpupd");
        exit(2);
    }

    for (;;) {
        int client = accept(listener, NULL, NULL);

        if (client < 0) {
            if (errno != EINTR && errno != ECONNABORTED)
                perror("accept");
            continue;
        }
        pid_t pid = fork();
        if (pid == 0) {
            close(listener);
            serve(client);
            close(client);
            _exit(0);
        }
        if (pid < 0)
            perror("fork");
        close(client);
    }
}
