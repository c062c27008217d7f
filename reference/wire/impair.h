/*
 * impair.h - what a bad network does to datagrams: it drops, doubles, reorders, delays and corrupts them.
 *
 * A plan is fed the datagrams of both directions and gives out what goes on, in the order in which it does.
 * There is no socket and no clock here. What happens to the n-th datagram of a direction depends on nothing
 * but the seed and n, so that a case can be played again, however the two directions are interleaved.
 */
#pragma once
#include "base/addr.h"
#include "base/buf.h"

enum impair_kind { IMPAIR_DROP, IMPAIR_DUPLICATE, IMPAIR_REORDER, IMPAIR_DELAY, IMPAIR_CORRUPT };

enum impair_way { IMPAIR_THERE, IMPAIR_BACK }; /* towards the program, and from it */

#define IMPAIR_ALL 10000u /* a whole share, in hundredths of a percent */

/* Whatever of `message`, `nth` and `share` is given must hold; `times` bounds it. */
struct impairment {
    enum impair_kind kind;
    bool ways[2];        /* in which directions */
    const char *message; /* only messages of this name; NULL: any datagram */
    const uint32_t *nth; /* from 1, counted in each direction, of `message` where that is given */
    size_t n_nth;        /* 0: each */
    uint32_t share;      /* of IMPAIR_ALL */
    uint32_t times;      /* at most so often; 0: always */
    uint32_t by;         /* reorder: how many later ones overtake it */
    int64_t delay;       /* ns */
};

struct packet {
    enum impair_way way;
    struct bytes payload;
    struct addr partner; /* from or to whom, for whoever feeds */
    int64_t at;          /* ns since 1970, when it came; of one that was held, when it goes on */
};

#define IMPAIR_HEAD 48u

/* What was done to a datagram. */
struct impair_note {
    enum impair_kind kind;
    enum impair_way way;
    uint32_t nth;        /* of its direction, from 1 */
    uint64_t detail;     /* reorder: by how many; delay: ns; corrupt: which byte, from 0 */
    const char *message; /* its name: name_of's */
    uint32_t len;        /* of the datagram */
    uint8_t head[IMPAIR_HEAD];
};

#define IMPAIR_NOTES_MAX 256u /* more are only counted */

struct impair {
    const struct impairment *list; /* borrowed */
    size_t n;
    uint64_t seed;
    /* The name of the message that a datagram is, which must last as long as the plan; NULL: of none. Whoever
     * feeds sets it after impair_init; NULL: nobody knows, and no datagram is any message. */
    const char *(*name_of)(void *arg, enum impair_way way, struct bytes payload);
    void *arg;
    struct impair_count *counts; /* for each of the list */
    uint32_t came[2];
    struct impair_held *held; /* in the order in which they came */
    size_t n_held, cap_held, kept;
    struct impair_note *notes;
    size_t n_notes, cap_notes;
    uint64_t unnoted;
};

#define IMPAIR_MAX_KEPT ((size_t)64 << 20) /* bytes: a network that is fuller drops what comes */

void impair_init(struct impair *p, const struct impairment *list, size_t n, uint64_t seed);
void impair_deinit(struct impair *p); /* accepts a zeroed plan */
/* Takes a datagram; the payload is copied. `now` is any clock that does not go back, ns. */
void impair_feed(struct impair *p, const struct packet *packet, int64_t now);
/* What goes on now: true, and the payload is the caller's, to be freed with mem_free. */
bool impair_next(struct impair *p, int64_t now, struct packet *out);
/* When the next of those that are delayed is due, in the clock of `now`; -1: none is. */
int64_t impair_due(const struct impair *p);
/* Nothing more comes that could overtake those that are held for that: lets them go. True: there were any. */
bool impair_release(struct impair *p);
