/*
 * layout.c - the tables. Members travel in the order of their lines, so a change here is a new
 * RECORD_VERSION. A member that stands in no table does not travel: tests/unit/test_record.c finds it.
 */
#include "record/layout.h"
#include "base/mem.h"
#include "kernel/call_log.h"
#include "peer/tap.h"
#include "wire/message.h"

#define TEXT_MAX 4096u
#define FRAME_MAX 64u
#define LIST_MAX 1024u
#define CALLS_MAX (CALLS_KEPT + CALLS_WAITING)
#define CUTS_MAX (UINT32_C(1) << 20)
#define PROGRAMS_MAX 256u
#define TRANSPORT_LAST 2  /* enum transport */
#define TCP_STATE_LAST 13 /* TCP_BOUND_INACTIVE, net/tcp_states.h */

#define SIZE_OF(s, m) sizeof(((s *)0)->m)
#define NUMBER(s, m, last) MEMBER_NUMBER, offsetof(s, m), SIZE_OF(s, m), 0, last, NULL
#define FLAG(s, m) NUMBER(s, m, 1)
#define TEXT(s, m) MEMBER_TEXT, offsetof(s, m), 0, 0, TEXT_MAX, NULL
#define BYTES(s, m, most) MEMBER_BYTES, offsetof(s, m), 0, 0, most, NULL
#define STRUCT(s, m, of) MEMBER_STRUCT, offsetof(s, m), 0, 0, 0, &of
#define LIST(s, m, n, most, of) MEMBER_LIST, offsetof(s, m), SIZE_OF(s, n), offsetof(s, n), most, &of
#define FIELDS(table) .fields = table, .n = array_len(table)

static const struct field u16_fields[] = {{MEMBER_NUMBER, 0, 2, 0, 0, NULL}};
static const struct layout u16_layout = {FIELDS(u16_fields), .size = 2, .least = 2};
static const struct field u32_fields[] = {{MEMBER_NUMBER, 0, 4, 0, 0, NULL}};
static const struct layout u32_layout = {FIELDS(u32_fields), .size = 4, .least = 4};

static bool excerpt_believable(const void *it)
{
    const struct excerpt *e = it;

    return e->head.len <= e->total && e->tail.len <= e->total - e->head.len;
}

static const struct field excerpt_fields[] = {
    {NUMBER(struct excerpt, total, 0)},
    {NUMBER(struct excerpt, hash, 0)},
    {BYTES(struct excerpt, head, 2 * EXCERPT_MAX)},
    {BYTES(struct excerpt, tail, EXCERPT_MAX)},
};
static const struct layout excerpt_layout = {FIELDS(excerpt_fields), .size = sizeof(struct excerpt),
                                             .believable = excerpt_believable};

static bool cuts_believable(const void *it)
{
    const struct cuts *c = it;

    for (uint32_t i = 0; i < c->n; i++)
        if (c->at[i] <= (i ? c->at[i - 1] : 0))
            return false;
    return c->n > 0;
}

static const struct field cuts_fields[] = {
    {NUMBER(struct cuts, step, 0)},
    {LIST(struct cuts, at, n, CUTS_MAX, u32_layout)},
};
static const struct layout cuts_layout = {FIELDS(cuts_fields), .size = sizeof(struct cuts), .least = 12,
                                          .believable = cuts_believable};

static bool split_believable(const void *it)
{
    const struct split *s = it;

    for (size_t i = 1; i < s->n; i++)
        if (s->cuts[i].step <= s->cuts[i - 1].step)
            return false;
    return (s->kind == SPLIT_CUTS || s->n == 0) && (s->kind == SPLIT_CHUNKS) == (s->chunk > 0);
}

static const struct field split_fields[] = {
    {NUMBER(struct split, kind, SPLIT_CUTS)},
    {NUMBER(struct split, chunk, 0)},
    {LIST(struct split, cuts, n, CUTS_MAX, cuts_layout)},
};
static const struct layout split_layout = {FIELDS(split_fields), .size = sizeof(struct split),
                                           .believable = split_believable};

