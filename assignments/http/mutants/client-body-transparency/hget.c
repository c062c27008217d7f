/*
 * hget URL, with blocking reads.
 * The mistake: where no length is told, it takes an empty line for the end of the body, as if that were a head.
 */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

static void die(int status, const char *why)
{
    fprintf(stderr, "hget: %s\n", why);
    exit(status);
}

static int dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found;
    int fd;

    if (getaddrinfo(host, port, &hints, &found))
        die(2, "no such host");
    fd = socket(found->ai_family, found->ai_socktype, 0);
    if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen))
        die(2, "cannot connect");
    freeaddrinfo(found);
    return fd;
}

static unsigned char bytes[400000];
static ssize_t at, filled;

/* The next byte of the response, or -1 at its end. */
static int next_byte(int fd)
{
    if (at == filled) {
        filled = read(fd, bytes, sizeof(bytes));
        at = 0;
        if (filled < 0)
            die(2, "the connection broke");
        if (filled == 0)
            return -1;
    }
    return bytes[at++];
}

static void next_line(int fd, char line[4096])
{
    size_t n = 0;
    int c;

    while ((c = next_byte(fd)) != '\n') {
        if (c < 0 || n == 4095)
            die(3, "no whole line came");
        line[n++] = c;
    }
    while (n > 0 && line[n - 1] == '\r')
        n--;
    line[n] = '\0';
}

/* So many bytes to stdout. */
static void copy(int fd, long n)
{
    int c;

    while (n-- > 0) {
        if ((c = next_byte(fd)) < 0)
            die(3, "the body is too short");
        putchar(c);
    }
}

static void copy_chunks(int fd)
{
    char line[4096];
    long size;

    do {
        next_line(fd, line);
        size = strtol(line, NULL, 16);
        copy(fd, size);
        if (size > 0)
            next_line(fd, line);
    } while (size > 0);
    do
        next_line(fd, line);
    while (line[0]);
}

/* Line by line, as they are. */
static void copy_to_end(int fd)
{
    int n = 0, blank = 0, c;

    while (!blank && (c = next_byte(fd)) >= 0) {
        putchar(c);
        blank = c == '\n' && n == 0;
        n = c == '\n' ? 0 : n + (c != '\r');
    }
}

int main(int argc, char *argv[])
{
    char host[256], port[6] = "80", path[2000] = "/", request[4096], line[4096];
    long length = -1;
    int chunked = 0, status, fd;

    if (argc != 2 || (sscanf(argv[1], "http://%255[^:/]:%5[0-9]%1999s", host, port, path) < 2 &&
                      sscanf(argv[1], "http://%255[^:/]%1999s", host, path) < 1))
        die(1, "usage: hget http://HOST[:PORT][/PATH]");
    signal(SIGPIPE, SIG_IGN);
    fd = dial(host, port);
    sprintf(request, "GET %s HTTP/1.1\r\nHost: %s%s%s\r\n\r\n", path, host, strcmp(port, "80") ? ":" : "",
            strcmp(port, "80") ? port : "");
    if (write(fd, request, strlen(request)) != (ssize_t)strlen(request))
        die(2, "cannot ask");

    next_line(fd, line);
    if (sscanf(line, "HTTP/1.%*1d %d", &status) != 1)
        die(3, "that is not HTTP");
    for (next_line(fd, line); line[0]; next_line(fd, line)) {
        if (strncasecmp(line, "Content-Length:", 15) == 0)
            length = atol(line + 15);
        if (strncasecmp(line, "Transfer-Encoding:", 18) == 0)
            chunked = strcasestr(line + 18, "chunked") != NULL;
    }
    if (status != 200)
        die(3, "the server has no such document");
    if (chunked)
        copy_chunks(fd);
    else if (length >= 0)
        copy(fd, length);
    else
        copy_to_end(fd);
    return 0;
}
