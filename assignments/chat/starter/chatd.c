/* chatd.c - chatd PORT: a room in which everybody hears what the others say, in one order. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_NETWORK = 2 };

#define MAX_CLIENTS 250

/* One connection. To do: what has come of its next line, and what is still to go out to it? */
struct client {
    int fd;
    char nick[17]; /* "": it is no member */
};

struct room {
    struct client clients[MAX_CLIENTS];
    size_t n_clients;
    long said; /* the number of the last SAY */
};

/* Returns a socket that listens on this port, on every address of this machine, or -1. */
static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    /* To do: bind it, and listen. */
    (void)port;
    return fd;
}

/* Queues a line for this client. It must not wait: what if the client does not read? */
static void tell(struct client *c, const char *line)
{
    /* To do. */
    (void)c, (void)line;
}

/* One whole line of a client, without its line feed. */
static void hear(struct room *room, struct client *c, const char *line)
{
    if (strncmp(line, "NICK ", 5) == 0) {
        /* To do: is it a nick, and does nobody have it? */
    } else if (strncmp(line, "SAY ", 4) == 0) {
        room->said++;
        /* To do: who may say something, who hears it, and with which number? */
    } else
        tell(c, "ERR what?");
}

int main(int argc, char **argv)
{
    static struct room room;

    if (argc != 2) {
        fprintf(stderr, "usage: chatd PORT\n");
        return EXIT_USAGE;
    }
    int listener = listen_on(atoi(argv[1]));
    if (listener < 0) {
        perror("chatd");
        return EXIT_NETWORK;
    }
    for (;;) {
        /* To do: wait for the listener and for all clients together, with poll(), or give each a thread. */
        struct client *c = &room.clients[0];

        c->fd = accept(listener, NULL, NULL);
        if (c->fd < 0) {
            perror("chatd: accept");
            return EXIT_NETWORK;
        }
        hear(&room, c, ""); /* To do: a line that it has sent */
        close(c->fd);
    }
}