static const struct field key_fields[] = {
    {NUMBER(struct case_key, row, 0)},
    {NUMBER(struct case_key, plan, 0)},
    {STRUCT(struct case_key, split, split_layout)},
    {FLAG(struct case_key, fresh)},
    {NUMBER(struct case_key, experiment, SHORT_SENDS)},
    {NUMBER(struct case_key, seed, 0)},
    {NUMBER(struct case_key, impairment, 0)},
    {NUMBER(struct case_key, impaired_by, 0)},
};
const struct layout layout_key = {FIELDS(key_fields), .size = sizeof(struct case_key)};

static const struct field syntax_fields[] = {
    {NUMBER(struct syntax_record, kind, SYNTAX_LIMIT)},
    {TEXT(struct syntax_record, message)},
    {TEXT(struct syntax_record, field)},
    {TEXT(struct syntax_record, type)},
    {TEXT(struct syntax_record, why)},
    {TEXT(struct syntax_record, expected)},
    {TEXT(struct syntax_record, came)},
    {NUMBER(struct syntax_record, offset, 0)},
    {NUMBER(struct syntax_record, begin, 0)},
    {NUMBER(struct syntax_record, mistake, MISTAKE_LENGTH_HEADER)},
    {TEXT(struct syntax_record, mistake_field)},
    {TEXT(struct syntax_record, mistake_type)},
    {TEXT(struct syntax_record, mistake_came)},
    {TEXT(struct syntax_record, mistake_meant)},
    {NUMBER(struct syntax_record, mistake_at, 0)},
    {NUMBER(struct syntax_record, by, 0)},
};
static const struct layout syntax_layout = {FIELDS(syntax_fields), .size = sizeof(struct syntax_record)};

static const struct field breach_fields[] = {
    {NUMBER(struct breach_record, side, 1)},
    {TEXT(struct breach_record, state)},
    {TEXT(struct breach_record, came)},
    {TEXT(struct breach_record, allowed)},
};
static const struct layout breach_layout = {FIELDS(breach_fields), .size = sizeof(struct breach_record)};

static const struct field step_fields[] = {
    {NUMBER(struct step_record, step, 0)},
    {NUMBER(struct step_record, began, 0)},
    {NUMBER(struct step_record, outcome, STEP_LIMIT)},
    {NUMBER(struct step_record, decided, BY_SETTLING)},
    {NUMBER(struct step_record, took, 0)},
    {STRUCT(struct step_record, sent, excerpt_layout)},
    {NUMBER(struct step_record, parts, 0)},
    {NUMBER(struct step_record, gated, 0)},
    {NUMBER(struct step_record, item, 0)},
    {NUMBER(struct step_record, items, 0)},
    {STRUCT(struct step_record, expected, excerpt_layout)},
    {FLAG(struct step_record, described)},
    {STRUCT(struct step_record, came, excerpt_layout)},
    {FLAG(struct step_record, came_is_message)},
    {NUMBER(struct step_record, at, 0)},
    {BYTES(struct step_record, frame, FRAME_MAX)},
    {STRUCT(struct step_record, syntax, syntax_layout)},
    {TEXT(struct step_record, reason)},
    {STRUCT(struct step_record, breach, breach_layout)},
    {FLAG(struct step_record, accepted)},
    {NUMBER(struct step_record, unread, 0)},
    {NUMBER(struct step_record, unheard, 0)},
    {NUMBER(struct step_record, tcp_state, TCP_STATE_LAST)},
    {NUMBER(struct step_record, lost, 0)},
    {NUMBER(struct step_record, queued, 0)},
    {NUMBER(struct step_record, backlog, 0)},
    {TEXT(struct step_record, tls)},
    {NUMBER(struct step_record, unended, 0)},
    {NUMBER(struct step_record, due, 0)},
    {NUMBER(struct step_record, unended_got, 0)},
    {NUMBER(struct step_record, from_port, 0)},
    {NUMBER(struct step_record, connected_to, 0)},
    {NUMBER(struct step_record, astray, 0)},
    {NUMBER(struct step_record, elsewhere, 0)},
    {NUMBER(struct step_record, waited, 0)},
    {NUMBER(struct step_record, count, 0)},
    {NUMBER(struct step_record, gap, 0)},
    {NUMBER(struct step_record, fds_before, 0)},
    {NUMBER(struct step_record, fds_now, 0)},
    {NUMBER(struct step_record, visits, 0)},
    {NUMBER(struct step_record, stale, 0)},
    {NUMBER(struct step_record, cpu, 0)},
    {NUMBER(struct step_record, timers, 0)},
    {NUMBER(struct step_record, next_timer, 0)},
    {NUMBER(struct step_record, zombies, 0)},
    {FLAG(struct step_record, reads_end)},
    {NUMBER(struct step_record, sending, 0)},
    {NUMBER(struct step_record, reading, 0)},
    {NUMBER(struct step_record, on_stdin, 0)},
    {NUMBER(struct step_record, unwatched, 0)},
    {FLAG(struct step_record, watched_before)},
    {NUMBER(struct step_record, selected, 0)},
    {NUMBER(struct step_record, shared, 0)},
    {NUMBER(struct step_record, shared_fd, 0)},
    {NUMBER(struct step_record, sharers, 0)},
    {NUMBER(struct step_record, closed, 0)},
    {NUMBER(struct step_record, exit_status, 0)},
    {NUMBER(struct step_record, program, 0)},
};
const struct layout layout_step = {FIELDS(step_fields), .size = sizeof(struct step_record)};

