/*
 * stream.c - events, one after the other: a u32 (how many bytes follow), a u8 (the kind), and what the kind's
 * layout says. The reader takes them apart from chunks of any size, and keeps the record consistent whatever
 * comes.
 */
#include "record/stream.h"
#include "base/mem.h"
#include "record/codec.h"

#include <errno.h>

static void put_event(struct buf *out, enum event_kind kind, const struct layout *layout, const void *from)
{
    size_t start = out->len, len;

    codec_put_number(out, 0, 4);
    buf_byte(out, (uint8_t)kind);
    codec_put(out, layout, from);
    len = out->len - start - 4;
    for (size_t i = 0; i < 4; i++)
        out->data[start + i] = (uint8_t)(len >> (8 * i));
}

void record_put_play(struct buf *out, const struct record *r)
{
    struct record play = *r;

    play.version = RECORD_VERSION;
    put_event(out, EVENT_PLAY, &layout_play, &play);
}

void record_put_program(struct buf *out, const struct program_record *p)
{
    put_event(out, EVENT_PROGRAM, &layout_program, p);
}

void record_put_case(struct buf *out, const struct case_key *k)
{
    put_event(out, EVENT_CASE, &layout_key, k);
}

void record_put_step(struct buf *out, const struct step_record *s)
{
    put_event(out, EVENT_STEP, &layout_step, s);
}

void record_put_case_end(struct buf *out, const struct case_record *c)
{
    put_event(out, EVENT_CASE_END, &layout_case_end, c);
}

void record_put_fault(struct buf *out, const char *why)
{
    struct record r = {.fault = (char *)why};

    put_event(out, EVENT_FAULT, &layout_fault, &r);
}

void record_put_end(struct buf *out)
{
    put_event(out, EVENT_END, &layout_end, "");
}

