/*
 * explanation.h - what there is to tell of each diagnosis beyond its hint: harness/report/explanations/ID.md,
 * all of which are part of the program.
 *
 * These files are Markdown of one form: the title is the diagnosis, and below it stand the sections Seen,
 * Why, Wrong and Right, the latter two with one fenced block of C each.
 */
#pragma once
#include "base/buf.h"

struct explanation {
    struct bytes seen, why;    /* a paragraph each, broken into lines */
    struct bytes wrong, right; /* whole lines of C, without the fences */
};

/* False: there is none for this diagnosis. What its file lacks is empty. */
bool explanation_find(const char *id, struct explanation *out);

/* The text that explanation_find searches: all files, one behind the other. */
struct bytes explanation_all(void);

/* Takes the first line off the text, its end too, and yields it without. */
struct bytes explanation_line(struct bytes *text);
