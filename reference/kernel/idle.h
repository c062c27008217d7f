/*
 * idle.h - will a group of programs still do anything without new input? Two samples of all their threads,
 * compared.
 *
 * Idle in the full sense is "arrived and asleep"; this is the second half. The caller first makes sure that
 * all that was sent has arrived, and afterwards that nothing came back meanwhile.
 *
 * No timer of the program's own is ever excused, however often it has fired without effect: an event loop
 * waits for all of its timers in one and the same call, so that a clock which only ticks looks like one that
 * will answer.
 */
#pragma once
#include "kernel/proc.h"

enum idle_state {
    IDLE_BUSY,   /* something runs, ran in between, or cannot be classified */
    IDLE_ASLEEP, /* every thread waits for input, without a timer of its own */
    IDLE_UNTIL,  /* the same, but for timers: nothing before `until` */
    IDLE_HIDDEN, /* facts cannot be had: see WAIT_HIDDEN */
};

struct idle {
    enum idle_state state;
    int64_t until; /* ns from now: the soonest timer; -1: unknown */
    uint32_t threads, zombies, stopped;
    uint32_t timers;   /* threads with a timer of their own, not excused */
    uint32_t sending;  /* threads that wait for the other side to read */
    uint32_t reading;  /* threads in WAIT_INPUT with a descriptor */
    uint32_t on_stdin; /* of these, with descriptor 0 */
    int64_t cpu;       /* ns, of all live threads so far */
    int64_t starved;   /* ns, runnable without a CPU, of all live threads so far */
};

/* a and b: samples of the same trees, a taken wholly before b. */
void idle_compare(const struct tree_sample *a, const struct tree_sample *b, struct idle *out);
/* What one sample tells: state is IDLE_BUSY unless hidden; the counters are set. */
void idle_single(const struct tree_sample *s, struct idle *out);
