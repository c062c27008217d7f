/*
 * ipc.c - ipc PATH NAME: asks ipcd to count one up, and prints what the counter is then.
 */
#include "path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_OK = 0, EXIT_USAGE = 1, EXIT_NETWORK = 2, EXIT_PROTOCOL = 3 };

#define MAX_NAME 64
#define MAX_ANSWER 256

static bool send_all(int fd, const char *bytes, size_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, bytes, n, MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        bytes += sent;
        n -= (size_t)sent;
    }
    return true;
}

/* Reads until the line feed is there, however many reads that takes, and puts a zero byte in its place.
 * Returns false when the server leaves before, or says too much. */
static bool receive_line(int fd, char line[MAX_ANSWER])
{
    size_t used = 0;
    while (used < MAX_ANSWER) {
        ssize_t n = recv(fd, line + used, MAX_ANSWER - used, 0);
        if (n <= 0)
            return false;
        used += (size_t)n;
        char *feed = memchr(line, '\n', used);
        if (feed) {
            *feed = '\0';
            return true;
        }
    }
    return false;
}

static bool is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int connect_to(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0)
        return fd;
    fprintf(stderr, "ipc: %s: %s\n", address->sun_path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int main(int argc, char **argv)
{
    struct sockaddr_un address;
    if (argc != 3 || !path_address(&address, argv[1]) || strlen(argv[2]) > MAX_NAME) {
        fprintf(stderr, "usage: ipc PATH NAME\n       with 1 to %zu bytes of PATH, and at most %d of NAME\n",
                sizeof(address.sun_path) - 1, MAX_NAME);
        return EXIT_USAGE;
    }
    int fd = connect_to(&address);
    if (fd < 0)
        return EXIT_NETWORK;

    char request[MAX_NAME + 16], answer[MAX_ANSWER];
    int n = snprintf(request, sizeof(request), "INC %s\n", argv[2]);
    bool answered = send_all(fd, request, (size_t)n) && receive_line(fd, answer);
    close(fd);
    if (!answered || !is_number(answer)) {
        fprintf(stderr, "ipc: %s\n", answered ? answer : "no answer came");
        return EXIT_PROTOCOL;
    }
    puts(answer);
    return fflush(stdout) == 0 ? EXIT_OK : EXIT_NETWORK;
}
