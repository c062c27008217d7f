/*
 * tcpupd PORT, without connections.
 * The mistake: UDP, where TCP was asked for.
 */
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct sockaddr_in addr, client;
    socklen_t len;
    char buf[65536];
    ssize_t n;
    int fd;

    if (argc != 2) {
        fprintf(stderr, "usage: %s PORT\n", argv[0]);
        return 1;
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&addr, 0, sizeof(addr));
    addr.sin_family = AF_INET;
    addr.sin_port = htons(atoi(argv[1]));
    addr.sin_addr.s_addr = htonl(INADDR_ANY);
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind");
        return 2;
    }
    for (;;) {
        len = sizeof(client);
        n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&client, &len);
        for (ssize_t i = 0; i < n; i++)
            if (islower((unsigned char)buf[i]))
                buf[i] = toupper((unsigned char)buf[i]);
        if (n >= 0)
            sendto(fd, buf, n, 0, (struct sockaddr *)&client, len);
    }
}
