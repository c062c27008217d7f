/*
 * rules.h - who may say what, when: a protocol's state machine, and one conversation held against it.
 *
 * Two sides talk at once, so there is no one order of what they say. A student's program breaks the rules
 * when *no* interleaving of the two directions satisfies them, each in its own order and nothing before its
 * cause: what our side sent comes behind all that it had heard by then, but what the program sent may have
 * crossed with what was sent before it came. So pipelining is fine.
 *
 * Our side's messages are the script's will and never judged. Once they fit no state that the conversation
 * can be in, or come to, there is nothing to hold the program's against: the rest is not judged.
 *
 * A relay that sees two programs has one check for each: what it hands on is, for the one that gets it, what
 * our side sends.
 */
#pragma once
#include "base/arena.h"

enum rules_side { RULES_CLIENT, RULES_SERVER };

#define RULES_STATES_MAX 64u
#define RULES_PENDING_MAX                                                                                    \
    1024u /* of our messages, sent and not known to have been read; then it is RULES_OFF */

struct rules_move {
    size_t from, to; /* states */
    enum rules_side side;
    size_t message; /* an index that is the caller's: that of a message_set, say */
};

struct rules {
    const char **states; /* names; a connection begins in the first */
    size_t n_states;
    struct rules_move *moves; /* of one state, side and message there is at most one */
    size_t n_moves;
    const char *sides[2]; /* what the spec calls them: client and server, or dialer and acceptor */
};

enum rules_verdict {
    RULES_KEPT,
    RULES_BROKEN, /* by the last message, which rules_breach tells of; from then on it is RULES_OFF */
    RULES_OFF,    /* not judged: our side left the rules, or something was no message at all */
};

struct rules_check {
    const struct rules *rules;
    enum rules_side program;
    enum rules_verdict verdict;
    size_t *pending; /* owned: our messages that may not have been read yet */
    /* Owned: where the conversation may be. Bit s of at[i]: in state s, with the first i pending ones read.
     */
    uint64_t *at;
    size_t n;       /* of pending; `at` has one more */
    size_t message; /* RULES_BROKEN: what came */
    uint64_t when;  /* and the states in which it may have been said */
};

void rules_check_init(struct rules_check *c, const struct rules *r, enum rules_side program);
void rules_check_deinit(struct rules_check *c); /* accepts a zeroed one */

/* In the order in which our side sees them. SIZE_MAX is what was no message. */
enum rules_verdict rules_sent(struct rules_check *c, size_t message);
enum rules_verdict rules_came(struct rules_check *c, size_t message);
/* A datagram that is the same as the program's last: it was sent again, for want of an answer, or said once
 * more. Nobody can tell, so it breaks no rule. */
enum rules_verdict rules_came_again(struct rules_check *c, size_t message);

/* After RULES_BROKEN, in the arena; the states in their order, each message once. */
struct rules_breach {
    enum rules_side side; /* at fault */
    size_t message;       /* what came */
    const char **states;  /* in which it may have been said */
    size_t n_states;
    size_t *allowed; /* messages that the side could say there instead; none: it had to wait, or was done */
    size_t n_allowed;
};
struct rules_breach rules_breach(const struct rules_check *c, struct arena *a);
