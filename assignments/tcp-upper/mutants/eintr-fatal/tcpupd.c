/*
 * tcpupd PORT, a process for each client, and a handler that reaps them.
 * The mistake: the handler interrupts accept, and that is taken for an error.
 */
#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void die(const char *what)
{
    perror(what);
    exit(2);
}

static void reap(int sig)
{
    (void)sig;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
}

static void serve(int fd)
{
    char buf[8192];
    ssize_t n, done, sent, i;

    while ((n = recv(fd, buf, sizeof(buf), 0)) > 0) {
        for (i = 0; i < n; i++)
            if (buf[i] >= 'a' && buf[i] <= 'z')
                buf[i] -= 'a' - 'A';
        for (done = 0; done < n; done += sent)
            if ((sent = send(fd, buf + done, n - done, MSG_NOSIGNAL)) < 0)
                return;
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in addr;
    struct sigaction sa;
    int server, fd, yes = 1;

    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 1;
    }
    memset(&sa, 0, sizeof(sa));
    sa.sa_handler = reap;
    sigemptyset(&sa.sa_mask);
    if (sigaction(SIGCHLD, &sa, NULL) < 0)
        die("sigaction");

    server = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[1]));
    addr.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(server, (struct sockaddr *)&addr, sizeof(addr)) < 0)
        die("bind");
    if (listen(server, SOMAXCONN) < 0)
        die("listen");

    for (;;) {
        fd = accept(server, NULL, NULL);
        if (fd < 0)
            die("accept");
        switch (fork()) {
        case -1:
            die("fork");
        case 0:
            close(server);
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
