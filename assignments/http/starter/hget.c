/* hget.c - hget URL: asks a server for one document, and writes it to stdout. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

struct url {
    char host[256];
    char port[6];
    char path[2048];
};

/* What the head of a response says of its body. */
struct response {
    int status;
    int chunked;
    long length; /* -1: it is not told */
};

/* http://HOST[:PORT][/PATH]. Returns whether it is one. */
static int read_url(const char *text, struct url *u)
{
    /* To do. What if the port or the path is missing? */
    (void)u;
    return strncmp(text, "http://", 7) == 0;
}

/* Returns a socket that is connected to this host and port, or -1. */
static int connect_to(const char *host, const char *port)
{
    /* To do. */
    (void)host, (void)port;
    return -1;
}

static void ask(int server, const struct url *u)
{
    /* To do: GET, Host, and the empty line. */
    (void)server, (void)u;
}

/* Reads all up to the empty line. Returns whether it is a response. */
static int read_head(int server, struct response *r)
{
    /* To do: and what has come of the body already? */
    (void)server, (void)r;
    return 0;
}

/* Writes the body to stdout. Returns whether it is whole. */
static int copy_body(int server, const struct response *r)
{
    /* To do: where does it end? There are three ways to tell. */
    (void)server, (void)r;
    return 0;
}

int main(int argc, char **argv)
{
    struct url u = {0};
    struct response r = {.length = -1};

    if (argc != 2 || !read_url(argv[1], &u)) {
        fprintf(stderr, "usage: hget http://HOST[:PORT][/PATH]\n");
        return EXIT_USAGE;
    }
    int server = connect_to(u.host, u.port);
    if (server < 0)
        return EXIT_NETWORK;

    ask(server, &u);
    if (!read_head(server, &r) || r.status != 200 || !copy_body(server, &r))
        return EXIT_PROTOCOL;
    return EXIT_OK;
}
