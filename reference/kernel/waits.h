/*
 * waits.h - internal to kernel/: what a line of /proc/PID/task/TID/syscall says about what ends a thread's
 * sleep.
 *
 * It knows system calls and their arguments, and nothing of trees or samples over time. What /proc does not
 * show it cannot know: timers that come as signals (alarm, setitimer, timer_create), a timerfd among those of
 * a poll or select, VTIME of a terminal, and time-outs inside io_uring. A thread that waits so counts as
 * waiting for input.
 */
#pragma once
#include "kernel/proc.h"

#include <stdbool.h>

struct wait_call {
    int64_t number; /* -1: asleep outside any system call */
    uint64_t args[6];
    uint64_t sp;
};

/* 1: parsed, 0: the line says "running" or nothing that can be read. */
int wait_parse(const char *line, struct wait_call *out);

/*
 * For a thread that sleeps (state S) in this call: sets kind, call, fd, timeout, where, and excused for
 * runtimes that are known by their call. t->pid must be set. Reads time-outs from the program's memory and
 * looks at the descriptor that it waits on, so it costs a few system calls; the answer holds as long as the
 * thread has not run.
 */
void wait_classify(const struct wait_call *c, struct thread_sample *t);

/* HotSpot's VM Thread waits in steps of 10 ms when its program ends while another of its threads is in a
 * system call (VM_Exit::wait_for_threads_in_native_to_block, vmOperations.cpp). The end comes within 30 of
 * these: it is at work, and no housekeeping. Longer waits of it are. */
bool wait_is_vm_exit(const struct thread_sample *t, const char *comm, size_t len);

/* Is this the name of a thread that a language's runtime keeps for its own purposes? */
bool wait_is_housekeeping(const char *comm, size_t len);
