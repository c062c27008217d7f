/* Answers lines with themselves, until it is told to go wrong. Its last argument marks all of its processes. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static char block[1 << 16];

static void flood(int fd)
{
    memset(block, 'x', sizeof block);
    for (long i = 0; i < (500L << 20) / (long)sizeof block; i++)
        if (write(fd, block, sizeof block) < 0)
            return;
}

/* Away from parent, session and terminal. */
static void daemonize(void)
{
    if (fork() == 0) {
        setsid();
        if (fork() == 0)
            for (;;)
                pause();
        _exit(0);
    }
}

static void ignore_signals(void)
{
    for (int sig = 1; sig < 32; sig++)
        signal(sig, SIG_IGN);
}

static void breed(void)
{
    for (int i = 0; i < 5000; i++)
        if (fork() == 0) {
            ignore_signals();
            for (;;)
                pause();
        }
}

static void eat(void)
{
    for (;;) {
        char *p = malloc(1 << 20);
        if (p)
            memset(p, 1, 1 << 20);
    }
}

static void fill(void)
{
    int fd = open("big", O_WRONLY | O_CREAT | O_TRUNC, 0600);

    flood(fd);
    close(fd);
}

static void spin(void)
{
    for (volatile unsigned i = 0;; i++)
        ;
}

static void obey(const char *word)
{
    if (strcmp(word, "daemonize") == 0)
        daemonize();
    if (strcmp(word, "ignore-signals") == 0)
        ignore_signals();
    if (strcmp(word, "breed") == 0)
        breed();
    if (strcmp(word, "flood-out") == 0)
        flood(1);
    if (strcmp(word, "flood-err") == 0)
        flood(2);
    if (strcmp(word, "eat") == 0)
        eat();
    if (strcmp(word, "fill") == 0)
        fill();
    if (strcmp(word, "spin") == 0)
        spin();
    if (strcmp(word, "doze") == 0)
        daemonize();
    while (strcmp(word, "doze") == 0)
        usleep(10000);
}

int main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)(argc > 1 ? atoi(argv[1]) : 0))};
    int server = socket(AF_INET, SOCK_STREAM, 0), fd;
    char *line = NULL;
    size_t room = 0;

    if (bind(server, (struct sockaddr *)&a, sizeof a) < 0 || listen(server, 8) < 0)
        return 2;
    while ((fd = accept(server, NULL, NULL)) >= 0) {
        FILE *in = fdopen(fd, "r");
        ssize_t n;

        while ((n = getline(&line, &room, in)) > 0) {
            line[n - 1] = 0;
            obey(line);
            dprintf(fd, "%s\n", line);
        }
        fclose(in);
    }
    return 1;
}
