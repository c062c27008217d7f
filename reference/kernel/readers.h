/*
 * readers.h - has every thread left the read that it may have been in when a socket's queue was seen empty?
 *
 * A read of a Unix socket takes part after part as long as the queue has more: what is sent just after its
 * last look at an empty queue is read by another call, what is sent just before it by the same (measured: 3
 * in 10,000). That look follows the last copy at once and without a sleep (unix_stream_read_generic,
 * net/unix/af_unix.c). So a thread is past it once it was seen asleep, or has had more time on a CPU than
 * those few instructions can take.
 */
#pragma once
#include "kernel/proc.h"

struct readers {
    bool begun;
    struct tree_sample inside; /* those that may still be */
};

void readers_deinit(struct readers *r);
/* `now` was taken after the queue was seen empty, as were those of earlier calls. True: none is inside. */
bool readers_left(struct readers *r, const struct tree_sample *now);
