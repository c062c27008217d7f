/*
 * call_args.h - internal to kernel/: what a thread that is stopped at a call hands over, and what it got:
 * from its registers, its memory, and the socket in question.
 *
 * What cannot be read, for the program does not let others look at it, is left empty.
 */
#pragma once
#include "kernel/call_log.h"

/* The sockets that were looked at: their ports do not change while they are connected. */
#define SOCKETS_KNOWN 256u
struct known_socket {
    uint64_t inode; /* 0: this entry is free */
    uint16_t local, remote;
    bool is_stream;
};

/* The number of the socket behind a descriptor. 0: it is none; -ENOENT: there is no such descriptor. */
int64_t call_socket(pid_t tid, int fd);

/* A thread at a call. Its memory and descriptors are its own to show; copies of these are its process's. */
struct caller {
    pid_t pid, tid;
    const struct call_rule *rule;
    uint64_t args[6];
};

/* Bytes of its memory, as many as can be read. */
size_t call_peek(pid_t tid, uint64_t from, void *into, size_t size);
/* Before the call: c is complete but for its times, result, and who made it. known: SOCKETS_KNOWN. */
void call_look(struct call *c, const struct caller *by, int64_t inode, struct known_socket *known);
/* When it has returned c->result: the bytes that came, and the new socket. */
void call_look_back(struct call *c, const struct caller *by, struct known_socket *known);
