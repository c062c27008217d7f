/* clock.h - time in nanoseconds. Monotonic time for deadlines; wall time only where a report shows a date. */
#pragma once
#include <stdint.h>

#define NS_PER_US INT64_C(1000)
#define NS_PER_MS INT64_C(1000000)
#define NS_PER_S INT64_C(1000000000)

int64_t clock_now(void);  /* CLOCK_MONOTONIC, ns */
int64_t clock_wall(void); /* CLOCK_REALTIME, ns since 1970 */
