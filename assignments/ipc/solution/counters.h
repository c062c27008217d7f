/*
 * counters.h - numbers with names, which all threads share.
 */
#ifndef COUNTERS_H
#define COUNTERS_H

#include <stdint.h>

#define MAX_NAME 64

/* Adds one to the counter of that name, which begins at 0. Returns what it is then, or 0 when memory is
 * short. Any number of threads may call this at the same time. */
uint64_t counters_increment(const char *name);

#endif
