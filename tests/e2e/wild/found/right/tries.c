/* Takes the first port that is free. */
#include "reverse.h"

static int ask(char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[3]))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char line[200];
    ssize_t n;

    a.sin_addr.s_addr = inet_addr(argv[2]);
    if (connect(fd, (struct sockaddr *)&a, sizeof a) < 0)
        die("connect");
    n = snprintf(line, sizeof line, "%s\n", argv[4]);
    send_all(fd, line, (size_t)n);
    while ((n = read(fd, line, sizeof line)) > 0) {
        printf("%.*s", (int)n, line);
        if (line[n - 1] == '\n')
            break;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    int server = socket(AF_INET, SOCK_STREAM, 0), fd, port = 5000;

    if (argc > 4)
        return ask(argv);
    do
        a.sin_port = htons((unsigned short)++port);
    while (bind(server, (struct sockaddr *)&a, sizeof a) < 0 && port < 6000);
    if (listen(server, 10) < 0)
        die("listen");
    printf("port %d\n", port);
    while ((fd = accept(server, NULL, NULL)) >= 0)
        client_serve(fd);
    return 1;
}
