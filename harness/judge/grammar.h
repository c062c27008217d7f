/* grammar.h - sentences about messages: what is wrong in one, which rule it breaks, which check does not
 * hold. */
#pragma once
#include "judge/evidence.h"

/* What the failed step's message is, read as one of its protocol; NULL: nothing is known of that. */
const char *grammar_says(const struct evidence *e);
const char *grammar_breach(const struct evidence *e);
const char *grammar_check(const struct evidence *e);
