/* words.h - what a program said on stderr before it ended. For judge/diagnose/ alone. */
#pragma once
#include "judge/evidence.h"

/* The last line of its stderr that is not empty; empty: it said nothing. */
struct bytes words_last(const struct program_record *p);

/* Why it ended, as it said itself, to stand behind a clause: "; nobody caught `IndexError: list index out of
 * range`, of upper.py:12", or else "; the last that it said is `bind: Permission denied`". "": it said
 * nothing. */
const char *words_of_end(const struct evidence *e);

/* The line that names the error that nobody caught, as it stands in its stderr; empty: there is none. */
struct bytes words_error(const struct program_record *p);

/* The error that its runtime told of because nobody caught it, or a sanitizer's report: "`panic: no`, of
 * x.go:7". NULL: there is none. */
const char *words_uncaught(const struct evidence *e);