void record_put_all(struct buf *out, const struct record *r)
{
    record_put_play(out, r);
    for (size_t i = 0; i < r->n_programs; i++)
        record_put_program(out, &r->programs[i]);
    for (size_t i = 0; i < r->n_cases; i++) {
        record_put_case(out, &r->cases[i].key);
        for (size_t k = 0; k < r->cases[i].n_steps; k++)
            record_put_step(out, &r->cases[i].steps[k]);
        record_put_case_end(out, &r->cases[i]);
    }
    if (r->fault)
        record_put_fault(out, r->fault);
    if (r->complete)
        record_put_end(out);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

/* What the memory for one event is reckoned at, besides its payloads. */
#define EVENT_COST 512u

void record_reader_init(struct record_reader *r)
{
    *r = (struct record_reader){.record = record_new()};
}

void record_reader_deinit(struct record_reader *r)
{
    record_free(r->record);
    buf_deinit(&r->pending);
    *r = (struct record_reader){.broken = true};
}

struct record *record_reader_take(struct record_reader *r)
{
    struct record *record = r->record;

    r->record = NULL;
    r->broken = true;
    return record;
}

/* Whether there is room for one event more. From then on, whatever comes is dropped. */
static bool has_room(struct record_reader *r)
{
    if (r->kept <= 2 * RECORD_MAX_BYTES)
        return true;
    r->record->truncated = true;
    return false;
}

/* Decodes a payload wholly: nothing may be left over. NULL, or why it cannot be believed. */
static const char *decode(struct record_reader *r, struct bytes payload, const struct layout *layout,
                          bool drop, void *into)
{
    struct cursor c = {.left = payload, .arena = &r->record->arena, .drop_bytes = drop};

    if (!codec_get(&c, layout, into))
        return c.wrong;
    if (c.left.len)
        return "an event is too long";
    r->kept += EVENT_COST + (drop ? 0 : payload.len);
    return NULL;
}

static const char *read_play(struct record_reader *r, struct bytes payload)
{
    struct cursor c = {.left = payload};
    struct record *record = r->record, play = {0};
    const char *wrong;
    uint64_t version;

    if (!codec_get_number(&c, 4, &version))
        return c.wrong;
    if (version != RECORD_VERSION) /* of which the layout is unknown */
        return "it has another version";
    if (!has_room(r))
        return NULL;
    wrong = decode(r, payload, &layout_play, false, &play);
    if (wrong)
        return wrong;
    if (r->begun && (play.test != record->test || play.seed != record->seed))
        return "it is of two plays";
    record->version = play.version;
    record->test = play.test;
    record->seed = play.seed;
    record->net_private = play.net_private;
    record->settled = play.settled;
    record->excused = play.excused;
    record->untraced = play.untraced;
    record->truncated |= play.truncated;
    r->begun = true;
    return NULL;
}

static const char *read_program(struct record_reader *r, struct bytes payload)
{
    bool full = r->kept + payload.len > RECORD_MAX_BYTES;
    struct program_record p = {0};
    const char *wrong;

    if (!has_room(r))
        return NULL;
    wrong = decode(r, payload, &layout_program, full, &p);
    if (wrong)
        return wrong;
    r->record->truncated |= full;
    *record_program(r->record, p.program) = p;
    return NULL;
}

static const char *read_case(struct record_reader *r, struct bytes payload)
{
    struct case_key key = {0};
    const char *wrong;

    r->case_open = true;
    r->case_lost = !has_room(r);
    if (r->case_lost)
        return NULL;
    wrong = decode(r, payload, &layout_key, false, &key);
    if (wrong)
        return wrong;
    record_add_case(r->record)->key = key;
    return NULL;
}

/* What passed is the first to lose its payloads: of what failed, they are the evidence. */
static bool keeps_payload(const struct record_reader *r, const struct step_record *s, size_t len)
{
    uint64_t room = s->outcome == STEP_PASSED ? RECORD_MAX_BYTES / 2 : RECORD_MAX_BYTES;

    return r->kept + len <= room;
}

static const char *read_step(struct record_reader *r, struct bytes payload)
{
    struct step_record s = {0};
    const char *wrong;
    bool keep;

    if (!r->case_open)
        return "a step belongs to no case";
    r->case_lost |= !has_room(r);
    if (r->case_lost)
        return NULL;
    wrong = decode(r, payload, &layout_step, true, &s);
    if (wrong)
        return wrong;
    keep = keeps_payload(r, &s, payload.len);
    wrong = keep ? decode(r, payload, &layout_step, false, &s) : NULL;
    if (wrong)
        return wrong;
    r->record->truncated |= !keep;
    *record_add_step(r->record, &r->record->cases[r->record->n_cases - 1]) = s;
    return NULL;
}

static const char *read_case_end(struct record_reader *r, struct bytes payload)
{
    struct case_record end = {0}, *c;
    const char *wrong;

    if (!r->case_open)
        return "an end belongs to no case";
    wrong = decode(r, payload, &layout_case_end, false, &end);
    if (wrong)
        return wrong;
    r->case_open = false;
    if (r->case_lost) /* wholly or in part: its record is never complete */
        return NULL;
    c = &r->record->cases[r->record->n_cases - 1];
    c->impaired = end.impaired;
    c->n_impaired = end.n_impaired;
    c->n_more_impaired = end.n_more_impaired;
    c->release = end.release;
    c->detour = end.detour;
    c->stall = end.stall;
    c->xray = end.xray;
    c->complete = end.complete;
    c->spun_after = end.spun_after;
    c->spun_cpu = end.spun_cpu;
    c->took = end.took;
    return NULL;
}

static const char *read_fault(struct record_reader *r, struct bytes payload)
{
    struct record faulty = {0};
    const char *wrong;

    if (r->record->fault) /* the first tells the cause */
        return NULL;
    wrong = decode(r, payload, &layout_fault, false, &faulty);
    if (wrong)
        return wrong;
    if (!faulty.fault)
        return "a fault says nothing";
    r->record->fault = faulty.fault;
    return NULL;
}

static const char *read_end(struct record_reader *r, struct bytes payload)
{
    if (payload.len)
        return "an event is too long";
    r->record->complete = true;
    return NULL;
}

static const char *read_event(struct record_reader *r, struct bytes event)
{
    struct bytes payload = bytes_slice(event, 1, event.len);

    if (event.data[0] > EVENT_END)
        return "it holds an event of no known kind";
    if (event.data[0] != EVENT_PLAY && !r->begun)
        return "it does not begin with a play";
    if (r->record->complete)
        return "something comes after its end";
    switch ((enum event_kind)event.data[0]) {
    case EVENT_PLAY: return read_play(r, payload);
    case EVENT_PROGRAM: return read_program(r, payload);
    case EVENT_CASE: return read_case(r, payload);
    case EVENT_STEP: return read_step(r, payload);
    case EVENT_CASE_END: return read_case_end(r, payload);
    case EVENT_FAULT: return read_fault(r, payload);
    case EVENT_END: return read_end(r, payload);
    }
    return NULL;
}

/* Reads the whole events at the beginning of `in`, which becomes what is left. NULL, or what cannot be
 * believed. */
static const char *read_events(struct record_reader *r, struct bytes *in)
{
    for (;;) {
        struct cursor c = {.left = *in};
        const char *wrong;
        uint64_t len;

        if (!codec_get_number(&c, 4, &len))
            return NULL;
        if (len == 0 || len > RECORD_MAX_BYTES)
            return "an event has an impossible length";
        if (len > c.left.len)
            return NULL;
        wrong = read_event(r, bytes_slice(c.left, 0, len));
        if (wrong)
            return wrong;
        *in = bytes_slice(c.left, len, c.left.len);
    }
}

int record_reader_feed(struct record_reader *r, struct bytes b)
{
    struct bytes left;
    const char *wrong;

    if (r->broken)
        return 0;
    buf_append(&r->pending, b);
    left = buf_view(&r->pending);
    wrong = read_events(r, &left);
    buf_consume(&r->pending, r->pending.len - left.len);
    if (!wrong)
        return 0;
    r->broken = true;
    r->record->complete = false;
    if (!r->record->fault)
        r->record->fault = arena_printf(&r->record->arena, "the runner's record cannot be read: %s", wrong);
    return -EPROTO;
}
