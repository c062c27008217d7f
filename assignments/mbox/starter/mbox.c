/* mbox.c - mbox HOST PORT list, or mbox HOST PORT fetch N: reads mail. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3, EXIT_SECURITY = 4 };

/* Returns a connection, or -1. */
static int dial(const char *host, const char *port)
{
    /* To do. */
    (void)host, (void)port;
    return -1;
}

/* Says a command, and prints what comes until the line with its tag. Returns 1 when that says OK, else 0. */
static int ask(struct wire *w, const char *tag, const char *command)
{
    /* To do. */
    (void)w, (void)tag, (void)command;
    return 0;
}

int main(int argc, char **argv)
{
    const char *user = getenv("MBOX_USER"), *password = getenv("MBOX_PASSWORD");
    char line[MAX_LINE + 1], command[100];
    struct wire wire = {0};

    if (argc < 4 || argc > 5 || !user || !password) {
        fprintf(stderr, "usage: mbox HOST PORT list|fetch N\n");
        return EXIT_USAGE;
    }
    wire.fd = dial(argv[1], argv[2]);
    if (wire.fd < 0)
        return EXIT_NETWORK;
    if (wire_read_line(&wire, line) < 0)
        return EXIT_PROTOCOL;
    snprintf(command, sizeof(command), "LOGIN %s %s", user, password);
    if (!ask(&wire, "a1", command))
        return EXIT_SECURITY;
    /* To do: list or fetch, and then the LOGOUT. */
    return EXIT_PROTOCOL;
}
