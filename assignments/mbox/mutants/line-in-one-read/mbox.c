/*
 * mbox HOST PORT list|fetch N.
 * The mistake: takes for a line what one read brings.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fd;
static char buf[100001];
static int used;

static void fill(void)
{
    int n = recv(fd, buf + used, sizeof(buf) - 1 - used, 0);

    if (n <= 0) {
        fprintf(stderr, "mbox: the server has gone\n");
        exit(3);
    }
    used += n;
}

static void drop(int n)
{
    used -= n;
    memmove(buf, buf + n, used);
}

static void read_line(char *line)
{
    char *end;

    if (used == 0)
        fill();
    end = memmem(buf, used, "\r\n", 2);
    if (!end) {
        strncpy(line, buf, used);
        line[used] = 0;
        used = 0;
        return;
    }
    memcpy(line, buf, end - buf);
    line[end - buf] = 0;
    drop(end - buf + 2);
}

static void read_literal(int size)
{
    while (used < size)
        fill();
    fwrite(buf, 1, size, stdout);
    drop(size);
}

static int ask(const char *tag, const char *command)
{
    char line[100001], text[1000];
    int n, size;

    sprintf(text, "%s %s\r\n", tag, command);
    send(fd, text, strlen(text), 0);
    for (;;) {
        read_line(line);
        if (sscanf(line, "* %d FETCH ({%d}", &n, &size) == 2) {
            read_literal(size);
            read_line(line);
        } else if (sscanf(line, "* %d SIZE %d", &n, &size) == 2) {
            printf("%d %d\n", n, size);
        } else if (strncmp(line, tag, strlen(tag)) == 0) {
            return strcmp(line + strlen(tag), " OK") == 0;
        }
    }
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *server;
    char text[1000];

    if (argc < 4) {
        fprintf(stderr, "usage: mbox HOST PORT list|fetch N\n");
        return 1;
    }
    if (getaddrinfo(argv[1], argv[2], &hints, &server) != 0)
        return 2;
    fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, server->ai_addr, server->ai_addrlen) < 0) {
        perror("mbox");
        return 2;
    }
    read_line(text);
    sprintf(text, "LOGIN %s %s", getenv("MBOX_USER"), getenv("MBOX_PASSWORD"));
    if (!ask("A001", text))
        return 4;
    if (argc > 4)
        sprintf(text, "FETCH %s", argv[4]);
    else
        strcpy(text, "LIST");
    if (!ask("A002", text))
        return 3;
    fflush(stdout);
    ask("A003", "LOGOUT");
    return 0;
}
