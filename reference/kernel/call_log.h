/*
 * call_log.h - the calls that traced programs made, in the order in which they returned. Of too many the
 * first and the last are kept; but of those that transfer bytes, of which a program may make thousands, as
 * many as leave room for the others: signals, ends, and what failed.
 */
#pragma once
#include "base/addr.h"
#include "kernel/calls.h"

#include <sys/types.h>

#define CALL_HEAD 48u      /* bytes of what came or went that are kept */
#define CALLS_FIRST 200u   /* calls */
#define CALLS_KEPT 1000u   /* in all: these, and the last ones */
#define CALLS_WAITING 200u /* … and those that have not returned */

/* Plain data: it can be sent through a socket as it is. */
struct call {
    int64_t began, ended;     /* on clock_now's clock; ended 0: it has not returned */
    int64_t asked;            /* bytes asked for or offered; of listen and shutdown their number */
    int64_t result;           /* or -errno */
    uint32_t program;         /* as tracer_expect was told */
    uint32_t process, thread; /* in the order of their birth, from 0: of the program, of the process */
    uint32_t kind;            /* enum call_kind */
    uint32_t more;            /* so many equal ones came right after it */
    uint32_t cut;             /* bytes that the tracer kept from the kernel: see tracer_expect */
    int32_t fd;               /* -1: none */
    int32_t level, option;    /* setsockopt; socket: family and type */
    int32_t value;            /* setsockopt: its argument as a number */
    uint16_t local, remote;   /* ports of that socket, or of what accept gave; 0: unknown, or none */
    uint16_t len;             /* of head */
    char address[ADDR_TEXT];  /* that the call names: "0.0.0.0:80", a path; "": none */
    uint8_t head[CALL_HEAD];  /* the first bytes that went or came */
};

struct call_log {
    struct logged_call *kept; /* owned: the first ones, and two rings behind them */
    struct call *last;        /* in there */
    uint64_t n;               /* how many there were … */
    uint64_t transfers;       /* … that brought or sent bytes, and are none of the first */
};

void call_log_deinit(struct call_log *l);
void call_log_add(struct call_log *l, const struct call *c);
uint64_t call_log_lost(const struct call_log *l); /* how many are not kept */
/* Those that are kept, in order, followed by room for CALLS_WAITING more; owned by the caller. */
struct call *call_log_list(const struct call_log *l, size_t *n);
