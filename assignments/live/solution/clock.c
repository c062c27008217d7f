/* clock.c - see clock.h. */
#include "clock.h"

#include <errno.h>
#include <poll.h>
#include <time.h>

/*
 * Not the time of day: that one is set, by people and by programs, and jumps. CLOCK_MONOTONIC only ever goes
 * forward, and a difference of two of its times is how long it took.
 */
long long now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * SECOND + t.tv_nsec / 1000;
}

/* Until a time, and not for a time: whoever sleeps 20 ms after each packet is late by what the rest took,
 * and that adds up. */
void sleep_until(long long time)
{
    struct timespec t = {.tv_sec = time / SECOND, .tv_nsec = time % SECOND * 1000};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) == EINTR)
        ;
}

bool wait_readable(int fd, long long time)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    long long left = time - now_us();
    struct timespec t = {.tv_sec = left / SECOND, .tv_nsec = left % SECOND * 1000};
    if (left < 0)
        t = (struct timespec){0};
    return ppoll(&p, 1, &t, NULL) > 0;
}
