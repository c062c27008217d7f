/* udpup HOST PORT TEXT, with SO_RCVTIMEO: recvfrom() itself gives up after a second. HOST is numeric here. */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

int main(int argc, char **argv)
{
    struct sockaddr_in server = {.sin_family = AF_INET}, from;
    struct timeval second = {.tv_sec = 1};
    char buf[1400];
    int fd;

    if (argc != 4 || atoi(argv[2]) < 1 || atoi(argv[2]) > 65535) {
        fprintf(stderr, "usage: %s HOST PORT TEXT\n", argv[0]);
        return 1;
    }
    server.sin_port = htons(atoi(argv[2]));
    if (inet_pton(AF_INET, strcmp(argv[1], "localhost") ? argv[1] : "127.0.0.1", &server.sin_addr) != 1)
        return 2;
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof(second)) < 0)
        return 2;
    for (int try = 0; try < 3; try++) {
        if (sendto(fd, argv[3], strlen(argv[3]), 0, (struct sockaddr *)&server, sizeof(server)) < 0)
            continue;
        for (;;) {
            socklen_t size = sizeof(from);
            ssize_t n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&from, &size);

            if (n < 0)
                break;
            if (from.sin_addr.s_addr == server.sin_addr.s_addr && from.sin_port == server.sin_port) {
                fwrite(buf, 1, n, stdout);
                return puts("") < 0 ? 2 : 0;
            }
        }
    }
    fprintf(stderr, "%s: no answer\n", argv[0]);
    return 2;
}
