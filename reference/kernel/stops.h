/* stops.h - internal to kernel/: what ptrace tells of a thread that it has stopped at a system call. */
#pragma once
#include <stdint.h>
#include <sys/ptrace.h>
#include <sys/types.h>

/* As linux/ptrace.h has it, which excludes sys/ptrace.h on some systems. */
struct call_info {
    uint8_t op, pad[3];
    uint32_t arch;
    uint64_t ip, sp;
    union {
        struct {
            uint64_t nr, args[6];
        } entry; /* OP_TRAPPED too */
        struct {
            int64_t rval;
            uint8_t is_error;
        } exit;
    };
};
enum { OP_ENTRY = 1, OP_EXIT = 2, OP_TRAPPED = 3 };

/* How a program is traced: it ends with its tracer. */
#define TRACER_OPTIONS                                                                                       \
    (PTRACE_O_EXITKILL | PTRACE_O_TRACESECCOMP | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |                \
     PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)

/* A request of ptrace(2) that takes a number: a signal, or options. */
static inline long order(int request, pid_t tid, intptr_t data)
{
    return ptrace(request, tid, 0, (void *)data);
}
