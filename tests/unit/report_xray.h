/* report_xray.h - more samples for the tests of reports: cases that were played traced. */
#pragma once
#include "kernel/calls.h"
#include "peer/tap.h"
#include "report_samples.h"

#include <errno.h>
#include <sys/socket.h>

enum { XRAY_CALLS = 24, XRAY_WIRES = 12 };

struct xray_sample {
    struct record record;
    struct case_record play;
    struct call_record calls[XRAY_CALLS];
    struct wire_record wires[XRAY_WIRES];
};

static void xray_call(struct xray_sample *x, struct call_record c)
{
    x->calls[x->play.xray.n_calls++] = c;
}

static void xray_wire(struct xray_sample *x, int64_t at, enum tap_event event, const char *text)
{
    struct bytes b = bytes_of(text);

    x->wires[x->play.xray.n_wires++] =
        (struct wire_record){.at = at, .event = event, .total = b.len, .head = b};
}

/* The first test that failed, or else the first, was played so. */
static struct xray_sample *xray_of(struct sample *s, struct test_result *t)
{
    static struct xray_sample x;

    x = (struct xray_sample){0};
    x.play = s->play;
    for (size_t i = 0; i < x.play.n_steps; i++) {
        s->played[i].began = (int64_t)i * 100 + 10;
        s->played[i].took = 90;
    }
    x.play.xray.calls = x.calls;
    x.play.xray.wires = x.wires;
    x.record = (struct record){.cases = &x.play, .n_cases = 1, .complete = true};
    t->xray = &x.record;
    return &x;
}

#define CALL(k, from, to, ...)                                                                               \
    (struct call_record)                                                                                     \
    {                                                                                                        \
        .kind = k, .began = from, .ended = to, __VA_ARGS__                                                   \
    }

/* The half of a request is read as if it were a whole: in the report on it nothing is left to guess. A
 * library has asked for a name meanwhile, and a child that was forked dies. */
static void sample_xray(struct sample *s)
{
    struct test_result *t;
    struct xray_sample *x;

    sample_split(s);
    t = &s->results[1];
    x = xray_of(s, t);
    xray_call(x, CALL(CALL_SOCKET, 20, 21, .fd = -1, .level = AF_UNIX, .option = SOCK_STREAM, .result = 3));
    xray_call(
        x, CALL(CALL_CONNECT, 21, 22, .fd = 3, .address = (char *)"/var/run/nscd/socket", .result = -ENOENT));
    xray_call(x, CALL(CALL_CLOSE, 22, 23, .fd = 3));
    xray_call(x, CALL(CALL_SOCKET, 24, 25, .fd = -1, .level = AF_INET, .option = SOCK_STREAM, .result = 3));
    xray_call(
        x, CALL(CALL_SETSOCKOPT, 25, 26, .fd = 3, .level = SOL_SOCKET, .option = SO_REUSEADDR, .value = 1));
    xray_call(x, CALL(CALL_BIND, 26, 27, .fd = 3, .address = (char *)"0.0.0.0:20000"));
    xray_call(x, CALL(CALL_LISTEN, 28, 29, .fd = 3, .asked = 5));
    xray_wire(x, 30, TAP_OPENED, "");
    xray_call(x, CALL(CALL_ACCEPT, 29, 31, .fd = 3, .result = 4, .peer = 1));
    xray_call(x, CALL(CALL_FORK, 32, 32, .fd = -1, .result = 1));
    xray_wire(x, 40, TAP_SENT, "ADD 12");
    xray_call(x, CALL(CALL_RECV, 33, 45, .process = 1, .fd = 4, .asked = 1024, .result = 6, .peer = 1,
                      .head = bytes_of("ADD 12")));
    xray_call(x, CALL(CALL_SEND, 46, 47, .process = 1, .fd = 4, .asked = 7, .result = 3, .peer = 1,
                      .head = bytes_of("ERR bad")));
    xray_wire(x, 48, TAP_CAME, "ERR");
    xray_wire(x, 50, TAP_SENT, "34 -34\n");
    xray_call(
        x, CALL(CALL_RECV, 49, 51, .process = 1, .fd = 4, .asked = 1024, .result = -ECONNRESET, .peer = 1));
    xray_call(x, CALL(CALL_END, 52, 52, .process = 1, .fd = -1, .result = SIGSEGV));
    xray_wire(x, 53, TAP_ENDED, "");
    xray_call(x, CALL(CALL_SIGNAL, 54, 54, .fd = -1, .result = SIGCHLD));
    xray_call(x, CALL(CALL_POLL, 54, 55, .fd = -1));
    xray_call(x, CALL(CALL_ACCEPT, 56, -1, .fd = 3, .result = 0));
    x->play.xray.closed = 300;
    xray_wire(x, 301, TAP_CLOSED, "");
    x->play.xray.more_calls = 1234;
}

/* Where processes may not trace others. */
static void sample_untraced(struct sample *s)
{
    struct xray_sample *x;

    sample_split(s);
    x = xray_of(s, &s->results[1]);
    x->record.untraced = (char *)"this machine forbids processes to trace others";
}

/* Two programs, and bytes that would do harm to a terminal. */
static void sample_xrays(struct sample *s)
{
    struct xray_sample *x;

    sample_network(s);
    x = xray_of(s, &s->results[2]);
    xray_call(x, CALL(CALL_SENDTO, 60, 61, .fd = 3, .asked = 2000, .result = 2000,
                      .address = (char *)"/tmp/\x1b[31mred",
                      .head = bytes_of("\x1b[31mred\n and on and on and on")));
    xray_call(x, CALL(CALL_RECVFROM, 60, 62, .program = 1, .thread = 2, .fd = 1000000, .asked = INT64_MAX,
                      .result = INT64_MAX, .head = bytes_of("\xff\xfe")));
    xray_call(x,
              CALL(CALL_END, 60, 63, .program = UINT32_MAX, .process = UINT32_MAX, .fd = -1, .result = -1));
    xray_call(x, CALL(CALL_SETSOCKOPT, 64, 65, .program = 77, .fd = -5, .level = -1, .option = -1,
                      .value = -1, .result = INT64_MIN + 1));
    xray_call(x, CALL(CALL_RECV, 64, 65, .peer = 2, .fd = 3, .result = -11, .more = 41));
    xray_wire(x, 66, TAP_LOST, "");
    xray_wire(x, 67, TAP_CAME, "\x1b[2J\x07 and a long text that does not fit");
    x->wires[1].sealed = true;
    x->play.xray.closed = 1000;
}
