/* clock.h - what time it is, and how long it is until another. Microseconds of a clock that nobody sets. */
#ifndef CLOCK_H
#define CLOCK_H

#include <stdbool.h>

#define MS 1000LL
#define SECOND (1000 * MS)
#define INTERVAL (20 * MS) /* between two pings, and between two frames */

long long now_us(void);

/* Sleeps until that time. Returns at once when it has passed. */
void sleep_until(long long time);

/* Waits until something can be read from fd, but no longer than until that time. Returns whether it can. */
bool wait_readable(int fd, long long time);

#endif
