/*
 * ft HOST PORT get F | put F | ls
 * The mistake: prints what it does to stdout, too.
 */
#include <arpa/inet.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int ctl;
static struct sockaddr_in server;
static char in[2000];
static int n_in;

static void fail(int status, const char *why)
{
    fprintf(stderr, "ft: %s\n", why);
    exit(status);
}

static int dial(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    server.sin_port = htons(port);
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0)
        fail(2, "cannot connect");
    return fd;
}

static void send_all(int fd, const char *p, int n)
{
    while (n > 0) {
        int k = send(fd, p, n, 0);
        if (k < 0)
            return; /* the reply will say so */
        p += k;
        n -= k;
    }
}

static void say(const char *word, const char *name)
{
    char line[300];
    send_all(ctl, line, snprintf(line, sizeof line, "%s%s\r\n", word, name));
}

/* reads one reply, and returns its code */
static int hear(char *text)
{
    char *end;
    while (!(end = memmem(in, n_in, "\r\n", 2))) {
        int n = recv(ctl, in + n_in, sizeof in - n_in, 0);
        if (n <= 0)
            fail(3, "the server is gone");
        n_in += n;
    }
    *end = 0;
    strcpy(text, in);
    n_in -= end + 2 - in;
    memmove(in, end + 2, n_in);
    return atoi(text);
}

static void quit(int status)
{
    char text[2000];
    say("QUIT", "");
    hear(text);
    exit(status);
}

static int open_data(void)
{
    char text[2000];
    say("PASV", "");
    if (hear(text) != 227)
        quit(3);
    return dial(atoi(text + 4));
}

static void start(const char *word, const char *name)
{
    char text[2000];
    say(word, name);
    if (hear(text) != 150)
        quit(3);
}

static void finish(void)
{
    char text[2000];
    if (hear(text) != 226)
        quit(3);
}

static void ls(void)
{
    char buf[4096];
    int data = open_data(), n;
    start("LIST", "");
    printf("Files on the server:\n");
    while ((n = recv(data, buf, sizeof buf, 0)) > 0)
        fwrite(buf, 1, n, stdout);
    finish();
}

static void get(const char *name)
{
    char buf[4096], part[200], text[2000];
    int data = open_data(), n;
    start("RETR ", name);
    snprintf(part, sizeof part, "%s.part", name);
    FILE *f = fopen(part, "wb");
    while ((n = recv(data, buf, sizeof buf, 0)) > 0)
        fwrite(buf, 1, n, f);
    fclose(f);
    if (hear(text) != 226 || n < 0) {
        remove(part);
        quit(3);
    }
    rename(part, name);
}

static void put(const char *name, FILE *f)
{
    char buf[4096];
    int data = open_data(), n;
    start("STOR ", name);
    while ((n = fread(buf, 1, sizeof buf, f)) > 0)
        send_all(data, buf, n);
    close(data);
    finish();
}

int main(int argc, char **argv)
{
    int named = argc == 5 && (strcmp(argv[3], "get") == 0 || strcmp(argv[3], "put") == 0);
    FILE *f = NULL;
    if (!named && !(argc == 4 && strcmp(argv[3], "ls") == 0))
        fail(1, "usage: ft HOST PORT get NAME | put NAME | ls");
    if (named && argv[3][0] == 'p' && !(f = fopen(argv[4], "rb")))
        fail(1, "cannot read the file");
    signal(SIGPIPE, SIG_IGN);

    struct hostent *h = gethostbyname(argv[1]);
    if (!h)
        fail(2, "no such host");
    server.sin_family = AF_INET;
    memcpy(&server.sin_addr, h->h_addr_list[0], 4);
    ctl = dial(atoi(argv[2]));

    if (f)
        put(argv[4], f);
    else if (named)
        get(argv[4]);
    else
        ls();
    quit(0);
}
