/*
 * ft.c - ft HOST PORT get F | put F | ls: one file, or the list of files.
 *
 * Two connections lead to the server. What is said on one has no order with what comes on the other: "226
 * done" may be here before the last bytes of the file are. So a file is read up to its own end, and then the
 * reply is read: both have to be there.
 */
#include "control.h"
#include "folder.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- steps of a conversation --------------------------------------------------------------------------- */

/* Takes leave of the server, and ends. */
static _Noreturn void leave(struct control *c, int status)
{
    char text[MAX_LINE];

    control_say(c, "QUIT", "");
    if (control_hear(c, text) != 221)
        status = EXIT_PROTOCOL;
    exit(status);
}

/* Asks for a data port, and connects to it. */
static int open_data(struct control *c)
{
    char text[MAX_LINE], *end;
    long port;

    control_say(c, "PASV", "");
    if (control_hear(c, text) != 227)
        leave(c, EXIT_PROTOCOL);
    port = strtol(text, &end, 10);
    if (end == text || *end != '\0' || port < 1 || port > 65535)
        die(EXIT_PROTOCOL, "that is no port");
    return control_connect_data(c, (unsigned short)port);
}

/* A transfer begins with 150. Anything else is the server's no. */
static void begin(struct control *c, const char *command, const char *name)
{
    char text[MAX_LINE];

    control_say(c, command, name);
    if (control_hear(c, text) != 150)
        leave(c, EXIT_PROTOCOL);
}

static bool is_complete(struct control *c)
{
    char text[MAX_LINE];

    return control_hear(c, text) == 226;
}

/* ---- files --------------------------------------------------------------------------------------------- */

static bool write_all(int to, const char *bytes, size_t n, bool to_socket)
{
    while (n > 0) {
        ssize_t done = to_socket ? send(to, bytes, n, MSG_NOSIGNAL) : write(to, bytes, n);
        if (done < 0)
            return false;
        bytes += done;
        n -= (size_t)done;
    }
    return true;
}

/* Copies up to the end of `from`: any bytes, for nothing is a string here. Returns false when either breaks.
 */
static bool copy(int from, int to, bool to_socket)
{
    char bytes[65536];
    ssize_t n;

    while ((n = read(from, bytes, sizeof(bytes))) > 0)
        if (!write_all(to, bytes, (size_t)n, to_socket))
            return false;
    return n == 0;
}

static void list(struct control *c)
{
    int data = open_data(c);

    begin(c, "LIST", "");
    if (!copy(data, STDOUT_FILENO, false) || !is_complete(c))
        leave(c, EXIT_PROTOCOL);
}

/* The file grows under another name: only when all of it is there it takes the place of an older one. */
static void get(struct control *c, const char *name)
{
    int data = open_data(c), number = (int)getpid(), file;
    bool whole;

    begin(c, "RETR ", name);
    file = folder_begin(AT_FDCWD, number);
    if (file < 0)
        die(EXIT_USAGE, "cannot write here");
    whole = copy(data, file, false);
    close(file);
    close(data);
    if (!is_complete(c) || !whole || !folder_keep(AT_FDCWD, number, name)) {
        folder_drop(AT_FDCWD, number);
        leave(c, EXIT_PROTOCOL);
    }
}

static void put(struct control *c, const char *name, int file)
{
    int data = open_data(c);
    bool sent;

    begin(c, "STOR ", name);
    sent = copy(file, data, true);
    close(data); /* this end is the end of the file: without it the server waits for more, and we for its
                    reply */
    if (!is_complete(c) || !sent)
        leave(c, EXIT_PROTOCOL);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

int main(int argc, char **argv)
{
    struct control control;
    const char *what = argc > 3 ? argv[3] : "";
    bool getting = argc == 5 && strcmp(what, "get") == 0, putting = argc == 5 && strcmp(what, "put") == 0;
    int file = -1;

    if (!(argc == 4 && strcmp(what, "ls") == 0) && !((getting || putting) && is_name(argv[4])))
        die(EXIT_USAGE, "usage: ft HOST PORT get NAME | put NAME | ls");
    if (putting && (file = folder_read(AT_FDCWD, argv[4])) < 0)
        die(EXIT_USAGE, "there is no such file here");

    control_connect(&control, argv[1], argv[2]);
    if (getting)
        get(&control, argv[4]);
    else if (putting)
        put(&control, argv[4], file);
    else
        list(&control);
    leave(&control, EXIT_OK);
}
