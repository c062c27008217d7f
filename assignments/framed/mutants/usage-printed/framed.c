/*
 * framed PORT line|bin, a process for each client.
 * The mistake: expects its arguments the other way round.
 */
#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Set when the client is gone. */
static int gone;

static void put(int fd, const void *what, size_t size)
{
    ssize_t n;
    while (size > 0 && (n = write(fd, what, size)) > 0) {
        what = (const char *)what + n;
        size -= n;
    }
    if (size > 0)
        gone = 1;
}

/* One byte at a time is slow, but simple. */
static int next_byte(int fd)
{
    unsigned char c = '\n';
    if (gone || read(fd, &c, 1) != 1)
        gone = 1;
    return c;
}

static const char *number(const char *s, long long *value)
{
    char *end;
    if (!isdigit((unsigned char)s[*s == '-']))
        return NULL;
    errno = 0;
    *value = strtoll(s, &end, 10);
    return errno ? NULL : end;
}

static void serve_lines(int fd)
{
    char line[1025], reply[100];

    while (!gone) {
        const char *p;
        long long a, b, sum;
        size_t n = 0;
        int c;

        while ((c = next_byte(fd)) != '\n') {
            if (n == 1024)
                put(fd, "ERR long line\n", 14);
            if (n <= 1024)
                line[n] = c, n++;
        }
        if (gone || n > 1024)
            continue;
        line[n] = '\0';
        if (strncmp(line, "ADD ", 4) == 0 && (p = number(line + 4, &a)) && *p == ' ' && (p = number(p + 1, &b)) &&
            *p == '\0' && !__builtin_saddll_overflow(a, b, &sum))
            sprintf(reply, "OK %lld\n", sum);
        else
            strcpy(reply, "ERR I only understand ADD a b\n");
        put(fd, reply, strlen(reply));
    }
}

static void serve_frames(int fd)
{
    static unsigned char frame[2 + 65535];

    while (!gone) {
        frame[0] = next_byte(fd);
        frame[1] = next_byte(fd);
        int length = frame[0] << 8 | frame[1];
        if (length > 4096)
            return;
        for (int i = length - 1; i >= 0; i--)
            frame[2 + i] = next_byte(fd);
        if (!gone)
            put(fd, frame, 2 + length);
        if (length == 0)
            return;
    }
}

int main(int argc, char *argv[])
{
    struct sockaddr_in me;
    int door, guest, one = 1;

    if (argc != 3 || (strcmp(argv[2], "line") && strcmp(argv[2], "bin"))) {
        fputs("Usage: framed PORT line|bin\n", stderr);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);

    door = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
    memset(&me, 0, sizeof(me));
    me.sin_family = AF_INET;
    me.sin_addr.s_addr = htonl(INADDR_ANY);
    me.sin_port = htons(atoi(argv[1]));
    if (bind(door, (struct sockaddr *)&me, sizeof(me)) || listen(door, 20)) {
        perror("framed");
        return 2;
    }
    for (;;) {
        guest = accept(door, NULL, NULL);
        if (guest < 0)
            continue;
        if (fork() == 0) {
            close(door);
            if (strcmp(argv[2], "line") == 0)
                serve_lines(guest);
            else
                serve_frames(guest);
            _exit(0);
        }
        close(guest);
    }
}
