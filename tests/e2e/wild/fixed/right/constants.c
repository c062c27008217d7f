/* Ports as constants. */
#include "reverse.h"

#define PORT 80

static int open_socket(int type, unsigned short port)
{
    const struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_ANY)};
    int one = 1, fd = socket(AF_INET, type, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (const struct sockaddr *)&a, sizeof a) < 0)
        die("bind");
    return fd;
}

static void count_bytes(int fd)
{
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    char data[1500];
    ssize_t n = recvfrom(fd, data, sizeof data, 0, (struct sockaddr *)&from, &len);

    if (n >= 0)
        sendto(fd, data, (size_t)sprintf(data, "%zd", n), 0, (struct sockaddr *)&from, len);
}

static int ask(void)
{
    struct sockaddr_in lines = {.sin_family = AF_INET, .sin_port = htons(80), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in bytes = {.sin_family = AF_INET, .sin_port = htons(8020), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in from;
    socklen_t len = sizeof from;
    int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
    char line[7] = "", count[2] = "";

    if (sendto(udp, "abc", 3, 0, (struct sockaddr *)&bytes, sizeof bytes) < 0)
        die("sendto");
    if (recvfrom(udp, count, 1, 0, (struct sockaddr *)&from, &len) != 1 || from.sin_port != bytes.sin_port)
        die("recvfrom");
    if (connect(tcp, (struct sockaddr *)&lines, sizeof lines) < 0 || send_all(tcp, "hello\n", 6) < 0)
        die("connect");
    if (recv(tcp, line, 6, MSG_WAITALL) != 6)
        die("recv");
    printf("%.5s %s\n", line, count);
    return 0;
}

int main(int argc, char **argv)
{
    struct pollfd sockets[2] = {{.events = POLLIN}, {.events = POLLIN}};

    (void)argv;
    if (argc > 1)
        return ask();
    signal(SIGPIPE, SIG_IGN);
    sockets[0].fd = open_socket(SOCK_STREAM, PORT);
    sockets[1].fd = open_socket(SOCK_DGRAM, 8020);
    if (listen(sockets[0].fd, 10) < 0)
        die("listen");
    printf("listening on %d and %d\n", PORT, 8020);
    while (poll(sockets, 2, -1) > 0) {
        if (sockets[1].revents)
            count_bytes(sockets[1].fd);
        if (sockets[0].revents)
            client_serve(accept(sockets[0].fd, NULL, NULL));
    }
    return 1;
}
