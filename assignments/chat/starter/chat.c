/* chat.c - chat HOST PORT NICK: the user's end of the room. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

static int is_nick(const char *text)
{
    /* To do: 1 to 16 letters, digits, `-` and `_`. */
    return text[0] != '\0';
}

/* Returns a socket that is connected to this host and port, or -1. */
static int connect_to(const char *host, const char *port)
{
    /* To do. */
    (void)host, (void)port;
    return -1;
}

/* A whole line that the user has typed, without its line feed. */
static void typed(int server, const char *line)
{
    /* To do. */
    (void)server, (void)line;
}

/* A whole line that the server has sent, without its line feed. Returns the status to end with; -1: go on. */
static int heard(const char *line)
{
    if (strncmp(line, "MSG ", 4) == 0) {
        /* To do: print it, and see to it that it is printed at once. */
    }
    return -1;
}

int main(int argc, char **argv)
{
    char line[600] = "";
    int status = -1;

    if (argc != 4 || !is_nick(argv[3])) {
        fprintf(stderr, "usage: chat HOST PORT NICK\n");
        return EXIT_USAGE;
    }
    int server = connect_to(argv[1], argv[2]);
    if (server < 0)
        return EXIT_NETWORK;

    /* To do: say NICK. Then wait for the user and for the server together: either may be the next to speak.
     */
    while (status < 0) {
        typed(server, line);
        status = heard(line);
    }
    return status;
}
