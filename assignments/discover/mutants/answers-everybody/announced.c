/*
 * announced SVC TCPPORT PORT.
 * The mistake: answers by broadcast, too.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv)
{
    struct sockaddr_in me, asker;
    socklen_t size;
    char buf[1500], question[100], answer[100];
    ssize_t n;
    int fd, on = 1;

    if (argc != 4) {
        fprintf(stderr, "usage: announced SVC TCPPORT PORT\n");
        return 1;
    }
    sprintf(question, "WHO %s\n", argv[1]);
    sprintf(answer, "HERE %s %s\n", argv[1], argv[2]);
    fd = socket(AF_INET, SOCK_DGRAM, 0);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &on, sizeof(on));
    memset(&me, 0, sizeof(me));
    me.sin_family = AF_INET;
    me.sin_addr.s_addr = htonl(INADDR_ANY);
    me.sin_port = htons(atoi(argv[3]));
    if (bind(fd, (struct sockaddr *)&me, sizeof(me)) < 0) {
        perror("bind");
        return 2;
    }
    for (;;) {
        size = sizeof(asker);
        n = recvfrom(fd, buf, sizeof(buf), 0, (struct sockaddr *)&asker, &size);
        if (n != (ssize_t)strlen(question) || memcmp(buf, question, n) != 0)
            continue;
        asker.sin_addr.s_addr = htonl(INADDR_BROADCAST);
        asker.sin_port = me.sin_port;
        sendto(fd, answer, strlen(answer), 0, (struct sockaddr *)&asker, size);
    }
}
