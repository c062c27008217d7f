/* Two sockets, one for each version of IP, as portable servers do it. */
#include <netdb.h>

#include "reverse.h"

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *list, *a;
    struct pollfd sockets[8];
    int n = 0, one = 1;

    signal(SIGPIPE, SIG_IGN);
    if (argc < 3 || getaddrinfo(NULL, argv[2], &hints, &list) != 0)
        die("getaddrinfo");
    for (a = list; a && n < 8; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);

        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
        if (a->ai_family == AF_INET6)
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
        if (bind(fd, a->ai_addr, a->ai_addrlen) == 0 && listen(fd, 64) == 0)
            sockets[n++] = (struct pollfd){.fd = fd, .events = POLLIN};
    }
    freeaddrinfo(list);
    while (n > 0 && poll(sockets, (nfds_t)n, -1) > 0)
        for (int i = 0; i < n; i++)
            if (sockets[i].revents)
                client_serve(accept(sockets[i].fd, NULL, NULL));
    return 1;
}