static const struct field impaired_fields[] = {
    {NUMBER(struct impaired_record, step, 0)},
    {NUMBER(struct impaired_record, peer, 0)},
    {NUMBER(struct impaired_record, kind, IMPAIR_CORRUPT)},
    {FLAG(struct impaired_record, back)},
    {NUMBER(struct impaired_record, nth, 0)},
    {TEXT(struct impaired_record, message)},
    {NUMBER(struct impaired_record, detail, 0)},
    {NUMBER(struct impaired_record, len, 0)},
    {BYTES(struct impaired_record, head, IMPAIR_HEAD)},
};
static const struct layout impaired_layout = {FIELDS(impaired_fields), .size = sizeof(struct impaired_record),
                                              .least = 26};

static const struct field call_fields[] = {
    {NUMBER(struct call_record, began, 0)},       {NUMBER(struct call_record, ended, 0)},
    {NUMBER(struct call_record, asked, 0)},       {NUMBER(struct call_record, result, 0)},
    {NUMBER(struct call_record, program, 0)},     {NUMBER(struct call_record, process, 0)},
    {NUMBER(struct call_record, thread, 0)},      {NUMBER(struct call_record, kind, CALL_KINDS - 1)},
    {NUMBER(struct call_record, more, 0)},        {NUMBER(struct call_record, cut, 0)},
    {NUMBER(struct call_record, fd, 0)},          {NUMBER(struct call_record, level, 0)},
    {NUMBER(struct call_record, option, 0)},      {NUMBER(struct call_record, value, 0)},
    {NUMBER(struct call_record, local, 0)},       {NUMBER(struct call_record, remote, 0)},
    {NUMBER(struct call_record, peer, 0)},        {TEXT(struct call_record, address)},
    {BYTES(struct call_record, head, CALL_HEAD)},
};
const struct layout layout_call = {FIELDS(call_fields), .size = sizeof(struct call_record), .least = 88};

static const struct field wire_fields[] = {
    {NUMBER(struct wire_record, at, 0)},           {NUMBER(struct wire_record, peer, 0)},
    {NUMBER(struct wire_record, event, TAP_LOST)}, {FLAG(struct wire_record, sealed)},
    {NUMBER(struct wire_record, total, 0)},        {BYTES(struct wire_record, head, WIRE_HEAD)},
};
const struct layout layout_wire = {FIELDS(wire_fields), .size = sizeof(struct wire_record), .least = 29};

