/* Asks the kernel which ports it has, and looks at its own variables afterwards. */
#include "reverse.h"

static unsigned short bound_port(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;

    if (getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        die("getsockname");
    return ntohs(a.ss_family == AF_INET6 ? ((struct sockaddr_in6 *)&a)->sin6_port : ((struct sockaddr_in *)&a)->sin_port);
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
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(80), .sin6_addr = in6addr_any};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons(8020)};
    int one = 1, zero = 0, lines = socket(AF_INET6, SOCK_STREAM, 0), bytes = socket(AF_INET, SOCK_DGRAM, 0);
    struct pollfd sockets[2] = {{lines, POLLIN, 0}, {bytes, POLLIN, 0}};

    (void)argv;
    if (argc > 1)
        return ask();
    signal(SIGPIPE, SIG_IGN);
    setsockopt(lines, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    setsockopt(lines, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof zero);
    if (bind(lines, (struct sockaddr *)&six, sizeof six) < 0 || listen(lines, 10) < 0)
        die("80");
    if (bind(bytes, (struct sockaddr *)&four, sizeof four) < 0)
        die("8020");
    if (bound_port(lines) != ntohs(six.sin6_port))
        die("another port");
    printf("listening on %d and %d\n", bound_port(lines), bound_port(bytes));
    while (poll(sockets, 2, -1) > 0) {
        if (sockets[0].revents)
            client_serve(accept(lines, NULL, NULL));
        if (sockets[1].revents) {
            struct sockaddr_in from;
            socklen_t len = sizeof from;
            char data[1500];
            ssize_t n = recvfrom(bytes, data, sizeof data, 0, (struct sockaddr *)&from, &len);

            if (n >= 0)
                sendto(bytes, data, (size_t)sprintf(data, "%zd", n), 0, (struct sockaddr *)&from, len);
        }
    }
    return 1;
}
