#include "launch/timing.h"

#include "base/clock.h"
#include "base/fd.h"
#include "kernel/proc.h"

#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

bool timing_shows(void)
{
    _cleanup_fd_ int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
    _cleanup_fd_ int copy = self < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, self, self, 0);

    return copy >= 0;
}

void timing_unheard(int64_t *shortest)
{
    *shortest = SOCKETS_UNSEEN;
}

void timing_note(int64_t *shortest, pid_t tid, uint64_t address)
{
    int64_t limit[2], ns; /* seconds and microseconds: both kinds of the option have 64 bits here */
    struct iovec ours = {limit, sizeof limit}, theirs = {(void *)(uintptr_t)address, sizeof limit};

    if (*shortest == SOCKETS_UNSEEN)
        return;
    if (process_vm_readv(tid, &ours, 1, &theirs, 1, 0) != sizeof limit) {
        timing_unheard(shortest);
        return;
    }
    if (limit[0] < 0 || limit[0] > INT64_MAX / NS_PER_S / 2 || limit[1] < 0 || limit[1] >= 1000000)
        return; /* refused, or as good as for ever */
    ns = limit[0] * NS_PER_S + limit[1] * NS_PER_US;
    if (ns && (*shortest == SOCKETS_UNTIMED || ns < *shortest))
        *shortest = ns;
}
