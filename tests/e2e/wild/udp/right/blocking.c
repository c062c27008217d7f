/* recvfrom(), sendto(). */
#include "reverse.h"

int main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argc > 1 ? argv[1] : "0"))};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    char text[2048];

    if (bind(fd, (struct sockaddr *)&a, sizeof a) < 0)
        die("bind");
    for (;;) {
        struct sockaddr_in from;
        socklen_t len = sizeof from;
        ssize_t n = recvfrom(fd, text, sizeof text, 0, (struct sockaddr *)&from, &len);

        if (n < 0)
            continue;
        turn(text, (size_t)n);
        sendto(fd, text, (size_t)n, 0, (struct sockaddr *)&from, len);
    }
}
