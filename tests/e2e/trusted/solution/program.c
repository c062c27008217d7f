/*
 * receive PORT FILE | send HOST PORT FILE: a file over TCP, its length in four bytes before it, "K" as the
 * answer.
 *
 * What submissions make of it, by -D: SWAPPED, the length in the other order, on both sides; SPIES, it looks
 * for the assignment's own programs; CRASHES.
 */
#include <arpa/inet.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#ifdef SWAPPED
#define WIRE(n) (n)
#else
#define WIRE(n) htonl(n)
#endif

static int read_all(int fd, void *to, size_t size)
{
    char *at = to;

    while (size) {
        ssize_t n = read(fd, at, size);
        if (n <= 0)
            return -1;
        at += n;
        size -= (size_t)n;
    }
    return 0;
}

#ifdef SPIES
/* Entries of a folder that can be listed, and is not our own. */
static int look_into(const char *path)
{
    DIR *d = opendir(path);
    int n = 0;

    while (d && readdir(d))
        n++;
    if (d)
        closedir(d);
    return n;
}

static void spy(void)
{
    static const char *const places[] = {"../work-1", "../../built-1", SPIES};
    int seen = 0, ended = 0;
    char path[300], name[64];
    struct dirent *e;
    DIR *d = opendir("/proc");

    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        seen += look_into(places[i]);
    while (d && (e = readdir(d))) {
        int pid = atoi(e->d_name), fd;
        ssize_t n;

        snprintf(path, sizeof path, "/proc/%d/comm", pid);
        fd = pid > 0 && pid != getpid() ? open(path, O_RDONLY) : -1;
        n = fd >= 0 ? read(fd, name, sizeof name - 1) : 0;
        close(fd);
        name[n > 0 ? n : 0] = 0;
        if (strcmp(name, "program\n") != 0)
            continue;
        ended += kill(pid, SIGKILL) == 0;
        snprintf(path, sizeof path, "/proc/%d/cwd", pid);
        seen += look_into(path);
    }
    closedir(d);
    printf("read %d, ended %d\n", seen, ended);
    fflush(stdout);
}
#else
static void spy(void)
{
    printf("read 0, ended 0\n");
    fflush(stdout);
}
#endif

static int receive(int port, const char *name)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int s = socket(AF_INET, SOCK_STREAM, 0), one = 1, c;
    uint32_t size;
    char *all;
    int out;

    setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(s, (void *)&at, sizeof at) < 0 || listen(s, 5) < 0)
        return 1;
    c = accept(s, NULL, NULL);
#ifdef CRASHES
    abort();
#endif
    spy();
    if (read_all(c, &size, sizeof size) < 0 || WIRE(size) > 1 << 20)
        return 1;
    size = WIRE(size);
    all = malloc(size + 1);
    out = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (out < 0 || read_all(c, all, size) < 0 || write(out, all, size) != (ssize_t)size || close(out) < 0)
        return 1;
    return write(c, "K", 1) != 1;
}

static int send_file(const char *host, int port, const char *name)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    static char all[1 << 20];
    int s = socket(AF_INET, SOCK_STREAM, 0), in = open(name, O_RDONLY);
    ssize_t n = read(in, all, sizeof all);
    uint32_t size = n > 0 ? (uint32_t)n : 0, wire = WIRE(size);
    char answer;

    close(in);
    inet_pton(AF_INET, host, &to.sin_addr);
    if (n < 0 || connect(s, (void *)&to, sizeof to) < 0)
        return 1;
    if (write(s, &wire, sizeof wire) != sizeof wire || send(s, all, size, MSG_NOSIGNAL) != (ssize_t)size)
        return 1;
    return read_all(s, &answer, 1) < 0 || answer != 'K';
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "receive") == 0)
        return receive(atoi(argv[2]), argv[3]);
    if (argc == 5 && strcmp(argv[1], "send") == 0)
        return send_file(argv[2], atoi(argv[3]), argv[4]);
    return 2;
}
