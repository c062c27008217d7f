/* ft.c - ft HOST PORT get F | put F | ls: gets or puts one file, or prints the list of files. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

/* Returns a socket that is connected to this host and port, or -1. */
static int connect_to(const char *host, const char *port)
{
    /* To do. */
    (void)host, (void)port;
    return -1;
}

/* Sends a command, and CR LF behind it. */
static int say(int control, const char *command)
{
    /* To do. */
    (void)control, (void)command;
    return -1;
}

/* Reads the next reply. Returns its code, and in `text` what stands behind it; -1: there is none. */
static int hear(int control, char *text, size_t size)
{
    /* To do: one read may bring half of a reply, or two. */
    (void)control, (void)text, (void)size;
    return -1;
}

/* Asks for a data port, and connects to it. Returns the data connection, or -1. */
static int open_data(int control)
{
    char text[513];

    if (say(control, "PASV") < 0 || hear(control, text, sizeof(text)) != 227)
        return -1;
    /* To do. */
    return -1;
}

static int list(int control)
{
    int data = open_data(control);

    if (data < 0)
        return EXIT_PROTOCOL;
    /* To do: LIST, 150, the data up to its end, and 226. */
    return EXIT_PROTOCOL;
}

static int get(int control, const char *name)
{
    /* To do: where do the bytes go until the file is whole? */
    (void)control, (void)name;
    return EXIT_PROTOCOL;
}

static int put(int control, const char *name)
{
    /* To do: how does the server know that the file is whole? */
    (void)control, (void)name;
    return EXIT_PROTOCOL;
}

int main(int argc, char **argv)
{
    const char *what = argc > 3 ? argv[3] : "";
    int lists = argc == 4 && strcmp(what, "ls") == 0;

    if (!lists && !(argc == 5 && (strcmp(what, "get") == 0 || strcmp(what, "put") == 0))) {
        fprintf(stderr, "usage: ft HOST PORT get F | put F | ls\n");
        return EXIT_USAGE;
    }
    int control = connect_to(argv[1], argv[2]);
    if (control < 0)
        return EXIT_NETWORK;

    int status = lists                      ? list(control)
                 : strcmp(what, "get") == 0 ? get(control, argv[4])
                                            : put(control, argv[4]);
    /* To do: QUIT, and 221. */
    return status;
}
