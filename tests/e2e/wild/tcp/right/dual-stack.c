/* One socket for IPv6 and IPv4, bound to ::, and a child for each client. */
#include "reverse.h"

int main(int argc, char **argv)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"))};
    int server = socket(AF_INET6, SOCK_STREAM, 0), zero = 0;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_IGN);
    setsockopt(server, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    if (bind(server, (struct sockaddr *)&a, sizeof a) < 0 || listen(server, 64) < 0)
        die("listen");
    for (;;) {
        int fd = accept(server, NULL, NULL);

        if (fd >= 0 && fork() == 0) {
            close(server);
            client_serve(fd);
            _exit(0);
        }
        close(fd);
    }
}