static const struct field xray_fields[] = {
    {LIST(struct xray_record, calls, n_calls, CALLS_MAX, layout_call)},
    {NUMBER(struct xray_record, more_calls, 0)},
    {LIST(struct xray_record, wires, n_wires, WIRES_MAX, layout_wire)},
    {NUMBER(struct xray_record, more_wires, 0)},
    {NUMBER(struct xray_record, closed, 0)},
};
const struct layout layout_xray = {FIELDS(xray_fields), .size = sizeof(struct xray_record)};

static const struct field case_end_fields[] = {
    {LIST(struct case_record, impaired, n_impaired, LIST_MAX, impaired_layout)},
    {NUMBER(struct case_record, n_more_impaired, 0)},
    {FLAG(struct case_record, release.tried)},
    {FLAG(struct case_record, release.answered)},
    {NUMBER(struct case_record, release.closed, 0)},
    {NUMBER(struct case_record, detour.peer, 0)},
    {NUMBER(struct case_record, detour.asked, 0)},
    {NUMBER(struct case_record, detour.answered, 0)},
    {NUMBER(struct case_record, stall.peer, 0)},
    {NUMBER(struct case_record, stall.times, 0)},
    {NUMBER(struct case_record, stall.came, 0)},
    {NUMBER(struct case_record, stall.held, 0)},
    {STRUCT(struct case_record, xray, layout_xray)},
    {FLAG(struct case_record, complete)},
    {FLAG(struct case_record, spun_after)},
    {NUMBER(struct case_record, spun_cpu, 0)},
    {NUMBER(struct case_record, took, 0)},
};
const struct layout layout_case_end = {FIELDS(case_end_fields), .size = sizeof(struct case_record)};

static const struct field listener_fields[] = {
    {NUMBER(struct listener_record, transport, TRANSPORT_LAST)},
    {FLAG(struct listener_record, ipv6)},
    {FLAG(struct listener_record, loopback)},
    {FLAG(struct listener_record, no_ipv4)},
    {NUMBER(struct listener_record, ipv4, 0)},
    {NUMBER(struct listener_record, port, 0)},
    {TEXT(struct listener_record, address)},
};
static const struct layout listener_layout = {FIELDS(listener_fields), .size = sizeof(struct listener_record),
                                              .least = 14};

static const struct field program_fields[] = {
    {NUMBER(struct program_record, program, PROGRAMS_MAX - 1)},
    {TEXT(struct program_record, command)},
    {LIST(struct program_record, ports, n_ports, LIST_MAX, u16_layout)},
    {NUMBER(struct program_record, readiness, READY_NOT_FOUND)},
    {NUMBER(struct program_record, ready_decided, BY_SETTLING)},
    {LIST(struct program_record, listeners, n_listeners, LIST_MAX, listener_layout)},
    {NUMBER(struct program_record, ready_after, 0)},
    {FLAG(struct program_record, exited)},
    {NUMBER(struct program_record, exit_status, 0)},
    {FLAG(struct program_record, terminated)},
    {FLAG(struct program_record, killed)},
    {TEXT(struct program_record, limit)},
    {NUMBER(struct program_record, left_behind, 0)},
    {STRUCT(struct program_record, out, excerpt_layout)},
    {STRUCT(struct program_record, err, excerpt_layout)},
    {NUMBER(struct program_record, cpu, 0)},
    {FLAG(struct program_record, port_held)},
    {NUMBER(struct program_record, lingering, 0)},
    {FLAG(struct program_record, no_reuse)},
    {FLAG(struct program_record, path_left)},
};
const struct layout layout_program = {FIELDS(program_fields), .size = sizeof(struct program_record)};

static const struct field play_fields[] = {
    {NUMBER(struct record, version, 0)}, {NUMBER(struct record, test, 0)}, {NUMBER(struct record, seed, 0)},
    {FLAG(struct record, net_private)},  {TEXT(struct record, settled)},   {FLAG(struct record, truncated)},
    {TEXT(struct record, excused)},      {TEXT(struct record, untraced)},
};
const struct layout layout_play = {FIELDS(play_fields), .size = sizeof(struct record)};

static const struct field fault_fields[] = {{TEXT(struct record, fault)}};
const struct layout layout_fault = {FIELDS(fault_fields), .size = sizeof(struct record)};
const struct layout layout_end = {.size = 1};
