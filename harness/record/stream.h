/*
 * stream.h - the record as a stream of events: length-prefixed, versioned, integers little-endian.
 *
 * The writer's side is a runner, which holds descriptors of hostile programs: the reader checks every length,
 * count and enum, and allocates no more than a small multiple of RECORD_MAX_BYTES. What it cannot believe is
 * a fault.
 */
#pragma once
#include "record/record.h"

enum event_kind { EVENT_PLAY, EVENT_PROGRAM, EVENT_CASE, EVENT_STEP, EVENT_CASE_END, EVENT_FAULT, EVENT_END };

/* Writers: append one event. A step and a case end belong to the case that was begun last. */
/* Version, test, seed, net_private, settled, truncated. First of all, and again when more is known. */
void record_put_play(struct buf *out, const struct record *r);
/* Later ones replace earlier ones of the same program. */
void record_put_program(struct buf *out, const struct program_record *p);
void record_put_case(struct buf *out, const struct case_key *k);
void record_put_step(struct buf *out, const struct step_record *s);
void record_put_case_end(struct buf *out,
                         const struct case_record *c); /* release, xray, complete, spun_*, took */
void record_put_fault(struct buf *out, const char *why);
void record_put_end(struct buf *out);
void record_put_all(struct buf *out, const struct record *r); /* a whole record, for saving */

struct record_reader {
    struct record *record; /* owned until record_reader_take */
    struct buf pending;
    uint64_t kept;  /* bytes that the record takes, about */
    bool begun;     /* the play was seen */
    bool case_open; /* steps belong to the record's last case … */
    bool case_lost; /* … or to one that was dropped */
    bool broken;
};

void record_reader_init(struct record_reader *r);
void record_reader_deinit(struct record_reader *r);
/* 0, or -EPROTO once for what cannot be believed: then the record's fault says why, and the rest
 * is ignored. */
int record_reader_feed(struct record_reader *r, struct bytes b);
/* The record so far, owned by the caller. */
struct record *record_reader_take(struct record_reader *r);
