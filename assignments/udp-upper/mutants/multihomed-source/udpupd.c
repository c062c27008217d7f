/*
 * udpupd PORT.
 * The mistake, which costs no points: the answer leaves from the address that the kernel likes best.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define MAX 1400

int main(int argc, char **argv)
{
    struct sockaddr_in me, client;
    socklen_t size;
    char buf[MAX];
    ssize_t n;
    int fd;

    if (argc != 2) {
        fprintf(stderr, "usage: udpupd PORT\n");
        return 1;
    }
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    memset(&me, 0, sizeof(me));
    me.sin_family = AF_INET;
    me.sin_addr.s_addr = htonl(INADDR_ANY);
    me.sin_port = htons(atoi(argv[1]));
    if (bind(fd, (struct sockaddr *)&me, sizeof(me)) < 0) {
        perror("bind");
        return 2;
    }
    for (;;) {
        size = sizeof(client);
        n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&client, &size);
        if (n < 0)
            continue;
        for (int i = 0; i < n; i++)
            if (buf[i] >= 'a' && buf[i] <= 'z')
                buf[i] -= 'a' - 'A';
        sendto(fd, buf, n, 0, (struct sockaddr *)&client, size);
    }
}
