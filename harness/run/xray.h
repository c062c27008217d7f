/*
 * xray.h - what is written down of a case that is played TRACED: the socket calls of the student's programs,
 * and what passed on the peers' sockets meanwhile, on one clock.
 */
#pragma once
#include "launch/box.h"
#include "peer/tap.h"
#include "record/record.h"

struct stage;

/* Hangs on the sockets of a peer. */
struct peer_tap {
    struct tap tap; /* first: the callback finds the peer by it */
    struct stage *stage;
    size_t peer;   /* index */
    int64_t begun; /* when it began what will be told next; 0: it began nothing */
};

/* A start of a program in its box. */
struct spawned_as {
    uint32_t id, program;
};

/* Of a connection, or of a socket for datagrams (theirs 0). */
struct socket_ends {
    uint16_t ours, theirs;
    uint32_t peer;
};

struct xray {
    bool on; /* this case is traced */
    bool probed;
    struct peer_tap *taps;      /* of each peer; in the play's arena */
    struct spawned_as *spawned; /* owned, like the others */
    size_t n_spawned, cap_spawned;
    struct socket_ends *ends;
    size_t n_ends, cap_ends;
    struct wire_record *wires;
    size_t n_wires, cap_wires;
    uint64_t more_wires;
};

void xray_deinit(struct xray *x);
void xray_begin(struct stage *st); /* of a case; where it cannot be done, st->untraced says why */
struct tap *xray_tap(struct stage *st, size_t peer); /* NULL: nobody looks */
void xray_spawned(struct stage *st, uint32_t id, size_t program);
/* The peers are about to leave. */
void xray_closes(struct stage *st, struct case_record *c);
/* The case is over, and its programs still run: completes what there is to tell. */
void xray_end(struct stage *st, struct case_record *c);
/* Of a program that is to be traced: what keeps its own tools from failing for that. env has room for two
 * more. */
void xray_environment(struct stage *st, const char **env);
