/* echo.h - what the servers in C share. */
#include <netinet/in.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int listen_on(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0), one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 5) < 0)
        exit(1);
    return fd;
}

/* Line by line, until the client leaves. */
static inline void echo(int fd)
{
    char line[100];
    size_t have = 0;
    ssize_t n;

    while ((n = recv(fd, line + have, sizeof line - have, 0)) > 0) {
        have += (size_t)n;
        if (!memchr(line, '\n', have))
            continue;
        if (memcmp(line, "CRASH", 5) == 0)
            raise(SIGSEGV);
        send(fd, line, have, 0);
        have = 0;
    }
    close(fd);
}
