/*
 * play PORT.
 * The mistake: there is no clock. What came is written as soon as it is in order, and gaps are filled when a
 * later frame shows that there is one.
 */
#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

int main(int argc, char **argv)
{
    struct sockaddr_in any = {.sin_family = AF_INET};
    struct timeval second = {.tv_sec = 1};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    uint8_t packet[2000], silence[160];
    uint32_t next = 0, seq;
    ssize_t n;
    memset(silence, 128, sizeof silence);
    if (argc != 2)
        return 1;
    any.sin_port = htons(atoi(argv[1]));
    if (bind(fd, (struct sockaddr *)&any, sizeof any) < 0)
        return 2;
    for (int first = 1; (n = recv(fd, packet, sizeof packet, 0)) >= 0; first = 0) {
        if (n != 168)
            continue;
        memcpy(&seq, packet, 4);
        seq = ntohl(seq);
        if (first) {
            next = seq;
            setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
        }
        for (; next < seq; next++)
            fwrite(silence, 1, 160, stdout);
        if (seq == next) {
            fwrite(packet + 8, 1, 160, stdout);
            next++;
        }
        fflush(stdout);
    }
    for (int i = 0; i < 50; i++)
        fwrite(silence, 1, 160, stdout);
    return 0;
}
