/*
 * message_parts.h - what the files message_*.c share: the scanner of definitions, the values of expressions,
 * and how single fields lie in bytes. For nobody else.
 */
#pragma once
#include "wire/message.h"

/* ---- scanning a definition ----------------------------------------------------------------------- */

struct scan {
    struct arena *arena;
    struct bytes text;
    size_t at, end; /* what is left to read of text */
    const void *origin;
    struct message_problem *problem;
};

/* Notes the first problem; always false. */
bool scan_fail(struct scan *s, size_t offset, const char *cure, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool scan_is(const struct scan *s, char c); /* the next byte */
bool scan_take(struct scan *s, char c);
void scan_blanks(struct scan *s);
/* A-Z a-z 0-9 _, not beginning with a digit; NULL: there is none. */
char *scan_name(struct scan *s);
/* A decimal or 0x number of 64 bits; false: there is none, or it is too large: reported. */
bool scan_number(struct scan *s, uint64_t *out);
/* Where the expression at s->at ends: before a `,` or `)` of its own level, a word `if` or `via`, or the end.
 * False: brackets or quotes do not match; reported. */
bool scan_expr_end(struct scan *s, size_t *end);
/* The expression up to there; s->at is then behind it. */
bool scan_expr(struct scan *s, const char *what, struct message_expr *out);
/* One field's type and what follows it, up to s->end. */
bool scan_field(struct scan *s, const char *name, struct message_field *out);

/* Calls `see` for each name in the expression that could be a field's: not behind a dot, no keyword. `call`:
 * it is followed by `(`. */
void message_expr_names(const struct message_expr *e,
                        void (*see)(void *ctx, const char *name, size_t offset, bool call), void *ctx);

/* ---- expressions --------------------------------------------------------------------------------- */

struct scope {
    const struct datum *fields; /* known so far */
    const struct scope *outer;  /* of the message in whose list this one is; or NULL */
    const struct message_def *def;
    struct bytes whole; /* all of the message; data NULL: not known yet */
    size_t begin, len;  /* in `whole`: the field that is being computed */
};

bool message_expr_value(const struct message_set *set, const struct message_expr *e,
                        const struct scope *scope, struct arena *a, struct datum *out, const char **why);
/* A size or a count: no integer, a negative or a huge one is a failure. */
bool message_expr_size(const struct message_set *set, const struct message_expr *e, const struct scope *scope,
                       struct arena *a, size_t *out, const char **why);
bool message_expr_holds(const struct message_set *set, const struct message_expr *e,
                        const struct scope *scope, struct arena *a, bool *out, const char **why);
bool name_is_whole(const struct message_def *def, const char *name);

/* `via`: the bytes, changed to what is on the wire or back. */
bool field_transform(const struct message_set *set, const struct message_field *f, const struct scope *scope,
                     struct arena *a, struct bytes in, bool encode, struct bytes *out, const char **why);

/* ---- fields -------------------------------------------------------------------------------------- */

bool field_is_text(const struct message_field *f); /* a hole that ends where the literal behind it begins */
bool field_is_counted(const struct message_field *f); /* knows where it ends */
bool field_is_computed(const struct message_expr *value);
const char *field_name(const struct message_field *f); /* "a literal", "an unnamed field" for those */

/* How many bytes at the beginning of `in` can begin a value of this hole. */
size_t text_prefix(const struct message_field *f, struct bytes in);
/* The value of a hole, all of whose bytes `in` are. False: *wrong is the offset of the first byte that cannot
 * be there; *range: none, but the number is too large. */
bool text_read(const struct message_field *f, struct bytes in, struct datum *out, size_t *wrong, bool *range);
void text_write(const struct message_field *f, const struct datum *value, struct buf *out);

/* Of f->width bytes. */
uint64_t integer_read(const struct message_field *f, const uint8_t *at, bool swapped);
void integer_write(const struct message_field *f, uint64_t number, struct buf *out);
struct datum integer_datum(const struct message_field *f, uint64_t number);   /* of FIELD_INTEGER */
bool integer_holds(const struct message_field *f, const struct datum *value); /* of FIELD_INTEGER, _ENUM */
struct datum float_read(const struct message_field *f, const uint8_t *at, bool swapped);
void float_write(const struct message_field *f, double value, struct buf *out);
/* The member at bit `from` (0: the most significant of the first byte). */
uint64_t bits_read(const uint8_t *at, unsigned from, unsigned width);
void bits_write(uint8_t *at, unsigned from, unsigned width, uint64_t number);
const struct message_choice *choice_of(const struct message_field *f, uint64_t number); /* NULL: none */
struct datum choice_datum(const struct message_field *f, uint64_t number); /* its name, else the number */
bool choice_number(const struct message_field *f, const struct datum *value, uint64_t *out);

/* What the field can be worth, of a value as a spec or an expression gives it. */
bool field_convert(const struct message_field *f, const struct datum *given, struct arena *a,
                   struct datum *out, const char **why);
bool bits_convert(const struct message_bits *b, const struct datum *given, struct datum *out, struct arena *a,
                  const char **why);
struct datum field_zero(const struct message_field *f); /* worth nothing: zero or empty */

size_t form_names(const struct message_form *form); /* how many names a record of it has */

/* ---- records in the making ----------------------------------------------------------------------- */

/* Of room for n names. */
struct datum names_new(struct arena *a, size_t n);
void names_add(struct datum *record, const char *name, struct datum value);
/* What `given` says of a field or of one of its bits; NULL: nothing. `given` may be NULL. */
const struct datum *given_field(const struct datum *given, const struct message_field *f);
const struct datum *given_bits(const struct datum *given, const struct message_field *f,
                               const struct message_bits *b);

/* Whether it is a message by itself that this side may send. */
bool def_may_come(const struct message_def *def, enum message_from from);

/* ---- reading under a hypothesis ------------------------------------------------------------------ */

struct twist {
    const struct message_field *swapped; /* this field's bytes the other way round */
    bool all_swapped;
    bool aligned; /* each integer at a multiple of its size, and the end too */
    const struct message_field
        *wider; /* this integer has the size of the next larger type of C: int, or long */
    const struct message_field *moved; /* this field's value is meant to be `by` less */
    int64_t by;
};

/* message_decode with a twist; NULL: none. `padding` gets the bytes that were passed over. */
enum decoded decode_twisted(const struct message_reading *how, const struct message_def *def, struct bytes in,
                            const struct twist *twist, struct message_read *out, int64_t *padding);
