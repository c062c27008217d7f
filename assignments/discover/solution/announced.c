/*
 * announced.c - announced SVC TCPPORT PORT: tells whoever asks for the service SVC that it is here, at
 * TCPPORT.
 *
 * Who asks does not know us. It calls into the room, and all that have a socket on PORT hear it: we,
 * announcers on other machines, and others on this one, which share the port with us. Only those that it
 * means answer, and they answer it alone: were each of them to call into the room as well, everybody would
 * have to listen.
 */
#include "words.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_NETWORK = 2 };

static void die(const char *what)
{
    fprintf(stderr, "announced: %s: %s\n", what, strerror(errno));
    exit(EXIT_NETWORK);
}

/* Returns a socket that hears what comes to this port, broadcasts too. */
static int listen_on(uint16_t port)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    int on = 1;
    /* The address must be INADDR_ANY. A socket bound to 127.0.0.1, or to the address of one network card, is
     * given only what was sent to that very address, and a broadcast was sent to another. */
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_ANY),
    };

    if (fd < 0)
        die("no socket");
    /* Every announcer of this machine needs the same port. The kernel allows that when all of them say so,
     * and gives a copy of each broadcast to each of them. */
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
        die("SO_REUSEADDR");
    if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die("the port cannot be had");
    return fd;
}

/* Answers one datagram, if it is the question. */
static void answer_one(int fd, const char *question, const char *answer)
{
    char heard[MAX_MESSAGE + 1]; /* one more: what is too long must not look like the question */
    struct sockaddr_in from;
    socklen_t size = sizeof(from); /* before each call: recvfrom changes it */
    ssize_t n = recvfrom(fd, heard, sizeof(heard), 0, (struct sockaddr *)&from, &size);

    if (n < 0) {
        if (errno != EINTR)
            die("receiving");
        return;
    }
    /* The whole datagram is compared, length and all. `WHO clocks` is another service, and what is no
     * question is not worth an answer: on this port anybody may say anything. */
    if ((size_t)n != strlen(question) || memcmp(heard, question, (size_t)n) != 0)
        return;
    /* On the same socket, so that the answer comes from the port that was asked, and to the port that the
     * question came from. That one is the asker's own, and hardly ever PORT. */
    if (sendto(fd, answer, strlen(answer), 0, (struct sockaddr *)&from, size) < 0)
        perror("announced: answering"); /* it asks again if it wants to know: no reason to end */
}

int main(int argc, char **argv)
{
    uint16_t service_port = argc == 4 ? word_port(argv[2], strlen(argv[2])) : 0;
    uint16_t port = argc == 4 ? word_port(argv[3], strlen(argv[3])) : 0;
    char question[MAX_MESSAGE + 1], answer[MAX_MESSAGE + 1];

    if (service_port == 0 || port == 0 || !word_is_service(argv[1])) {
        fprintf(stderr, "usage: announced SVC TCPPORT PORT\n");
        return EXIT_USAGE;
    }
    snprintf(question, sizeof(question), "WHO %s\n", argv[1]);
    snprintf(answer, sizeof(answer), "HERE %s %u\n", argv[1], service_port);

    int fd = listen_on(port);
    for (;;) /* SIGTERM ends it: there is nothing to save */
        answer_one(fd, question, answer);
}
