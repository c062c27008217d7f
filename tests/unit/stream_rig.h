/* stream_rig.h - a record in which every member says something, and the way through the stream and back. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "record/codec.h"
#include "record/stream.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static inline struct bytes some_bytes(struct arena *a, size_t n, uint8_t seed)
{
    uint8_t *data = arena_new(a, n);

    for (size_t i = 0; i < n; i++)
        data[i] = (uint8_t)(seed + i * 7);
    return (struct bytes){data, n};
}

static inline void fill_step(struct record *r, struct step_record *s, uint32_t i)
{
    *s = (struct step_record){.step = i == 3 ? STEP_AFTER : i,
                              .outcome = i ? STEP_OTHER_CAME : STEP_PASSED,
                              .decided = BY_IDLE,
                              .took = 123456789012 + i,
                              .parts = 2,
                              .gated = 1,
                              .item = 3,
                              .items = 4,
                              .came_is_message = i & 1,
                              .at = 77,
                              .accepted = true,
                              .unread = 5,
                              .tcp_state = 8,
                              .from_port = 4711,
                              .cpu = 99,
                              .timers = 1,
                              .next_timer = -1,
                              .zombies = 2,
                              .sending = 3,
                              .reading = 4,
                              .on_stdin = 1,
                              .exit_status = -1,
                              .program = UINT32_MAX};
    s->sent = excerpt_of(&r->arena, some_bytes(&r->arena, 10000, 1));
    s->expected = excerpt_of(&r->arena, some_bytes(&r->arena, 8192, 2));
    s->came = excerpt_of(&r->arena, some_bytes(&r->arena, i, 3));
    s->frame = some_bytes(&r->arena, 4, 4);
}

static inline void fill_program(struct record *r, uint32_t program)
{
    struct program_record *p = record_program(r, program);

    p->n_ports = 2;
    p->ports = arena_copy(&r->arena, (uint16_t[]){1025, 65535}, 4);
    p->readiness = READY_OTHER_PORT;
    p->ready_decided = BY_FACT;
    p->n_listeners = 2;
    p->listeners = arena_new(&r->arena, 2 * sizeof *p->listeners);
    p->listeners[1] = (struct listener_record){.transport = 1, .ipv6 = true, .address = (char *)"::1"};
    p->ready_after = 1000000;
    p->exited = true;
    p->exit_status = 139;
    p->terminated = true;
    p->limit = program ? arena_text(&r->arena, "memory") : NULL;
    p->left_behind = 3;
    p->out = excerpt_of(&r->arena, BYTES("listening\n"));
    p->err = excerpt_of(&r->arena, some_bytes(&r->arena, 100000, 5));
    p->cpu = 5000;
}

static inline struct split some_split(struct arena *a)
{
    struct split parsed, s;
    size_t wrong;

    assert_int_equal(split_parse("2:at:4,9;5:at:1", &parsed, &wrong), 0);
    s = parsed;
    s.cuts = arena_copy(a, parsed.cuts, parsed.n * sizeof *s.cuts);
    for (size_t i = 0; i < s.n; i++)
        s.cuts[i].at = arena_copy(a, parsed.cuts[i].at, parsed.cuts[i].n * sizeof(uint32_t));
    split_deinit(&parsed);
    return s;
}

static inline void fill_case(struct record *r, uint32_t i)
{
    struct case_record *c = record_add_case(r);

    c->key = (struct case_key){.row = i,
                               .plan = 1,
                               .fresh = i & 1,
                               .experiment = (enum experiment)(i % (EVERYWHERE + 1)),
                               .seed = 42 + i,
                               .impairment = i,
                               .impaired_by = 3 * i};
    if (i == 1)
        c->key.split = some_split(&r->arena);
    for (uint32_t k = 0; k < i; k++)
        fill_step(r, record_add_step(r, c), k);
    c->impaired = arena_new(&r->arena, 4 * sizeof *c->impaired);
    for (c->n_impaired = 0; c->n_impaired < i % 4; c->n_impaired++)
        c->impaired[c->n_impaired] = (struct impaired_record){.step = i,
                                                              .peer = 1,
                                                              .kind = IMPAIR_DELAY,
                                                              .back = i & 1,
                                                              .nth = i + 7,
                                                              .message = (char *)(i % 2 ? "DATA" : NULL),
                                                              .detail = 80 + i,
                                                              .len = 1000,
                                                              .head = bytes_of("DATA \x1b")};
    c->n_more_impaired = 5 * i;
    c->release = (struct release_record){.tried = i == 2, .answered = i == 2, .closed = 1};
    c->complete = i != 4;
    c->spun_after = true;
    c->spun_cpu = 50;
    c->took = -7;
}

/* What a traced case has besides. */
static inline void fill_xray(struct record *r, struct xray_record *x)
{
    x->calls = arena_new(&r->arena, 2 * sizeof *x->calls);
    x->wires = arena_new(&r->arena, sizeof *x->wires);
    x->n_calls = 2;
    x->n_wires = 1;
    x->calls[0] = (struct call_record){.began = 5, .ended = 9, .asked = 100, .result = 3, .peer = 1, .fd = 4};
    x->calls[0].head = bytes_of("abc");
    x->calls[1] = (struct call_record){.ended = -1, .fd = -1, .address = arena_text(&r->arena, "[::1]:80")};
    x->wires[0] = (struct wire_record){.at = 7, .event = 2, .total = 1000, .head = bytes_of("abc")};
    x->more_calls = 77;
    x->closed = 1234;
}

static inline struct record *example(void)
{
    struct record *r = record_new();

    r->version = RECORD_VERSION;
    r->test = 3;
    r->seed = UINT64_C(0x1122334455667788);
    r->net_private = true;
    r->settled = arena_text(&r->arena, "no /proc/PID/syscall here");
    for (uint32_t i = 0; i < 3; i++)
        fill_program(r, 2 - i);
    for (uint32_t i = 0; i < 5; i++)
        fill_case(r, i);
    fill_xray(r, &r->cases[2].xray);
    r->untraced = arena_text(&r->arena, "Yama");
    r->complete = true;
    return r;
}

static inline struct buf written(const struct record *r)
{
    struct buf out = BUF_INIT;

    record_put_all(&out, r);
    return out;
}

static inline struct record *read_whole(struct bytes stream, int want)
{
    struct record_reader reader;
    struct record *r;

    record_reader_init(&reader);
    assert_int_equal(record_reader_feed(&reader, stream), want);
    r = record_reader_take(&reader);
    record_reader_deinit(&reader);
    return r;
}
