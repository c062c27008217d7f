/* story.h - the failure in words: what was expected, what happened, how it was decided. For judge/ alone. */
#pragma once
#include "judge/evidence.h"

const char *story_headline(const struct evidence *e);
const char *story_how(const struct evidence *e);
/* Bytes of hostile origin as a short quotation: "`OK 42\n`", cut after about 60 characters. */
const char *story_quote(struct arena *a, const struct excerpt *e);
const char *story_status(struct arena *a, int status); /* "exited with status 1", "was ended by SIGSEGV (segmentation fault)" */
