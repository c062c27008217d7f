/*
 * message.h - what a step's value means in one case: templates filled in, cells looked up, messages framed.
 */
#pragma once
#include "base/arena.h"
#include "spec/spec.h"

/* What names stand for in one case. Ports: one for each endpoint of each program, then one for each listening
 * peer, in order (see port_index). */
struct bindings {
    const struct spec *spec;
    const struct test *test;
    uint32_t row;
    uint64_t seed;
    const uint16_t *ports;
};

size_t port_count(const struct spec *s);
size_t port_index(const struct spec *s, size_t program, size_t endpoint);
size_t port_index_of_peer(const struct spec *s, size_t peer); /* a listening one */

/* One message that is sent or expected. Lives in the arena that it was resolved in. */
struct message {
    struct bytes content;
    bool framed;               /* content is a message's body; else bytes as they stand */
    const struct regex *regex; /* expected: instead of content */
    const char *source;        /* as the spec writes it */
    enum happening event;      /* expected: instead of a message */
};

struct messages {
    struct message *items;
    size_t n;
};

/* Is content what m, or any of them, expects? */
bool message_is(const struct message *m, struct bytes content);
bool message_is_any(const struct messages *all, struct bytes content);

struct bytes template_fill(const struct template *t, const struct bindings *b, struct arena *a);
struct messages messages_resolve(const struct value *v, const struct bindings *b, struct arena *a);

/* The bytes of a sends step on a stream, and where each of its messages ends. */
struct outgoing {
    struct bytes bytes;
    uint32_t *ends; /* ascending; the last is bytes.len */
    size_t n;
};

/* 0, or -EMSGSIZE when a message does not fit its length field. */
int outgoing_make(const struct messages *m, const struct framing *f, struct arena *a, struct outgoing *out);

/* Of the peer that a step of t names. */
const struct framing *step_framing(const struct spec *s, const struct test *t, const struct step *step);
bool step_sends_stream(const struct test *t,
                       const struct step *step); /* a `sends` whose bytes can be split */
