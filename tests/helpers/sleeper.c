/* sleeper MODE [NUMBER] - a program that waits in one certain way. Descriptor 0 is a socket. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define LONG_TIME 100 /* seconds */

static char room[65536];

static void by_read(int number)
{
    (void)number;
    while (read(0, room, sizeof room) > 0)
        ;
}

static void by_accept(int number)
{
    (void)number;
    listen(0, 4);
    accept(0, NULL, NULL);
}

static void by_sleep(int number)
{
    (void)number;
    sleep(LONG_TIME); /* lint: allow sleep: it is what is looked at */
}

static void by_deadline(int number)
{
    struct timespec at;

    (void)number;
    clock_gettime(CLOCK_MONOTONIC, &at);
    at.tv_sec += LONG_TIME;
    /* lint: allow sleep: it is what is looked at */
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
}

static void by_poll(int milliseconds)
{
    struct pollfd one = {0, POLLIN, 0};

    poll(&one, 1, milliseconds);
}

static void by_poll_out(int milliseconds)
{
    struct pollfd one = {0, POLLOUT, 0};

    while (send(0, room, sizeof room, MSG_DONTWAIT) > 0)
        ;
    poll(&one, 1, milliseconds);
}

static void by_ppoll(int number)
{
    struct pollfd two[2] = {{0, POLLIN, 0}, {0, POLLPRI, 0}};
    struct timespec limit = {LONG_TIME, 0};

    ppoll(two, 2, number < 0 ? NULL : &limit, NULL);
}

static void by_select(int number)
{
    struct timeval limit = {LONG_TIME, 0};
    fd_set fds;

    FD_ZERO(&fds);
    FD_SET(0, &fds);
    select(1, &fds, NULL, NULL, number < 0 ? NULL : &limit);
}

static void by_pselect(int number)
{
    struct timespec limit = {LONG_TIME, 0};
    fd_set fds;

    FD_ZERO(&fds);
    FD_SET(0, &fds);
    pselect(1, &fds, NULL, NULL, number < 0 ? NULL : &limit, NULL);
}

static void by_epoll(int milliseconds)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0);

    epoll_ctl(set, EPOLL_CTL_ADD, 0, &event);
    epoll_wait(set, &event, 1, milliseconds);
}

static int make_timer(void)
{
    struct itimerspec limit = {.it_value = {LONG_TIME, 0}};
    int timer = timerfd_create(CLOCK_MONOTONIC, 0);

    timerfd_settime(timer, 0, &limit, NULL);
    return timer;
}

static void by_timerfd(int number)
{
    uint64_t times;
    ssize_t n;

    (void)number;
    n = read(make_timer(), &times, sizeof times);
    (void)n;
}

static void by_epoll_timerfd(int number)
{
    struct epoll_event event = {.events = EPOLLIN};
    int set = epoll_create1(0), timer = make_timer();

    (void)number;
    epoll_ctl(set, EPOLL_CTL_ADD, 0, &event);
    event.data.fd = timer;
    epoll_ctl(set, EPOLL_CTL_ADD, timer, &event);
    epoll_wait(set, &event, 1, -1);
}

static void by_cond(int number)
{
    pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
    struct timespec at;

    clock_gettime(CLOCK_REALTIME, &at);
    at.tv_sec += LONG_TIME;
    pthread_mutex_lock(&mutex);
    if (number < 0)
        pthread_cond_wait(&cond, &mutex);
    else
        pthread_cond_timedwait(&cond, &mutex, &at);
}

/* As Go's monitor thread waits. */
static void by_monitor(int number)
{
    struct timespec limit = {60, 0};
    int word = 0;

    (void)number;
    syscall(SYS_futex, &word, 128, 0, &limit, NULL, 0);
}

static void by_receive_timeout(int number)
{
    struct timeval limit = {LONG_TIME, 0};

    (void)number;
    setsockopt(0, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    recv(0, room, sizeof room, 0);
}

static void by_send(int number)
{
    (void)number;
    while (send(0, room, sizeof room, 0) > 0)
        ;
}

static void by_send_timeout(int number)
{
    struct timeval limit = {LONG_TIME, 0};

    setsockopt(0, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    by_send(number);
}

static void *spin(void *unused)
{
    for (volatile uint64_t n = 0;; n++)
        ;
    return unused;
}

static void by_spinning_thread(int number)
{
    pthread_t thread;

    pthread_create(&thread, NULL, spin, NULL);
    by_read(number);
}

static void by_named_thread(int number)
{
    prctl(PR_SET_NAME, "VM Periodic Tas");
    by_sleep(number);
}

/* As HotSpot waits for threads in system calls when its program ends. */
static void by_vm_exit(int milliseconds)
{
    struct timespec step = {milliseconds / 1000, milliseconds % 1000 * 1000000L};

    prctl(PR_SET_NAME, "VM Thread");
    for (int i = 0; i < LONG_TIME * 100; i++)
        nanosleep(&step, NULL); /* lint: allow sleep: it is what is looked at */
}

static void by_wait(int number)
{
    if (fork() == 0)
        _exit(0);
    pause();
    (void)number;
}

static void by_children(int number)
{
    for (int i = 0; i < number; i++)
        if (fork() == 0)
            for (;;)
                pause();
    for (;;)
        pause();
}

/* A grandchild that goes on alone: its parent ends at once. */
static void by_orphan(int number)
{
    if (fork() == 0) {
        if (fork() == 0)
            by_read(number);
        _exit(0);
    }
    pause();
}

static void *pause_thread(void *unused)
{
    for (;;)
        pause();
    return unused;
}

static void by_leaderless(int number)
{
    pthread_t thread;

    (void)number;
    pthread_create(&thread, NULL, pause_thread, NULL);
    pthread_exit(NULL);
}

static void by_hiding(int number)
{
    prctl(PR_SET_DUMPABLE, 0);
    by_read(number);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*wait)(int number);
    } modes[] = {
        {"read", by_read},
        {"accept", by_accept},
        {"sleep", by_sleep},
        {"deadline", by_deadline},
        {"poll", by_poll},
        {"poll-out", by_poll_out},
        {"ppoll", by_ppoll},
        {"select", by_select},
        {"pselect", by_pselect},
        {"epoll", by_epoll},
        {"timerfd", by_timerfd},
        {"epoll-timerfd", by_epoll_timerfd},
        {"cond", by_cond},
        {"monitor", by_monitor},
        {"receive-timeout", by_receive_timeout},
        {"send", by_send},
        {"send-timeout", by_send_timeout},
        {"spin", by_spinning_thread},
        {"named", by_named_thread},
        {"vm-exit", by_vm_exit},
        {"zombie", by_wait},
        {"children", by_children},
        {"orphan", by_orphan},
        {"leaderless", by_leaderless},
        {"hiding", by_hiding},
    };

    for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
        if (!strcmp(modes[i].name, argv[1])) {
            modes[i].wait(argc > 2 ? atoi(argv[2]) : 0);
            return 0;
        }
    fprintf(stderr, "sleeper: which way of waiting?\n");
    return 2;
}
