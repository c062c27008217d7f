/*
 * split.h - where the bytes that a peer writes to a stream are cut apart.
 *
 * A split belongs to one case. Offsets count in the bytes of one `sends` step (all messages of a list,
 * framed), and lie strictly inside them: a cut at 4 of 9 bytes gives parts of 4 and 5. Steps count from 0
 * here, from 1 in text.
 */
#pragma once
#include "base/buf.h"
#include "base/rng.h"

enum split_kind {
    SPLIT_WHOLE,     /* each sends step is one write */
    SPLIT_BYTES,     /* every byte of every step apart */
    SPLIT_COALESCED, /* adjacent sends steps of one actor joined in one write */
    SPLIT_APART,     /* the messages of a list in a write each: an experiment, no spec asks for it */
    SPLIT_CHUNKS,    /* every so many bytes of every step apart */
    SPLIT_CUTS,      /* as listed */
};

/* In place of a step: the bytes that relays carry, each way of each connection from its first on. */
#define SPLIT_RELAYED UINT32_MAX

struct cuts {
    uint32_t step;
    uint32_t n;
    uint32_t *at; /* ascending, without repetition */
};

struct split {
    enum split_kind kind;
    struct cuts *cuts; /* SPLIT_CUTS: ascending by step, each n > 0; owned when made by split_* */
    size_t n;
    uint32_t chunk; /* SPLIT_CHUNKS: bytes of each part, > 0; else 0 */
};

void split_deinit(struct split *s);
struct split split_copy(const struct split *s);
bool split_equal(const struct split *a, const struct split *b);
void split_add(struct split *s, uint32_t step, uint32_t at);       /* makes it SPLIT_CUTS; keeps the order */
size_t split_count(const struct split *s);                         /* listed cuts in all steps */
const struct cuts *split_at(const struct split *s, uint32_t step); /* NULL: none */
/* Bytes of each part where all are of one size, as SPLIT_BYTES and SPLIT_CHUNKS have it; else 0. Of a
 * conversation in TLS such a split cuts what is on the wire, its handshake too; any other cuts what is said
 * into records. */
uint32_t split_every(const struct split *s);

/* "whole", "bytes", "coalesced", "apart", "chunks:7", or "2:at:4,9;5:at:1;relay:at:3": what --split takes. */
void split_text(const struct split *s, struct buf *out);
/* 0, or -EINVAL with the offset of the first wrong character in *wrong. */
int split_parse(const char *text, struct split *out, size_t *wrong);

/* Cuts for the plan `random`: for each step of lengths[i] bytes (0: not a sends step) 1 … 4 places drawn from
 * r. */
void split_random(struct split *s, const uint32_t *lengths, size_t n, struct rng *r);
void split_random_relayed(struct split *s,
                          struct rng *r); /* adds cuts among the first bytes that relays carry */

/*
 * Delta debugging (ddmin) as a pure function of what was tried: it looks up each of its questions in `tried`,
 * and the first that is not there is what it wants to know. So the search can be continued from a record.
 */
struct split_trial {
    struct split split;
    bool failed;
};
enum shrunk {
    SHRINK_TRY,  /* *next is the split to try */
    SHRINK_DONE, /* *next is the smallest split that was found to fail; `from` itself when nothing less did */
};
/* `from` failed. Of parts of one size, `lengths` gives the bytes of each step (0: not a sends step). Owned by
 * the caller: *next. */
enum shrunk split_shrink(const struct split *from, const uint32_t *lengths, size_t n_lengths,
                         const struct split_trial *tried, size_t n, struct split *next);
