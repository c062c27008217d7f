/* httpd.c - httpd PORT ROOT: the files below ROOT, by HTTP/1.1. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* One request, as far as it matters here. */
struct request {
    int status;        /* 200: may be served; else what is wrong with it */
    int head;          /* HEAD: the answer has no body */
    int close;         /* the client wants the connection closed */
    char target[8192]; /* decoded */
};

/* Returns a socket that listens on this port, on every address of this machine, or -1. */
static int listen_on(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    /* To do: bind it, and listen. */
    (void)port;
    return fd;
}

/* Takes the first request out of these n bytes. Returns how many it takes up; 0: it is not all there yet. */
static size_t read_request(const char *bytes, size_t n, struct request *r)
{
    /* To do: where does its head end? This function needs no socket, so you can try it at every cut. */
    (void)bytes, (void)n;
    r->status = 400;
    return 0;
}

/* Opens the file that a target means. Returns a descriptor, or -1. */
static int open_file(const char *root, const char *target)
{
    /* To do: and is it below root? */
    (void)root, (void)target;
    return -1;
}

static void answer(int client, const struct request *r, const char *root)
{
    int file = r->status == 200 ? open_file(root, r->target) : -1;

    /* To do: the status line, the headers, the empty line, and the body, if there is one. */
    (void)client, (void)file;
}

static void serve(int client, const char *root)
{
    static struct request r;
    char bytes[16384];
    ssize_t n = recv(client, bytes, sizeof(bytes), 0);

    /* To do: one recv is not one request. And a client may ask again, on the same connection. */
    if (n > 0 && read_request(bytes, (size_t)n, &r) > 0)
        answer(client, &r, root);
    close(client);
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: httpd PORT ROOT\n");
        return EXIT_USAGE;
    }
    int listener = listen_on(atoi(argv[1]));
    if (listener < 0) {
        perror("httpd");
        return EXIT_NETWORK;
    }
    for (;;) { /* To do: one client after another is not enough. */
        int client = accept(listener, NULL, NULL);

        if (client < 0) {
            perror("httpd: accept");
            return EXIT_NETWORK;
        }
        serve(client, argv[2]);
    }
}
