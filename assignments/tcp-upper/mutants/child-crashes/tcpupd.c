/*
 * tcpupd PORT
 * The mistake: takes for granted that each text ends with a line feed. Where it does not, the child that serves the
 * client crashes; the parent goes on as if nothing had happened.
 */
#include <ctype.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <unistd.h>

#define SIZE 8192

static void answer_all(int conn)
{
    char text[SIZE + 1];
    ssize_t len;

    while ((len = read(conn, text, SIZE)) > 0) {
        text[len] = '\0';
        char *end = strchr(text, '\n');
        *end = '\0';
        for (char *c = text; *c; c++)
            *c = toupper((unsigned char)*c);
        *end = '\n';
        for (ssize_t done = 0, now; done < len; done += now)
            if ((now = write(conn, text + done, len - done)) < 0)
                return;
    }
}

int main(int argc, char *argv[])
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE}, *where;
    int yes = 1;

    if (argc != 2 || getaddrinfo(NULL, argv[1], &hints, &where) != 0) {
        fputs("usage: tcpupd PORT\n", stderr);
        return 1;
    }
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    int door = socket(where->ai_family, where->ai_socktype, 0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(door, where->ai_addr, where->ai_addrlen) < 0 || listen(door, 64) < 0) {
        perror("tcpupd");
        return 1;
    }
    freeaddrinfo(where);
    for (;;) {
        int conn = accept(door, NULL, NULL);
        if (conn < 0)
            continue;
        if (fork() == 0) {
            close(door);
            answer_all(conn);
            exit(0);
        }
        close(conn);
    }
}
