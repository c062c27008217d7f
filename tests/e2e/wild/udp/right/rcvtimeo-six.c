/* IPv6 and IPv4 on one socket, with a time-out of 50 ms that means nothing. */
#include "reverse.h"

int main(int argc, char **argv)
{
    struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"))};
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), zero = 0;
    struct timeval tv = {.tv_usec = 50000};
    char text[2048];

    setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
        die("bind");
    for (;;) {
        struct sockaddr_in6 from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, text, sizeof text, 0, (struct sockaddr *)&from, &len);

        if (n < 0)
            continue;
        turn(text, (size_t)n);
        sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&from, len);
    }
}
