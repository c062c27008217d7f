/*
 * typed.h - messages by their fields, made and compared in one case; and all other ways in which a spec says
 * what it expects.
 */
#pragma once
#include "record/record.h"
#include "run/message.h"

/* Fills in the fields that are known, and the content where these say all of it. Faults go to b->err. */
void typed_resolve(const struct value *v, const struct bindings *b, struct arena *a, struct message *m);

/* What came on a connection, to be compared. */
struct incoming {
    struct bytes content;
    enum message_from from;          /* whose message it is */
    struct http_context http;        /* where the protocol is HTTP */
    const struct protocol *protocol; /* NULL: none is declared */
};

/* What comparing found out, beside yes or no. Lives in the arena. */
struct caught {
    struct datum *names; /* of the test's: what was captured; DATUM_NONE: nothing */
    const char *reason;  /* what a condition said when it did not hold; NULL: nothing */
};

/* Does it satisfy m? `caught` may be NULL. */
bool message_is(const struct message *m, const struct incoming *in, const struct bindings *b, struct arena *a,
                struct caught *caught);
bool message_is_any(const struct messages *all, const struct incoming *in, const struct bindings *b,
                    struct arena *a);
/* `as`: all of it, under the test's name `slot`; SIZE_MAX: nothing. */
void caught_name(struct caught *c, size_t slot, const struct incoming *in, const struct bindings *b,
                 struct arena *a);
/* Keeps what was captured: in b->names, in the arena of the case. */
void caught_keep(const struct caught *c, const struct bindings *b, struct arena *a);

/* Which of its protocol's messages it is: first of all the one that is expected (NULL: none). NULL: none of
 * them. */
const struct message_def *incoming_which(const struct incoming *in, const struct message *expected,
                                         struct arena *a, struct datum *fields);
/* What ${got} is to expressions: the fields of a message, with its name (`message`) and its `bytes`; of what
 * is none, just bytes. */
struct datum incoming_got(const struct incoming *in, struct arena *a);
bool message_is_typed(const struct message *m); /* {NAME: {field: value}}; m may be NULL */
/* As a report shows it: its first 200 bytes, escaped. */
const char *typed_worth(const struct datum *d, struct arena *a);

/* explain.c. Why it is not what was expected: into r->syntax. m may be NULL: nothing was expected. */
void typed_explain(const struct incoming *in, const struct message *m, struct arena *a,
                   struct step_record *r);
/* What was expected, for the record: its content, or words about it. */
void message_show(const struct message *m, struct arena *a, struct step_record *r);
