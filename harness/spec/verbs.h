/* verbs.h - the verbs of steps as a table: whose they are, what they take, where they make sense. */
#pragma once
#include "spec/spec.h"

enum takes {
    TAKES_NOTHING,
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

struct verb_rule {
    const char *name;
    enum verb verb;
    enum actor_kind kind;
    enum takes takes;
    bool stream; /* makes no sense on datagrams */
    bool waits;  /* for something, so `within` can bound it */
};

const struct verb_rule *verb_rule(enum verb v);
/* NULL: this kind of actor has no such verb. ACTOR_NONE finds a verb of any kind. */
const struct verb_rule *verb_find(const char *name, enum actor_kind kind);
/* The language has this verb, but the grader not yet. */
bool verb_is_later(const char *name);
/* The names of a kind's verbs, of all for ACTOR_NONE: at most max; returns how many. */
size_t verb_names(enum actor_kind kind, const char **names, size_t max);
