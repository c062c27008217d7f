/* framed.c - framed line|bin PORT: answers requests that are lines, or that say how long they are. */
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Returns a socket that listens on every address of this machine, or -1. */
static int listen_on(int port)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int on = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0 || listen(fd, 64) < 0)
        return -1;
    return fd;
}

/* How many of the n bytes at `bytes` the first message takes, its line feed included. 0: it is not all there.
 */
static size_t next_line(const char *bytes, size_t n)
{
    (void)bytes, (void)n;
    return 0; /* TODO */
}

/* The same of a frame, its length included. */
static size_t next_frame(const char *bytes, size_t n)
{
    (void)bytes, (void)n;
    return 0; /* TODO */
}

static void serve(int client, size_t (*next_message)(const char *, size_t))
{
    char buffer[8192];
    size_t filled = 0;
    ssize_t n;
    /* TODO: meanwhile all other clients wait. */
    while ((n = recv(client, buffer + filled, sizeof(buffer) - filled, 0)) > 0) {
        filled += (size_t)n;
        while (next_message(buffer, filled) > 0)
            ; /* TODO: answer the message, and take it out of the buffer */
        /* TODO: what if a message does not fit? */
    }
    close(client);
}

int main(int argc, char **argv)
{
    int port = argc == 3 ? atoi(argv[2]) : 0;
    if (port < 1 || port > 65535 || (strcmp(argv[1], "line") != 0 && strcmp(argv[1], "bin") != 0)) {
        fprintf(stderr, "usage: framed line|bin PORT\n");
        return 1;
    }
    int listener = listen_on(port);
    if (listener < 0) {
        perror("framed");
        return 2;
    }
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (client >= 0)
            serve(client, strcmp(argv[1], "line") == 0 ? next_line : next_frame);
    }
}
