/* calls.h - a socket call in the words of a report: as a C programmer would write it, with what it returned.
 */
#pragma once
#include "judge/result.h"
#include "report/pen.h"

/* "server child 1 thread 2": the program where calls of several are shown, a process that is not its first,
 * and a thread that is not the first of several. shown: of each call of x. */
void call_who(struct buf *out, const struct result *r, const struct xray_record *x, const bool *shown,
              const struct call_record *c);
/* "recv(4, 1024) = 3" without the bytes, which go into what call_bytes tells. */
void call_begin(struct buf *out, const struct call_record *c); /* "recv(4" */
void call_end(struct buf *out, const struct call_record *c);   /* ", 1024) = 3" */
/* How many bytes went or came. */
struct excerpt call_bytes(const struct call_record *c);
bool call_is_event(const struct call_record *c); /* no call at all: the birth or end of a process, a signal */
/* "ECONNRESET"; of an unknown one its number. */
void call_error(struct buf *out, int64_t error);
