/*
 * hget.c - hget URL: asks a server for one document, and writes it to stdout.
 *
 * Three things may end the body of a response: its length, a last chunk of size 0, or the end of the
 * connection. Which of them it is stands in the headers. Only in the third case is it right to read until the
 * server closes: in the others it may keep the connection open for as long as it likes.
 */
#include <ctype.h>
#include <errno.h>
#include <netdb.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

#define MAX_LINE 8192

static void die(int status, const char *why)
{
    fprintf(stderr, "hget: %s\n", why);
    exit(status);
}

/* ---- the URL ------------------------------------------------------------------------------------------- */

struct url {
    char host[256];
    char port[6];
    const char *authority; /* host and port as they stand in the URL: what the header Host says */
    int authority_length;
    const char *path;
};

/* "http://HOST[:PORT][/PATH]" */
static bool read_url(const char *text, struct url *u)
{
    static const char scheme[] = "http://";
    size_t all, host;

    if (strncmp(text, scheme, strlen(scheme)) != 0)
        return false;
    u->authority = text + strlen(scheme);
    all = strcspn(u->authority, "/");
    host = strcspn(u->authority, ":/");
    if (host == 0 || host >= sizeof(u->host))
        return false;
    memcpy(u->host, u->authority, host);
    strcpy(u->port, "80");
    if (host < all) {
        size_t digits = strspn(u->authority + host + 1, "0123456789");
        if (digits == 0 || digits >= sizeof(u->port) || host + 1 + digits != all)
            return false;
        memcpy(u->port, u->authority + host + 1, digits + 1);
        u->port[digits] = '\0';
    }
    u->authority_length = (int)all;
    u->path = u->authority[all] == '/' ? u->authority + all : "/";
    /* A space or a line feed would end the request line early. */
    for (const char *c = text; *c; c++)
        if ((unsigned char)*c <= ' ' || *c == 127)
            return false;
    return true;
}

/* ---- bytes that come ----------------------------------------------------------------------------------- */

/* What one recv() brought, and how much of it was used. The rest is part of whatever comes next. */
struct stream {
    int fd;
    char bytes[65536];
    size_t from, to;
};

/* Waits for more when all is used. Returns false at the end of the stream. */
static bool fill(struct stream *s)
{
    ssize_t n;

    if (s->from < s->to)
        return true;
    do
        n = recv(s->fd, s->bytes, sizeof(s->bytes), 0);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        die(EXIT_NETWORK, strerror(errno));
    s->from = 0;
    s->to = (size_t)n;
    return n > 0;
}

/* One line of the head, without its end. */
static void read_line(struct stream *s, char line[MAX_LINE])
{
    size_t n = 0;

    for (;;) {
        if (!fill(s))
            die(EXIT_PROTOCOL, "the server closed in the middle of a line");
        char c = s->bytes[s->from++];
        if (c == '\n')
            break;
        if (n + 1 == MAX_LINE || c == '\0')
            die(EXIT_PROTOCOL, "the server sent a line that nobody can read");
        line[n++] = c;
    }
    if (n == 0 || line[n - 1] != '\r')
        die(EXIT_PROTOCOL, "a line does not end with CR LF");
    line[n - 1] = '\0';
}

/* Copies n bytes of body to stdout, or, if `n` is -1, all up to the end. Any bytes: nothing is a string here.
 */
static void copy(struct stream *s, long long n)
{
    while (n != 0) {
        if (!fill(s)) {
            if (n > 0)
                die(EXIT_PROTOCOL, "the server closed before the body was whole");
            return;
        }
        size_t piece = s->to - s->from;
        if (n > 0 && (long long)piece > n)
            piece = (size_t)n;
        if (fwrite(s->bytes + s->from, 1, piece, stdout) != piece)
            die(EXIT_NETWORK, "cannot write to stdout");
        s->from += piece;
        if (n > 0)
            n -= (long long)piece;
    }
}

/* ---- the response -------------------------------------------------------------------------------------- */

struct response {
    int status;
    bool chunked;
    long long length; /* -1: not told */
};

/* Digits and nothing else, of base 10 or 16. Not strtoll alone: it takes signs and spaces. */
static long long read_number(const char *text, int base)
{
    char *end;
    long long n;

    if (!isxdigit((unsigned char)text[0]))
        die(EXIT_PROTOCOL, "a length is no number");
    errno = 0;
    n = strtoll(text, &end, base);
    while (*end == ' ' || *end == '\t')
        end++;
    if (errno != 0 || (*end != '\0' && !(base == 16 && *end == ';')) || end == text)
        die(EXIT_PROTOCOL, "a length is no number");
    return n;
}

