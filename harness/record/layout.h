/*
 * layout.h - one table for each struct that travels: its members, their order, and their limits.
 *
 * The writer and the reader walk the same tables (codec.h), so that they cannot differ.
 */
#pragma once
#include "record/record.h"

enum field_type { MEMBER_NUMBER, MEMBER_TEXT, MEMBER_BYTES, MEMBER_STRUCT, MEMBER_LIST };

struct layout;

struct field {
    enum field_type type;
    size_t offset;
    size_t size;             /* of the number, or of the list's count: 1, 2, 4 or 8 */
    size_t count;            /* MEMBER_LIST: offset of its count */
    uint64_t most;           /* the largest number, the longest text, bytes or list; 0: any number */
    const struct layout *of; /* MEMBER_STRUCT, MEMBER_LIST */
};

struct layout {
    const struct field *fields;
    size_t n;
    size_t size;                        /* of the struct */
    size_t least;                       /* elements of lists: the fewest bytes that one takes in the stream */
    bool (*believable)(const void *it); /* what a table cannot say; may be NULL */
};

/* What each event carries. layout_key is of a struct case_key; layout_case_end of a struct case_record,
 * without key and steps; layout_play and layout_fault of a struct record. */
extern const struct layout layout_call, layout_wire, layout_xray; /* parts of layout_case_end */
extern const struct layout layout_play, layout_program, layout_key, layout_step, layout_case_end,
    layout_fault, layout_end;
