/*
 * values.h - what a step sends or expects: texts with holes, bytes, patterns, lists.
 *
 * A value is read without knowing which step it is for; whether the step can use it is checked there.
 */
#pragma once
#include "spec/fields.h"
#include "spec/names.h"

/* Which names ${…} may hold in one place. */
struct scope {
    const char *what;                /* "a step", for messages */
    const struct program *self;      /* whose port ${port} is; NULL: there is none */
    const struct protocol *protocol; /* whose messages; NULL: all protocols' */
    const struct test *test;         /* whose columns; NULL: none are known */
    bool *used;                      /* of each column; may be NULL without columns */
    bool in_turn;        /* a list's items come one after another: what one captures the next knows */
    bool events;         /* `end`, `reset` and `nothing` are values too */
    bool seed;           /* a case, and so its seed, is known */
    struct names *names; /* what else is known, and takes up captures; NULL: nothing is captured here */
    bool got;            /* ${got.field}: the message that is being answered */
    bool before_start;   /* for when `self`, or nothing, runs yet: a port that is found is not known */
};

#define CONTENT_MAX (UINT64_C(64) << 20) /* of one !file, !random, !repeat */

/* `$$` and ${…} in `text`, which is the text of n or a part of it. */
bool template_read(struct loader *l, const struct node *n, struct bytes text, const struct scope *scope,
                   struct template *out);

/* A Lua expression, or the statements of a `!lua` block, at `at`: NULL when it is wrong. */
const struct expression *expression_read(struct loader *l, struct mark at, struct bytes text, bool is_block,
                                         const struct scope *scope);

/* A value in a step. Message texts must be double-quoted. */
bool value_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
/* A cell of examples: plain words are texts too. */
bool cell_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
/* `exits:` a code, a signal, any, {not: N};
 * As for a signal, VALUE_BYTES where names are in it: exit_parse and signal_number read it when they are
 * known. */
bool exit_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
bool signal_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
/* Content without holes: a text (in any quotes, or a block), or what !hex, !random … stand for. */
bool content_read(struct loader *l, const struct node *n, const char *what, struct bytes *out);
/* The same with names in it, where it is a text. */
bool content_template_read(struct loader *l, const struct node *n, const struct scope *scope,
                           struct template *out);
/* Whether n is just "${column}" of the scope's test; then which. */
bool is_column(const struct node *n, const struct scope *scope, size_t *column);
/* As a report names it: the value as written, on one line. */
const char *value_source(struct loader *l, const struct node *n);
bool value_is_message(const struct value *v); /* VALUE_BYTES: may stand within a text */