static void read_status(const char *line, struct response *r)
{
    if (strncmp(line, "HTTP/1.", 7) != 0 || !isdigit((unsigned char)line[7]) || line[8] != ' ' ||
        strspn(line + 9, "0123456789") != 3 || (line[12] != ' ' && line[12] != '\0'))
        die(EXIT_PROTOCOL, "this is no response of HTTP/1.1");
    r->status = atoi(line + 9);
}

static void read_header(char *line, struct response *r)
{
    char *colon = strchr(line, ':'), *value;

    if (!colon || colon == line)
        die(EXIT_PROTOCOL, "a header has no name");
    *colon = '\0';
    value = colon + 1 + strspn(colon + 1, " \t");
    /* The case of a header's name does not matter, so strcmp() is not enough. */
    if (strcasecmp(line, "Content-Length") == 0)
        r->length = read_number(value, 10);
    else if (strcasecmp(line, "Transfer-Encoding") == 0)
        r->chunked = strncasecmp(value, "chunked", 7) == 0;
}

/* The status line and the headers, up to the empty line. */
static struct response read_head(struct stream *s)
{
    struct response r = {.length = -1};
    char line[MAX_LINE];

    read_line(s, line);
    read_status(line, &r);
    for (read_line(s, line); line[0] != '\0'; read_line(s, line))
        read_header(line, &r);
    return r;
}

/* Each chunk is its size in hexadecimal, a line end, so many bytes, and a line end; the last one is empty. */
static void copy_chunks(struct stream *s)
{
    char line[MAX_LINE];
    long long size;

    for (read_line(s, line); (size = read_number(line, 16)) > 0; read_line(s, line)) {
        copy(s, size);
        read_line(s, line);
        if (line[0] != '\0')
            die(EXIT_PROTOCOL, "a chunk is longer than it says");
    }
    do /* headers may follow, which nobody needs */
        read_line(s, line);
    while (line[0] != '\0');
}

/* ---- all ----------------------------------------------------------------------------------------------- */

/* Returns a connected socket, or -1. A name may stand for several addresses: the first that answers is taken.
 */
static int connect_to(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *found;
    int fd = -1;

    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    for (struct addrinfo *a = found; a && fd < 0; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd >= 0 && connect(fd, a->ai_addr, a->ai_addrlen) < 0) {
            close(fd);
            fd = -1;
        }
    }
    freeaddrinfo(found);
    return fd;
}

static void ask(int fd, const struct url *u)
{
    char request[2 * MAX_LINE];
    size_t done = 0;
    int length = snprintf(request, sizeof(request),
                          "GET %s HTTP/1.1\r\n"
                          "Host: %.*s\r\n"
                          "Connection: close\r\n"
                          "\r\n",
                          u->path, u->authority_length, u->authority);

    if (length >= (int)sizeof(request))
        die(EXIT_USAGE, "the URL is too long");
    while (done < (size_t)length) { /* one send() may take less than all */
        ssize_t n = send(fd, request + done, (size_t)length - done, MSG_NOSIGNAL);
        if (n < 0 && errno != EINTR)
            die(EXIT_NETWORK, strerror(errno));
        if (n > 0)
            done += (size_t)n;
    }
}

int main(int argc, char **argv)
{
    static struct stream s;
    struct url u = {0};

    if (argc != 2 || !read_url(argv[1], &u))
        die(EXIT_USAGE, "usage: hget http://HOST[:PORT][/PATH]");
    s.fd = connect_to(u.host, u.port);
    if (s.fd < 0)
        die(EXIT_NETWORK, "cannot connect");
    ask(s.fd, &u);

    struct response r = read_head(&s);
    if (r.status != 200) {
        fprintf(stderr, "hget: the server says %d\n", r.status);
        return EXIT_PROTOCOL;
    }
    if (r.chunked)
        copy_chunks(&s);
    else
        copy(&s, r.length); /* with no length told, -1: up to the end */
    if (fflush(stdout) != 0)
        die(EXIT_NETWORK, "cannot write to stdout");
    return EXIT_OK;
}
