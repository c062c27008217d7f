/* phrases.h - the parts that sentences about a failure are made of. For judge/ alone. */
#pragma once
#include "judge/evidence.h"
#include "run/message.h"

const char *phrase_duration(struct arena *a, int64_t ns); /* "0.4 ms", "1.5 s" */
const char *phrase_bytes(struct arena *a, uint64_t n);    /* "1 byte", "12 bytes" */
/* Text of hostile origin that may become part of a sentence. */
const char *phrase_text(struct arena *a, const char *text);

const char *phrase_program(const struct evidence *e); /* "the program “server”" */
const char *
phrase_actor(const struct evidence *e); /* who does the failed step: "alice", "the program “server”" */

/* What the failed step had waited for: "`OK 42`", "a message that matches '^ERR .'", "one of 3 answers". */
/* What came is right, but not here: it came before already, or something before it is missing. NULL: neither.
 */
const char *phrase_out_of_place(const struct evidence *e);
const char *phrase_expected(const struct evidence *e);
/* What a field of the expected message is worth; empty: that is not known, or no bytes. */
struct bytes phrase_wanted_field(const struct evidence *e, const char *name);
bool phrase_expects_regex(const struct evidence *e);
