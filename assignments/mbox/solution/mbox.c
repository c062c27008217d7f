/*
 * mbox.c - mbox HOST PORT list, or mbox HOST PORT fetch N: reads mail. The user and the password are in the
 * environment, for a command line can be read by everybody on this machine.
 *
 * What the server says is a mixture: lines that begin with a star come when they like, some of them promise a
 * literal, and one line ends it all, the one with the tag of our command. So the tag decides, and not how
 * many lines have come.
 */
#include "wire.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3, EXIT_SECURITY = 4 };

struct mbox {
    struct wire wire;
    unsigned n_tags;
};

static void die(int status, const char *why)
{
    fprintf(stderr, "mbox: %s\n", why);
    exit(status);
}

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
    int problem = getaddrinfo(host, port, &hints, &found);
    int fd = -1;

    if (problem != 0)
        die(EXIT_NETWORK, gai_strerror(problem));
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    if (fd < 0)
        die(EXIT_NETWORK, "nobody takes the connection");
    return fd;
}

static void read_line(struct mbox *m, char line[MAX_LINE + 1])
{
    size_t length;

    if (wire_read_line(&m->wire, line, &length) != WIRE_LINE)
        die(EXIT_PROTOCOL, "the server says no line");
}

/* Takes a literal of so many bytes, and the rest of its line. What the bytes are does not matter: they may
 * look like a line, like the parenthesis, or like the very answer that we wait for. */
static void take_literal(struct mbox *m, unsigned long size, FILE *to)
{
    char bytes[4096], line[MAX_LINE + 1];

    while (size > 0) {
        size_t n = wire_read_bytes(&m->wire, bytes, size < sizeof(bytes) ? size : sizeof(bytes));
        if (n == 0)
            die(EXIT_PROTOCOL, "the message is cut off");
        fwrite(bytes, 1, n, to);
        size -= n;
    }
    read_line(m, line);
    if (strcmp(line, ")") != 0)
        die(EXIT_PROTOCOL, "no parenthesis stands behind the message");
}

/* A line that begins with a star. */
static void take_untagged(struct mbox *m, const char *line)
{
    unsigned long n, size;
    int end = 0;

    if (sscanf(line, "* %lu FETCH ({%lu}%n", &n, &size, &end) == 2 && end > 0 && line[end] == '\0')
        take_literal(m, size, stdout);
    else if (sscanf(line, "* %lu SIZE %lu%n", &n, &size, &end) == 2 && line[end] == '\0')
        printf("%lu %lu\n", n, size);
    /* Others say what we did not ask for. That is allowed, and no reason to complain. */
}

/* Sends a command, and takes what comes until the server has answered it. True: with OK. */
static bool ask(struct mbox *m, const char *command)
{
    char line[MAX_LINE + 1], tag[16];
    size_t n = (size_t)snprintf(tag, sizeof(tag), "a%u ", ++m->n_tags);

    if (!wire_print(&m->wire, "%s%s\r\n", tag, command))
        die(EXIT_NETWORK, "the server has gone");
    for (;;) {
        read_line(m, line);
        if (strncmp(line, "* ", 2) == 0)
            take_untagged(m, line);
        else if (strncmp(line, tag, n) == 0)
            return strcmp(line + n, "OK") == 0;
        else
            die(EXIT_PROTOCOL, "the server answers what was not asked");
    }
}

/* The command that the words of the command line mean. */
static bool read_command(int argc, char **argv, char command[MAX_LINE])
{
    if (argc == 4 && strcmp(argv[3], "list") == 0)
        strcpy(command, "LIST");
    else if (argc == 5 && strcmp(argv[3], "fetch") == 0 && strlen(argv[4]) <= 9 && atoi(argv[4]) > 0)
        sprintf(command, "FETCH %d", atoi(argv[4]));
    else
        return false;
    return true;
}

int main(int argc, char **argv)
{
    const char *user = getenv("MBOX_USER"), *password = getenv("MBOX_PASSWORD");
    char line[MAX_LINE + 1], command[MAX_LINE], login[MAX_LINE];
    struct mbox m = {0};

    if (!read_command(argc, argv, command) || !user || !password) {
        fprintf(stderr,
                "usage: mbox HOST PORT list|fetch N, with MBOX_USER and MBOX_PASSWORD in the environment\n");
        return EXIT_USAGE;
    }
    snprintf(login, sizeof(login), "LOGIN %s %s", user, password);
    wire_init(&m.wire, dial(argv[1], argv[2]));
    read_line(&m, line);
    if (strncmp(line, "* OK", 4) != 0)
        die(EXIT_PROTOCOL, "this is no mailbox");
    if (!ask(&m, login))
        die(EXIT_SECURITY, "the server does not let you in");
    if (!ask(&m, command))
        die(EXIT_PROTOCOL, "the server refuses");
    fflush(stdout);
    ask(&m, "LOGOUT");
    return EXIT_OK;
}
