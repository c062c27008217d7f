/* play.c - play PORT: writes the frames of a sound that comes by UDP to stdout, one every 20 ms. */
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define SAMPLES 160

int main(int argc, char **argv)
{
    int port = argc == 2 ? atoi(argv[1]) : 0;
    if (port < 1 || port > 65535) {
        fprintf(stderr, "usage: play PORT\n");
        return 1;
    }
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&any, sizeof(any)) < 0) {
        perror("play");
        return 2;
    }
    for (;;) {
        uint8_t packet[2000];
        ssize_t n = recv(fd, packet, sizeof(packet), 0);
        if (n != 8 + SAMPLES)
            continue;
        /* TODO: keep the frame under its number, until it is due. */
        /* TODO: do not wait here for longer than until the next frame is due. */
        /* TODO: write the frame that is due (160 bytes, and flush them), or silence. */
    }
}
