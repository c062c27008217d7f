/*
 * payload.h - bytes of a conversation on a line: quoted as C would, shortened round the place that matters,
 * with the cuts in them, or side by side as numbers.
 *
 * All columns are the pen's. What quotes writes from the pen's column on, up to `right`, and leaves the line
 * open; the dump writes whole lines.
 */
#pragma once
#include "record/record.h"
#include "report/pen.h"

#define PAYLOAD_NOWHERE UINT32_MAX

/* Quoted. `offset` is the byte that matters: it is among those shown, and two payloads that are equal up to
 * it are shown aligned. Returns its column (that of the closing quote when it is the end), or PAYLOAD_NOWHERE
 * when it is in the part that was not kept. */
unsigned payload_quote(struct pen *p, enum ink ink, const struct excerpt *e, uint64_t offset, unsigned right);

/* Quoted in parts, with a mark between: cut at n ascending offsets. Goes on to further lines, aligned with
 * the first. Returns the column of the first mark when all is on one line, else PAYLOAD_NOWHERE. */
unsigned payload_parts(struct pen *p, const struct excerpt *e, const uint32_t *at, size_t n, unsigned right);

/* Quoted, with a mark between any two bytes. false, and nothing written: it does not fit. */
bool payload_bytes(struct pen *p, const struct excerpt *e, unsigned right);

/* Expected and came as rows of hexadecimal numbers round offset `at`, the difference marked; from column
 * `left`, at least 52 columns wide; with their text where that fits, too. */
void payload_dump(struct pen *p, const struct excerpt *expected, const struct excerpt *came, uint64_t at,
                  unsigned left);
