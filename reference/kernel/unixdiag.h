/*
 * unixdiag.h - Unix sockets as the kernel sees them, by the number of their inode or as a list.
 *
 * Source: linux/unix_diag.h, net/unix/diag.c. Unlike TCP, what was written is in the receiver's queue when
 * the write returns, so nothing is ever under way, and bytes are known exactly on either side. A kernel
 * without UNIX_DIAG answers -ENOENT to every list.
 */
#pragma once
#include "kernel/sockdiag.h"

#define UNIX_NAME_MAX 108

struct unix_info {
    uint64_t inode;
    uint64_t peer;           /* the other end; 0: there is none, or nobody has accepted it yet */
    uint8_t state;           /* TCP_STATE_ESTABLISHED, _CLOSE, _LISTEN */
    uint8_t type;            /* SOCK_STREAM, ... */
    uint32_t rqueue, wqueue; /* bytes unread, memory not yet read by the other end; of a listener: connections
                                that wait for accept, and the backlog */
    uint32_t file;           /* the inode of the file that it is bound to, its low 32 bits; 0: none */
    char name[UNIX_NAME_MAX + 1]; /* as it was bound; of the abstract kind with '@' for the leading NUL */
};

struct unix_infos {
    struct unix_info *infos; /* owned */
    size_t n, cap;
};
void unix_infos_deinit(struct unix_infos *s);

/* As sockdiag_decode. */
int unixdiag_decode(const void *msg, size_t len, struct unix_info *out);
/* 1: found, 0: there is no such socket, -errno. */
int unixdiag_look(struct sockdiag *d, uint64_t inode, struct unix_info *out);
/* Appends all Unix sockets whose state is in the mask. 0 or -errno: -EAGAIN when the list changed under each
 * of three dumps. */
int unixdiag_list(struct sockdiag *d, uint32_t states, struct unix_infos *out);
