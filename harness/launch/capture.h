/*
 * capture.h - what a program writes to stdout or stderr, read as it comes and bounded.
 *
 * Real students' programs wrote 500 MB in seconds: past the limit bytes are counted and thrown away.
 */
#pragma once
#include "base/arena.h"
#include "base/loop.h"
#include "record/record.h"

struct capture {
    struct watch watch; /* first: the callback finds the capture by it */
    struct loop *loop;  /* borrowed */
    int fd;             /* owned; kept open to the last: to close a terminal would hang up on the program */
    bool ended;         /* nobody can write to it any more; also true before it is opened */
    struct buf text;    /* what is kept: all, or the latest part of it */
    size_t taken;       /* of text: read by a `prints` step */
    uint64_t dropped; /* bytes that were not kept: before text (the first are in `head`), or past the limit */
    struct buf head;
    uint64_t limit, since; /* bytes that may come in one case; that came in this one */
};

void capture_init(struct capture *c, struct loop *loop, uint64_t limit);
void capture_deinit(struct capture *c);

/* Makes a pipe, or a pseudo-terminal in raw mode without echo. *theirs is the program's end, owned by the
 * caller. 0 or -errno. */
int capture_open(struct capture *c, bool terminal, int *theirs);
bool capture_drain(
    struct capture *c); /* reads what was written until now; true: there was something, or its end */
void capture_begin_case(struct capture *c); /* forgets what no step can ask for any more */
bool capture_over_limit(const struct capture *c);
struct bytes capture_rest(const struct capture *c); /* not taken yet */
struct excerpt capture_excerpt(const struct capture *c, struct arena *a);
