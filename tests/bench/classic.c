/*
 * classic.c - what the grader is compared with: a client that sleeps where it cannot know.
 *
 *   classic cases SPEC TEST EVERY SERVER   plays every EVERYth case of the test, with 10 ms between the parts
 * of a message classic ready TIMES SERVER             starts the server, and tries to connect each 100 ms
 *   classic silence TIMES SERVER           sends half a line and waits for a second that no answer comes
 *
 * SERVER is started as `SERVER line PORT`. The cases, their messages and their cuts are the grader's own,
 * from the same plan. Prints how many and the nanoseconds that they took in all.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "cli/common.h"
#include "run/plan.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define BETWEEN_PARTS (10 * NS_PER_MS)
#define BETWEEN_CONNECTS (100 * NS_PER_MS)
#define SILENCE_MS 1000
#define ANSWER_MS 5000

static void sleep_for(int64_t ns)
{
    struct timespec t = {ns / NS_PER_S, ns % NS_PER_S};

    nanosleep(&t, NULL); /* lint: allow sleep: this is what is compared with */
}

/* ---- the server
 * -------------------------------------------------------------------------------------------------- */

struct server {
    pid_t pid;
    struct sockaddr_in at;
};

static struct sockaddr_in free_address(void)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    _cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t len = sizeof a;

    if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) < 0)
        a.sin_port = 0;
    return a;
}

static struct server server_start(const char *path)
{
    struct server s = {.at = free_address()};
    char port[16];

    snprintf(port, sizeof port, "%d", ntohs(s.at.sin_port));
    s.pid = fork();
    if (s.pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        execl(path, path, "line", port, (char *)NULL);
        _exit(127);
    }
    return s;
}

static void server_end(struct server *s)
{
    if (s->pid <= 0)
        return;
    kill(s->pid, SIGTERM);
    waitpid(s->pid, NULL, 0);
}

/* A descriptor, or -1. */
static int try_connect(const struct server *s)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&s->at, sizeof s->at) == 0) {
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        return fd;
    }
    fd_close(fd);
    return -1;
}

static int connect_at_last(const struct server *s)
{
    int fd = try_connect(s);

    for (int i = 0; fd < 0 && i < 50; i++) {
        sleep_for(BETWEEN_CONNECTS);
        fd = try_connect(s);
    }
    return fd;
}

/* ---- a conversation
 * ------------------------------------------------------------------------------------------------ */

/* The next cut after `from` in a step of `len` bytes; len: none is left. */
static uint32_t next_cut(const struct split *split, size_t step, uint32_t from, uint32_t len)
{
    const struct cuts *c = split_at(split, (uint32_t)step);

    if (split->kind == SPLIT_BYTES)
        return from + 1 < len ? from + 1 : len;
    for (uint32_t i = 0; c && i < c->n; i++)
        if (c->at[i] > from && c->at[i] < len)
            return c->at[i];
    return len;
}

static bool send_cut(int fd, struct bytes all, const struct split *split, size_t step)
{
    for (uint32_t from = 0; from < all.len;) {
        uint32_t to = next_cut(split, step, from, (uint32_t)all.len);

        if (fd_write_all(fd, bytes_slice(all, from, to - from)) < 0)
            return false;
        from = to;
        if (from < all.len)
            sleep_for(BETWEEN_PARTS);
    }
    return true;
}

static bool get_lines(int fd, size_t n)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    char c;

    while (n) {
        if (poll(&p, 1, ANSWER_MS) != 1 || read(fd, &c, 1) != 1)
            return false;
        n -= c == '\n';
    }
    return true;
}

static bool play(const struct server *server, const struct spec *spec, size_t test,
                 const struct case_key *key)
{
    const struct test *t = &spec->tests[test];
    _cleanup_fd_ int fd = try_connect(server);
    struct arena arena = {0};
    bool well = fd >= 0;

    for (size_t i = 0; well && i < t->n_steps; i++) {
        if (t->steps[i].verb == VERB_SENDS)
            well =
                send_cut(fd, plan_outgoing(spec, test, i, key->row, key->seed, &arena).bytes, &key->split, i);
        else if (t->steps[i].verb == VERB_GETS)
            well = get_lines(fd, t->steps[i].value.n ? t->steps[i].value.n : 1);
    }
    arena_deinit(&arena);
    return well;
}

static size_t find_test(const struct spec *spec, const char *id)
{
    size_t i = 0;

    while (i < spec->n_tests && strcmp(spec->tests[i].id, id) != 0)
        i++;
    return i;
}

static bool play_cases(const struct server *server, const struct spec *spec, size_t test, size_t every,
                       size_t *n)
{
    struct case_list cases = {0};
    struct err e = {0};
    bool well = plan_cases(spec, test, 0, &cases, &e) == 0;

    for (size_t i = 0; well && i < cases.n; i += every, ++*n)
        well = play(server, spec, test, &cases.keys[i]);
    case_list_deinit(&cases);
    return well;
}

/* ---- what can be measured
 * ------------------------------------------------------------------------------------------- */

static int report(bool well, size_t n, int64_t took)
{
    if (!well || !n) {
        fprintf(stderr, "classic: the server did not answer as it should\n");
        return 1;
    }
    printf("%zu %lld\n", n, (long long)took);
    return 0;
}

static int measure_cases(const char *path, const char *test, const char *every, const char *command)
{
    struct spec *spec = load_spec(path);
    size_t at = spec ? find_test(spec, test) : 0, n = 0, step = strtoul(every, NULL, 10);
    struct server server = {0};
    int64_t begun;
    bool well = spec && at < spec->n_tests && step;

    if (well) {
        server = server_start(command);
        fd_close(connect_at_last(&server));
    }
    begun = clock_now();
    well = well && play_cases(&server, spec, at, step, &n);
    begun = clock_now() - begun;
    server_end(&server);
    return report(well, n, begun);
}

static int measure_ready(size_t times, const char *command)
{
    int64_t took = 0;
    bool well = true;

    for (size_t i = 0; well && i < times; i++) {
        int64_t begun = clock_now();
        struct server server = server_start(command);
        int fd = connect_at_last(&server);

        took += clock_now() - begun;
        well = fd >= 0;
        fd_close(fd);
        server_end(&server);
    }
    return report(well, times, took);
}

static int measure_silence(size_t times, const char *command)
{
    struct server server = server_start(command);
    _cleanup_fd_ int fd = connect_at_last(&server);
    struct pollfd p = {.fd = fd, .events = POLLIN};
    bool well = fd >= 0;
    int64_t took = 0;

    for (size_t i = 0; well && i < times; i++) {
        int64_t begun;

        well = fd_write_all(fd, bytes_of("ADD 1 2")) == 0;
        begun = clock_now();
        well = well && poll(&p, 1, SILENCE_MS) == 0;
        took += clock_now() - begun;
        well = well && fd_write_all(fd, bytes_of("\n")) == 0 && get_lines(fd, 1);
    }
    server_end(&server);
    return report(well, times, took);
}

int main(int argc, char **argv)
{
    if (argc == 6 && strcmp(argv[1], "cases") == 0)
        return measure_cases(argv[2], argv[3], argv[4], argv[5]);
    if (argc == 4 && strcmp(argv[1], "ready") == 0)
        return measure_ready(strtoul(argv[2], NULL, 10), argv[3]);
    if (argc == 4 && strcmp(argv[1], "silence") == 0)
        return measure_silence(strtoul(argv[2], NULL, 10), argv[3]);
    fprintf(stderr,
            "usage: classic cases SPEC TEST EVERY SERVER | ready TIMES SERVER | silence TIMES SERVER\n");
    return 2;
}
