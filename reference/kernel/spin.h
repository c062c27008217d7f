/*
 * spin.h - does a thread read the end of a stream over and over?
 *
 * A thread that burns CPU time may compute, and then all is well. Only its system calls tell it from one that
 * reads nothing for ever: so for a moment it is traced. It notices nothing but that it is slower.
 *
 * Source: ptrace(2): PTRACE_SEIZE, PTRACE_INTERRUPT, PTRACE_GET_SYSCALL_INFO (Linux 5.3). It takes the rights
 * that /proc/PID/syscall takes.
 */
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* True: many reads of it in a row returned 0, and none of its calls moved a byte. False too when it
 * cannot be traced, or made too few calls within that time (ns). Not for a thread that may sleep in
 * epoll_wait: that would return EINTR. */
bool proc_reads_end(pid_t tid, int64_t within);
