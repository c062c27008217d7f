/*
 * ipcd PATH.
 * The mistake: hands all threads the same variable. Each reads from a copy of the descriptor that it finds there.
 */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_LINE 256

struct counter {
    char name[65];
    long value;
};

static struct counter counters[1000];
static int n_counters;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *path;

static void stop(int sig)
{
    (void)sig;
    unlink(path);
    _exit(0);
}

/* the new value, or -1 when there are too many counters */
static long increment(const char *name)
{
    int i;
    long value = -1;
    pthread_mutex_lock(&lock);
    for (i = 0; i < n_counters; i++)
        if (strcmp(counters[i].name, name) == 0)
            break;
    if (i < 1000) {
        if (i == n_counters)
            strcpy(counters[n_counters++].name, name);
        value = ++counters[i].value;
    }
    pthread_mutex_unlock(&lock);
    return value;
}

static void answer(int fd, const char *line)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";
    char text[64] = "ERR say INC and a name\n";
    const char *name = line + 4;
    long value;
    if (strncmp(line, "INC ", 4) == 0 && strlen(name) >= 1 && strlen(name) <= 64 &&
        strspn(name, letters) == strlen(name)) {
        value = increment(name);
        if (value > 0)
            sprintf(text, "%ld\n", value);
    }
    send(fd, text, strlen(text), MSG_NOSIGNAL);
}

/* answers the whole lines of buf, and returns how many bytes of the next one are left */
static int answer_lines(int fd, char *buf, int used)
{
    char *feed;
    while ((feed = memchr(buf, '\n', used))) {
        *feed = 0;
        answer(fd, buf);
        used -= feed + 1 - buf;
        memmove(buf, feed + 1, used);
    }
    return used;
}

static void *serve(void *arg)
{
    int fd = *(int *)arg;
    FILE *in = fdopen(dup(fd), "r");
    char line[MAX_LINE + 2];
    while (fgets(line, sizeof line, in)) {
        char *end = strchr(line, '\n');
        if (!end)
            break;
        *end = 0;
        answer(fd, line);
    }
    fclose(in);
    close(fd);
    return NULL;
}

/* nobody listens at the socket */
static int stale(const struct sockaddr_un *addr)
{
    struct stat st;
    int fd, refused;
    if (lstat(addr->sun_path, &st) < 0 || !S_ISSOCK(st.st_mode))
        return 0;
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    refused = connect(fd, (struct sockaddr *)addr, sizeof(*addr)) < 0 && errno == ECONNREFUSED;
    close(fd);
    return refused;
}

int main(int argc, char **argv)
{
    struct sockaddr_un addr;
    pthread_t thread;
    int fd, client;

    if (argc != 2) {
        fprintf(stderr, "usage: ipcd PATH\n");
        return 1;
    }
    if (strlen(argv[1]) >= sizeof(addr.sun_path)) {
        fprintf(stderr, "ipcd: the path is too long\n");
        return 1;
    }
    path = argv[1];
    memset(&addr, 0, sizeof(addr));
    addr.sun_family = AF_UNIX;
    strcpy(addr.sun_path, path);
    if (stale(&addr))
        unlink(path);

    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    umask(0177);
    if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) < 0) {
        perror("bind");
        return 2;
    }
    listen(fd, 128);
    signal(SIGTERM, stop);
    for (;;) {
        client = accept(fd, NULL, NULL);
        if (client < 0 || pthread_create(&thread, NULL, serve, &client) != 0) {
            perror("accept");
            continue;
        }
        pthread_detach(thread);
    }
}
