/*
 * peer.c - peer PORT DIR [HOST PORT]: gives the files in DIR to its peers, and fetches others from them.
 *
 * It listens, and accepts who dials. What is missing stands behind TODO.
 */
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* One for each connection, whoever has dialled. */
struct link {
    int fd;
    /* TODO: who it is, what came, what is to go out, what is awaited. */
};

/* TODO: the HELLOs, PEERS, and then questions and answers in both directions. */
static void talk(struct link *l)
{
    close(l->fd);
}

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(unsigned short port)
{
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0 && listen(fd, SOMAXCONN) == 0)
        return fd;
    close(fd);
    return -1;
}

int main(int argc, char **argv)
{
    struct stat dir;

    if ((argc != 3 && argc != 5) || stat(argv[2], &dir) < 0 || !S_ISDIR(dir.st_mode)) {
        fprintf(stderr, "usage: peer PORT DIR [HOST PORT]\n");
        return EXIT_USAGE;
    }
    signal(SIGPIPE, SIG_IGN);                                /* a link that fails costs only itself */
    int listener = listen_on((unsigned short)atoi(argv[1])); /* TODO: is it a port at all? */
    if (listener < 0) {
        perror("peer");
        return EXIT_NETWORK;
    }
    /* TODO: dial argv[3], argv[4]. */
    /* TODO: this loop sees neither stdin nor the links: poll() waits for all of them. */
    for (;;) {
        struct link l = {.fd = accept(listener, NULL, NULL)};

        if (l.fd >= 0)
            talk(&l);
    }
}
