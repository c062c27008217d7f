/*
 * gate.h - were the parts of a stream read apart? The next part is sent once the program has read the last.
 *
 * "The receive queue is empty" is not enough (measured): with asynchronous loopback delivery
 * it is empty before the part is there, and while recvmsg still owns the socket a part that comes joins the
 * same read. So a look-up must first show that all bytes were received, and a later one, which waited for the
 * socket's lock, that none is queued. The gate proves separate reads; it says nothing about how many there
 * were.
 *
 * What was written to a Unix socket is in the other's queue when the write returns, and SIOCOUTQ on our side
 * says whether it was read. There too the read may still go on: GATE_READ then means "the queue is empty",
 * and only kernel/readers.h says that the next part will be read apart.
 */
#pragma once
#include "kernel/sockdiag.h"
#include "peer/stream.h"

enum gate {
    GATE_PENDING, /* not all was read yet */
    GATE_READ,    /* everything that was sent has been read */
    GATE_GONE,    /* the program's socket is no more, or was never ours to see */
};

/* Asks the kernel about the program's end of s. info is what it said last (state 0: no such socket; of a Unix
 * socket: no more than its state and whether something is queued). Or -errno. */
int gate_look(struct stream *s, struct sockdiag *d, struct sock_info *info);

/* The same, for who has other things to see to: has it been read by now, or never will be? 1, 0, or -errno.
 */
int gate_passed(struct stream *s, struct sockdiag *d);

/*
 * Has everything arrived, both ways? All that we sent is in the program's kernel queue or was read, and all
 * that it sent is in ours (or waits for a stream that was told not to read). 1, 0, or -errno. info as above.
 */
int gate_arrived(struct stream *s, struct sockdiag *d, struct sock_info *info);
