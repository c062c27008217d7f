/* verbs.h - the verbs of steps as a table: whose they are, what they take, where they make sense. */
#pragma once
#include "spec/spec.h"

enum takes {
    TAKES_NOTHING,
    TAKES_NAME,  /* whom `accepts` names */
    TAKES_PACE,  /* {for: 2s, rate: {min: 45, max: 55}, longest-gap: 40ms} */
    TAKES_GOT,   /* {messages: 3}, {bytes: 10}, or all bytes */
    TAKES_FILE,  /* the whole content of a file */
    TAKES_TITLE, /* of a milestone */
    TAKES_ORDER, /* {actors: [amy, bob], message: !regex '…'} */
    TAKES_STEPS,
    TAKES_LET,
    TAKES_PORT,     /* nothing, or {port: "${…}"} */
    TAKES_PROTOCOL, /* the name of one */
    TAKES_ANSWERS,  /* {MESSAGE: reply, …} */
    TAKES_CHECK,    /* "${lua}", or !lua */
    TAKES_SPAN,     /* nothing, or {for: 300ms} */
    TAKES_MESSAGES, /* one or several, to be sent */
    TAKES_EXPECTED, /* one or several, or a pattern */
    TAKES_LIST,     /* a list of what is expected */
    TAKES_TYPED,    /* a text for stdin */
    TAKES_OUTPUT,   /* a text or a pattern of stdout */
    TAKES_EXIT,
    TAKES_SIGNAL,
    TAKES_DURATION,
};

/* Which peers can do it. A listening one for datagrams speaks with all who come to it, so it counts as both.
 */
enum peer_side { SIDE_CONNECTION, SIDE_LISTENER, SIDE_EITHER, SIDE_RELAY };

struct verb_rule {
    const char *name;
    enum verb verb;
    enum actor_kind kind;
    enum takes takes;
    bool stream;    /* makes no sense on datagrams */
    bool datagrams; /* makes no sense on streams */
    bool waits;     /* for something, so `within` can bound it */
    enum peer_side side;
};

const struct verb_rule *verb_rule(enum verb v);
/* NULL: this kind of actor has no such verb. ACTOR_NONE finds a verb of any kind. */
const struct verb_rule *verb_find(const char *name, enum actor_kind kind);
/* What stands alone, without an actor; NULL: no such thing. */
const struct verb_rule *verb_structure(const char *text);
/* The names of a kind's verbs, of all for ACTOR_NONE: at most max; returns how many. */
size_t verb_names(enum actor_kind kind, const char **names, size_t max);
