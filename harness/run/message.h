/*
 * message.h - what a step's value means in one case: names looked up, expressions evaluated, messages made
 * and framed. What came is compared in typed.h.
 */
#pragma once
#include "base/arena.h"
#include "base/err.h"
#include "spec/spec.h"

/* What names stand for in one case. Ports: one for each endpoint of each program, then one for each listening
 * peer, in order (see port_index). */
struct bindings {
    const struct spec *spec;
    const struct test *test;
    uint32_t row;
    uint64_t seed;
    const uint16_t *ports;
    struct datum *names;     /* one for each of the test's; NULL: before the case is played, with stand-ins */
    const struct datum *got; /* ${got}: what came; NULL: nothing */
    struct err *err;         /* where the fault of an expression goes; NULL: nobody minds */
};

size_t port_count(const struct spec *s);
size_t port_index(const struct spec *s, size_t program, size_t endpoint);
size_t port_index_of_peer(const struct spec *s, size_t peer); /* a listening one */

/* One message that is sent or expected. Lives in the arena that it was resolved in. */
struct message {
    struct bytes content;
    bool framed;               /* content is a message's body; else bytes as they stand */
    bool exact;                /* content is all that will do; else what it is is said by `value` */
    const struct regex *regex; /* expected: instead of content */
    const char *source;        /* as the spec writes it */
    enum happening event;      /* expected: instead of a message */
    const struct value *value; /* a message by its fields, or a condition; NULL: content says all */
    struct datum fields;       /* of `value`: those whose worth is known, as a record */
    struct datum named;        /* the same, and those of which only a condition is known (DATUM_NONE) */
};

struct messages {
    struct message *items;
    size_t n;
};

/* What a hole is worth. False: its expression failed, which is said in b->err. */
bool piece_datum(const struct piece *p, const struct bindings *b, struct arena *a, struct datum *out);
/* A text; of a single hole, what that is worth. */
struct datum template_datum(const struct template *t, const struct bindings *b, struct arena *a);
struct datum value_datum(const struct value *v, const struct bindings *b, struct arena *a); /* of a text */
struct bytes template_fill(const struct template *t, const struct bindings *b, struct arena *a);
/* `x` with its names, a condition: true unless it is false or nil; then *reason may say why. */
bool expression_holds(const struct expression *x, const struct bindings *b, struct arena *a,
                      const char **reason);

/* What a value means, message by message, none of which is resolved yet: in one that is expected later may
 * stand what an earlier one captures. */
struct listed {
    const struct value **items;
    size_t n;
};
struct listed messages_list(const struct value *v, const struct bindings *b, struct arena *a);
struct message message_resolve(const struct value *v, const struct bindings *b, struct arena *a);
/* All at once. */
struct messages messages_resolve(const struct value *v, const struct bindings *b, struct arena *a);

/* The bytes of a sends step on a stream, and where each of its messages ends. */
struct outgoing {
    struct bytes bytes;
    uint32_t *ends; /* ascending; the last is bytes.len */
    size_t n;
};

/* 0, or -EMSGSIZE when a message does not fit its length field. */
int outgoing_make(const struct messages *m, const struct framing *f, struct arena *a, struct outgoing *out);

bool step_sends_stream(const struct test *t,
                       const struct step *step); /* a `sends` whose bytes can be split */
