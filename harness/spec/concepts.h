/* concepts.h - the ideas behind the named mistakes: assignments/concepts.yaml, which is part of the program.
 */
#pragma once
#include "base/arena.h"

struct concept {
    const char *title, *text; /* one line; one paragraph, whose line feeds are blanks */
};

/* The idea that goes by this letter; its texts live in the arena. False: there is none. */
bool concept_find(struct arena *arena, char letter, struct concept *out);
