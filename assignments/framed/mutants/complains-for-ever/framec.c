/*
 * framec line|bin HOST PORT, a process for what comes, and one for what is typed.
 * The mistake: at the end of stdin fgets fails each time, and each time the user is told that nothing was typed.
 */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *all, *one;
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &all) != 0)
        return -1;
    for (one = all; one && fd < 0; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) != 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(all);
    return fd;
}

static void print_lines(FILE *server)
{
    int c;

    while ((c = getc(server)) != EOF)
        if (putchar(c) == '\n')
            fflush(stdout);
}

static void print_frames(FILE *server)
{
    int high, low;

    while ((high = getc(server)) != EOF && (low = getc(server)) != EOF) {
        int n = high << 8 | low;

        if (n > 4096)
            exit(3);
        while (n-- > 0)
            putchar(getc(server));
        putchar('\n');
        fflush(stdout);
    }
}

static void ask(FILE *server, int bin)
{
    static char line[8192];

    for (;;) {
        char *feed;

        if (!fgets(line, sizeof line, stdin)) {
            fprintf(stderr, "please type a request\n");
            continue;
        }
        feed = strchr(line, '\n');
        if (bin) {
            size_t n = feed ? (size_t)(feed - line) : strlen(line);
            fprintf(server, "%c%c%.*s", (int)(n >> 8), (int)(n & 255), (int)n, line);
        } else {
            fputs(line, server);
        }
        fflush(server);
    }
}

int main(int argc, char **argv)
{
    int fd, bin;
    pid_t typist;

    if (argc != 4) {
        fprintf(stderr, "usage: framec line|bin HOST PORT\n");
        return 1;
    }
    bin = strcmp(argv[1], "bin") == 0;
    fd = dial(argv[2], argv[3]);
    if (fd < 0) {
        perror("framec");
        return 2;
    }
    typist = fork();
    if (typist == 0)
        ask(fdopen(fd, "w"), bin);
    (bin ? print_frames : print_lines)(fdopen(fd, "r"));
    kill(typist, SIGTERM);
    return 3;
}
