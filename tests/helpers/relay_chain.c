/*
 * relay_chain KIND - answers each 4 bytes on descriptor 0 with "done", after passing the work along a chain:
 * the hardest case for telling whether a program is still at work, because at any time at most one link runs,
 * for a few microseconds.
 *
 * single: no chain. epoll: one thread, epoll. threads, backwards: along four threads, in and against the
 * order of their numbers. processes: along four processes through pipes. forks: a child of a child answers.
 * twice: two small writes with Nagle's delay.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define LINKS 4
#define WORK 120 /* µs at most, in each link */

struct link {
    pthread_mutex_t mutex;
    pthread_cond_t cond;
    bool full;
    struct link *next; /* NULL: the last, which answers */
    unsigned seed;
};

static void work(unsigned *seed)
{
    struct timespec t;
    int64_t end;

    clock_gettime(CLOCK_MONOTONIC, &t);
    end = t.tv_sec * 1000000000LL + t.tv_nsec + rand_r(seed) % (WORK + 1) * 1000;
    do
        clock_gettime(CLOCK_MONOTONIC, &t);
    while (t.tv_sec * 1000000000LL + t.tv_nsec < end);
}

static void put(int fd, const char *text)
{
    if (write(fd, text, strlen(text)) < 0)
        _exit(1);
}

static bool take_message(void)
{
    char text[4];

    for (size_t done = 0; done < sizeof text;) {
        ssize_t n = read(0, text + done, sizeof text - done);

        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return true;
}

static void fill(struct link *l)
{
    pthread_mutex_lock(&l->mutex);
    l->full = true;
    pthread_cond_signal(&l->cond);
    pthread_mutex_unlock(&l->mutex);
}

static void *serve_link(void *arg)
{
    struct link *l = arg;

    for (;;) {
        pthread_mutex_lock(&l->mutex);
        while (!l->full)
            pthread_cond_wait(&l->cond, &l->mutex);
        l->full = false;
        pthread_mutex_unlock(&l->mutex);
        work(&l->seed);
        if (l->next)
            fill(l->next);
        else
            put(0, "done");
    }
    return NULL;
}

static void serve_threads(bool backwards)
{
    struct link *links = calloc(LINKS, sizeof *links);
    int first = backwards ? LINKS - 1 : 0, step = backwards ? -1 : 1;

    for (int i = 0; i < LINKS; i++) {
        bool last = i == LINKS - 1 - first;
        pthread_t thread;

        pthread_mutex_init(&links[i].mutex, NULL);
        pthread_cond_init(&links[i].cond, NULL);
        links[i].seed = (unsigned)i;
        links[i].next = last ? NULL : &links[i + step];
        pthread_create(&thread, NULL, serve_link, &links[i]);
    }
    while (take_message())
        fill(&links[first]);
    exit(0);
}

static void serve_pipe(int from, int to, unsigned seed)
{
    char one;

    while (read(from, &one, 1) == 1) {
        work(&seed);
        put(to, to == 0 ? "done" : "x");
    }
    _exit(0);
}

static void serve_processes(void)
{
    int from, to, ends[2];

    if (pipe2(ends, O_CLOEXEC) < 0)
        exit(1);
    to = ends[1];
    from = ends[0];
    for (int i = 0; i < LINKS; i++) {
        int next[2] = {-1, 0};

        if (i < LINKS - 1 && pipe2(next, O_CLOEXEC) < 0)
            exit(1);
        if (fork() == 0) {
            close(to);
            serve_pipe(from, next[1], (unsigned)i);
        }
        close(from);
        if (next[1])
            close(next[1]);
        from = next[0];
    }
    while (take_message())
        put(to, "x");
    exit(0);
}

static void serve_forks(void)
{
    unsigned seed = 1;

    signal(SIGCHLD, SIG_IGN);
    while (take_message()) {
        seed++;
        if (fork() != 0)
            continue;
        work(&seed);
        if (fork() == 0) {
            work(&seed);
            put(0, "done");
        }
        _exit(0);
    }
}

static void serve_single(bool twice)
{
    unsigned seed = 1;

    while (take_message()) {
        work(&seed);
        put(0, twice ? "do" : "done");
        if (twice)
            put(0, "ne");
    }
}

static void serve_epoll(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0), have = 0;
    unsigned seed = 1;
    char text[64];

    fcntl(0, F_SETFL, O_NONBLOCK);
    epoll_ctl(set, EPOLL_CTL_ADD, 0, &event);
    for (;;) {
        ssize_t n = epoll_wait(set, &event, 1, -1) == 1 ? read(0, text, sizeof text) : 0;

        if (n == 0)
            return;
        for (have += n > 0 ? (int)n : 0; have >= 4; have -= 4) {
            work(&seed);
            put(0, "done");
        }
    }
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "single";

    signal(SIGPIPE, SIG_IGN);
    if (!strcmp(kind, "threads") || !strcmp(kind, "backwards"))
        serve_threads(kind[0] == 'b');
    else if (!strcmp(kind, "processes"))
        serve_processes();
    else if (!strcmp(kind, "forks"))
        serve_forks();
    else if (!strcmp(kind, "epoll"))
        serve_epoll();
    else
        serve_single(!strcmp(kind, "twice"));
    return 0;
}
