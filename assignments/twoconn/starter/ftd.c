/* ftd.c - ftd PORT DIR: gives and takes the files of DIR. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* What one client has open. To do: what else belongs to a session? */
struct session {
    int control; /* its control connection */
    int door;    /* listens for its data connection; -1: none */
    int data;    /* its data connection; -1: none */
};

/* Returns a socket that listens on this port, on every address of this machine, or -1. */
static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    /* To do: bind it, and listen. What does port 0 mean? */
    (void)port;
    return fd;
}

/* Opens a data port for the session. Returns its number, or -1. */
static int open_door(struct session *s)
{
    /* To do: listen_on() and getsockname(). */
    s->door = -1;
    return -1;
}

/* Reads the next line of the control connection, without its CR LF. Returns 0 when the client has gone. */
static int next_line(struct session *s, char *line, size_t size)
{
    /* To do: keep what comes until the line is whole, and what comes behind it for the next time. */
    (void)s, (void)line, (void)size;
    return 0;
}

/* Obeys one command, and replies. Returns 0 when the session is over. */
static int obey(struct session *s, const char *line)
{
    if (strcmp(line, "PASV") == 0)
        open_door(s);
    /* To do: all of them. And who hears NOOP while a file is under way? */
    return 0;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: ftd PORT DIR\n");
        return EXIT_USAGE;
    }
    int listener = listen_on(atoi(argv[1]));
    if (listener < 0) {
        perror("ftd");
        return EXIT_NETWORK;
    }
    for (;;) { /* To do: one client after another is not enough. */
        struct session s = {.control = accept(listener, NULL, NULL), .door = -1, .data = -1};
        char line[513];

        if (s.control < 0) {
            perror("ftd: accept");
            return EXIT_NETWORK;
        }
        while (next_line(&s, line, sizeof(line)) && obey(&s, line))
            ;
        close(s.control);
    }
}
