/*
 * ipcd.c - ipcd PATH: counts for the other processes of this machine.
 *
 * It has a socket. What is missing stands behind TODO.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2 };

/* Returns a socket that listens at path, or -1. */
static int listen_at(const char *path)
{
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);

    /* TODO: does path fit into sun_path? Is somebody alive there, or is the file stale? bind, listen; mode
     * 0600. */
    (void)path;
    return fd;
}

/* TODO: many clients at the same time, and one counter for each name that none of them may count past
 * another. */
static void serve(int listener)
{
    (void)listener;
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: ipcd PATH\n");
        return EXIT_USAGE;
    }
    int listener = listen_at(argv[1]);
    if (listener < 0) {
        perror("ipcd");
        return EXIT_NETWORK;
    }
    serve(listener);
    /* TODO: when SIGTERM comes, remove the file. */
    return EXIT_OK;
}
