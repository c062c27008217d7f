/*
 * ipc.c - ipc PATH NAME: asks the server at PATH to count NAME up, and prints the number.
 *
 * What is missing stands behind TODO.
 */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: ipc PATH NAME\n");
        return EXIT_USAGE;
    }
    /* TODO: connect to the path, ask, and read until the whole line is there. */
    fprintf(stderr, "ipc: %s has not counted %s\n", argv[1], argv[2]);
    return EXIT_PROTOCOL;
}
