/* message_reader.h - reading in progress, for message_decode.c and message_read.c. */
#pragma once
#include "wire/message_parts.h"

struct reader {
    const struct message_reading *how;
    const struct twist *twist;
    struct bytes in;
    size_t at;
    size_t n_items, depth;
    int64_t padding; /* bytes passed over for the twist's alignment */
    size_t align;    /* the largest so far */
    size_t skipped;  /* of `padding`: before the field that is being read */
    struct message_read *out;
    size_t *edges, n_edges, cap_edges; /* on the heap */
    bool wants_edges;
};

/* One message that is being read: the whole, or an item of a list. */
struct frame_of_message {
    const struct message_def *def;
    const struct message_form *form;
    const struct frame_of_message *outer; /* whose list `list` this is item `index` of; NULL: of none */
    const struct message_field *list;
    size_t index;
    const struct datum *explicit; /* what an expectation says of this one; NULL: nothing */
    struct datum record;
    struct scope scope;
    size_t begin;
};

/* Fills out->syntax; DECODE_OTHER. `f` NULL: no field in particular. */
enum decoded reader_fail(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                         enum syntax_kind kind, size_t offset);
/* The input ends too early for f. */
enum decoded reader_short(struct reader *r, const struct frame_of_message *m, const struct message_field *f);
enum decoded reader_why(struct reader *r, const struct frame_of_message *m, const struct message_field *f,
                        const char *why);
/* Field i of the form, which is there. Moves r->at behind it. */
enum decoded reader_field(struct reader *r, struct frame_of_message *m, size_t i, struct datum *out);
/* One item of a list; *out is a record. */
enum decoded reader_item(struct reader *r, struct frame_of_message *m, const struct message_field *list,
                         size_t index, struct datum *out);
