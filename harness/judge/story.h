/* story.h - the failure in words: what was expected, what happened, how it was decided. For judge/ alone. */
#pragma once
#include "judge/evidence.h"

#define STORY_QUOTE_MAX 60 /* bytes */

const char *story_headline(const struct evidence *e);
const char *story_how(const struct evidence *e); /* NULL: a fact decided it, and the headline tells it */

/* Bytes of hostile origin as a short quotation: "`OK 42\n`", cut after STORY_QUOTE_MAX bytes. */
const char *story_quote(struct arena *a, const struct excerpt *e);
/* "exited with status 1", "was ended by SIGSEGV (Segmentation fault)" */
const char *story_status(struct arena *a, int status);
