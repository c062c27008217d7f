/*
 * timing.h - which time-outs of their own sockets were given, where nobody may look at sockets.
 *
 * To whoever looks at a thread in recv(), SO_RCVTIMEO shows only in a copy of the descriptor
 * (pidfd_getfd(2)), which Docker's default seccomp profile forbids. There init hears of each such
 * setsockopt() from the filter of rebind.h, and writes the shortest time-out to where both it and whoever
 * opened the box can read it: a word of shared memory.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* May descriptors of other processes be copied? Tried with one of our own. */
bool timing_shows(void);
/* A thread gives a socket a time-out: the struct timeval at this address of its memory. */
void timing_note(int64_t *shortest, pid_t tid, uint64_t address);
/* There is no filter to hear from. */
void timing_unheard(int64_t *shortest);
