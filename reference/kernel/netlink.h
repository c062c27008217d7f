/*
 * netlink.h - internal to kernel/: asking NETLINK_SOCK_DIAG, and taking its replies apart. It knows messages,
 * and not what is in them.
 */
#pragma once
#include "base/buf.h"
#include "kernel/sockdiag.h"

#include <linux/netlink.h>

#define NETLINK_REPLY_MAX 4096u /* of one socket */

/* Sends a request of `size` bytes that begins with head, of which type and flags beyond NLM_F_DUMP are filled
 * in here. 0 or -errno. */
int netlink_ask(struct sockdiag *d, struct nlmsghdr *head, size_t size);
/* Asks, and reads the one message of the answer into out. Its length, 0 where there is no such socket, or
 * -errno. */
ptrdiff_t netlink_answer(struct sockdiag *d, struct nlmsghdr *head, size_t size, void *out, size_t room);

/* Takes a socket's message apart: its fixed part, of `size` bytes, is copied into body, *rest are its
 * attributes. 1: so it was, 0: it is a message of another kind, -EBADMSG. */
int netlink_open(const void *msg, size_t len, void *body, size_t size, struct bytes *rest);
/* Gives each attribute to `take`. 1, or -EBADMSG. */
int netlink_attributes(struct bytes rest, void (*take)(uint16_t type, struct bytes value, void *arg),
                       void *arg);

/* A socket's message, head included; 1: taken, 0: of another kind, -errno. */
typedef int netlink_take(const void *msg, size_t len, void *arg);
/* Gives to `take` each message of one reply to the dump that was asked for as `seq`; *torn: the list changed
 * meanwhile. 1: more to come, 0: the dump is complete, -errno: the kernel's, or -EBADMSG. */
int netlink_walk(const void *reply, size_t len, uint32_t seq, bool *torn, netlink_take *take, void *arg);
/* Asks for a dump. 1: all was taken, 0: the list changed meanwhile, -errno. */
int netlink_dump(struct sockdiag *d, struct nlmsghdr *head, size_t size, netlink_take *take, void *arg);
