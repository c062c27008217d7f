/*
 * network.h - what a bad network did to datagrams, under the rung of the step during which it did so. For the
 * ladder alone.
 */
#pragma once
#include "report/rung.h"

/* Whole lines; none when nothing was done during the step. */
void network_put(const struct ladder *l, uint32_t step);
/* Where relays cut what they carried in this case: a line for each of streams. */
void network_put_cuts(const struct ladder *l);
/* "dropped", "delayed by 80 ms" … */
void network_words(struct buf *out, const struct impaired_record *r);
