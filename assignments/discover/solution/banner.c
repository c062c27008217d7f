/* banner.c - dials, and reads a line from a stream. */
#include "banner.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

int banner_dial(const struct places *p)
{
    /* That an announcer says so does not make it true: the service may have ended. Then the next one will do.
     * A socket whose connect() has failed is of no more use, so each place gets a new one. */
    for (size_t i = 0; i < p->n; i++) {
        struct sockaddr_in to = place_address(&p->list[i]);
        int fd = socket(AF_INET, SOCK_STREAM, 0);

        if (fd < 0)
            return -1;
        if (connect(fd, (struct sockaddr *)&to, sizeof(to)) == 0)
            return fd;
        close(fd);
    }
    return -1;
}

bool banner_read(int fd, char line[MAX_BANNER + 1])
{
    size_t used = 0;

    /* Datagrams come whole, but this is a stream: the line may arrive in pieces, and its end is the line feed
     * and not the end of what one recv() has brought. Nor is it the end of the connection: that may stay
     * open. */
    while (used <= MAX_BANNER) {
        ssize_t n = recv(fd, line + used, MAX_BANNER + 1 - used, 0);
        char *feed;

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        feed = memchr(line + used, '\n', (size_t)n);
        if (feed) {
            *feed = '\0';
            return true;
        }
        used += (size_t)n;
    }
    return false;
}
