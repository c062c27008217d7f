/*
 * uping HOST PORT N, as in the textbook: a ping, its answer, the next ping.
 * The mistake: the next ping leaves when the one before is answered, or was waited for in vain for a second.
 */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

static double millis(void)
{
    struct timeval tv;
    gettimeofday(&tv, NULL);
    return tv.tv_sec * 1e3 + tv.tv_usec / 1e3;
}

int main(int argc, char **argv)
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_DGRAM}, *ai;
    struct timeval second = {.tv_sec = 1};
    int received = 0;
    if (argc != 4 || getaddrinfo(argv[1], argv[2], &hints, &ai) != 0)
        return 1;
    int n = atoi(argv[3]), fd = socket(AF_INET, SOCK_DGRAM, 0);
    connect(fd, ai->ai_addr, ai->ai_addrlen);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    for (int i = 1; i <= n; i++) {
        char ping[60], answer[61];
        double start = millis();
        ssize_t len;
        sprintf(ping, "PING %d %.0f\n", i, start * 1e3);
        send(fd, ping, strlen(ping), 0);
        while ((len = recv(fd, answer, 60, 0)) > 0) {
            answer[len] = '\0';
            if (strcmp(answer, ping) == 0)
                break;
        }
        if (len > 0) {
            printf("%d %.3f\n", i, millis() - start);
            received++;
        } else {
            printf("%d lost\n", i);
        }
        fflush(stdout);
        usleep(20000);
    }
    printf("%d sent, %d received, %d lost\n", n, received, n - received);
    return received > 0 ? 0 : 2;
}
