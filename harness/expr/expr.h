/*
 * expr.h - expressions of a spec: Lua 5.4 in `${…}`, `!lua` and `functions`, without what could hang or leave
 * this process.
 *
 * Whoever evaluates sees values (struct datum), never Lua. An expression knows the names that it is given,
 * the spec's functions, and helpers; it reaches no file, clock or environment, it cannot
 * change what the next one sees, and the same names and seed always give the same result. Steps, memory and
 * the size of results are bounded, and no pcall catches the end of a bound.
 *
 * Not thread-safe. What functions keep in tables of their own lasts until expr_begin.
 */
#pragma once
#include "base/arena.h"
#include "wire/datum.h"
#include "wire/message.h"

struct expr;

enum expr_form {
    EXPR_VALUE, /* an expression, of one value */
    EXPR_BLOCK, /* statements with `return`; an expression alone too */
};

struct expr_limits {
    uint64_t steps; /* of one evaluation: Lua's instructions, and bytes handled by the hundred or so */
    size_t memory;  /* bytes, all that Lua holds at a time; a result's copy has as much again */
    int64_t time;   /* ns of CPU time: for what no steps count, like comparing texts of megabytes */
};
#define EXPR_LIMITS                                                                                          \
    ((struct expr_limits){.steps = 50000000, .memory = 32u << 20, .time = 10 * INT64_C(1000000000)})

struct expr_error {
    char text[240];    /* what Lua or a helper says, without a place. It may quote hostile bytes */
    int line;          /* of the text, from 1; 0: not known */
    bool in_functions; /* the line is one of `functions` instead */
};

/* A name, and what it is worth. A record is a table whose fields are .name, a list has its first item at 1.
 * Integers above INT64_MAX have their 64 bits, so they look negative, as 0xffffffffffffffff does. */
struct expr_binding {
    const char *name;
    const struct datum *value;
};

struct expr_names {
    const struct expr_binding *names;
    size_t n;
};

/* `functions`: the spec's Lua prelude, which may be empty; it runs at once. NULL: e says why. */
struct expr *expr_new(struct bytes functions, struct expr_limits limits, struct expr_error *e);
/* Anew, as for each case: what `functions` keep in tables of their own is forgotten. False: there is no
 * memory, and nothing but expr_free may follow. */
bool expr_begin(struct expr *x, uint64_t seed);
void expr_free(struct expr *x);                /* accepts NULL */
void expr_seed(struct expr *x, uint64_t seed); /* random() and math.random() begin anew; 0 until then */

/* Is it well-formed? Runs nothing. An assignment to a name that is no local is refused too. */
bool expr_compiles(struct expr *x, struct bytes text, enum expr_form form, struct expr_error *e);
/* Which names does it take from outside, whether or not evaluation comes past them: all but its locals, also
 * helpers and functions, which a binding of the same name hides. Each once, in the arena; none when it does
 * not compile. */
size_t expr_free_names(struct expr *x, struct bytes text, enum expr_form form, struct arena *a,
                       const char ***names);
bool expr_knows(struct expr *x, const char *name); /* without a binding: a helper, `math`, of `functions` */
bool expr_is_function(struct expr *x,
                      const char *name); /* which can be called: the `mask` of `via mask(seq)` */
/* All that it knows, in order, NULL-terminated; x's until that is freed: to suggest from. */
const char *const *expr_known_names(struct expr *x);

/* *out and all that it holds is in the arena, or is a name's own value where the text is just that name.
 * Numbers without a fraction come out as integers, tables as lists (keys 1…n) or records (in order of name),
 * nil as DATUM_NONE. False: e says why, *out is untouched. */
bool expr_eval(struct expr *x, struct bytes text, enum expr_form form, struct expr_names names,
               struct arena *a, struct datum *out, struct expr_error *e);

/* A condition (`!lua`, `check`): true, or false and perhaps a reason. Anything else is an error. */
struct expr_verdict {
    bool holds;
    struct bytes reason; /* as it is returned, in the arena; empty: none */
};
bool expr_check(struct expr *x, struct bytes text, enum expr_form form, struct expr_names names,
                struct arena *a, struct expr_verdict *out, struct expr_error *e);

/* Calls a function of `functions` or a helper. */
bool expr_call(struct expr *x, const char *function, const struct datum *args, size_t n, struct arena *a,
               struct datum *out, struct expr_error *e);

/* For typed messages: x must outlive it. `via f(a)` calls f(bytes, a); from the wire back it calls `unf` if
 * there is one (`via hex` reads by unhex), else f again, which undoes itself like a mask. */
struct message_eval expr_message_eval(struct expr *x);
