/*
 * asker - asks sock_diag once, with INET_DIAG_INFO, for the other end of the TCP connection on descriptor 0.
 * Writes 'Q' to descriptor 1 before it asks, 'A' when the answer has come.
 */
#include "kernel/sockdiag.h"

#include <unistd.h>

static int put(const char *text)
{
    return write(1, text, 1) == 1 ? 0 : 1;
}

int main(void)
{
    struct addr ours, theirs;
    struct sock_info info;
    struct sockdiag diag;

    if (sockdiag_init(&diag) < 0 || addr_local(0, &ours) < 0 || addr_remote(0, &theirs) < 0 || put("Q"))
        return 1;
    return sockdiag_tcp(&diag, &theirs, &ours, &info) == 1 ? put("A") : put("E");
}
