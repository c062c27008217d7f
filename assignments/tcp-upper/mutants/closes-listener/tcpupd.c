/*
 * tcpupd PORT, a process for each client.
 * The mistake: after fork the parent closes both of its descriptors, also the listening one.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(int port)
{
    struct sockaddr_in me = {.sin_family = AF_INET, .sin_port = htons(port)};
    int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&me, sizeof me) < 0 || listen(fd, SOMAXCONN) < 0) {
        perror("tcpupd");
        exit(2);
    }
    return fd;
}

static void serve(int client)
{
    char piece[8192];
    ssize_t n;

    while ((n = read(client, piece, sizeof piece)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            if (piece[i] >= 'a' && piece[i] <= 'z')
                piece[i] += 'A' - 'a';
        for (ssize_t done = 0, now; done < n; done += now)
            if ((now = write(client, piece + done, n - done)) < 0)
                return;
    }
}

int main(int argc, char **argv)
{
    int server, client;

    if (argc != 2) {
        fprintf(stderr, "usage: tcpupd PORT\n");
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    server = listen_on(atoi(argv[1]));
    for (;;) {
        client = accept(server, NULL, NULL);
        if (client < 0) {
            sleep(1); /* perhaps there are no descriptors left: later there may be some */
            continue;
        }
        if (fork() == 0) {
            close(server);
            serve(client);
            _exit(0);
        }
        close(client);
        close(server);
    }
}
