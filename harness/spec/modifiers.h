/* modifiers.h - what stands under a sentence: within, hint, after, skipping, from, to … */
#pragma once
#include "spec/reading.h"

/* Of a step's keys the first is the sentence, which is returned (NULL: there is none, and that was reported);
 * the others are read into *out, but for those that need to know the sentence. */
const struct node *modifiers_read(struct loader *l, const struct node *map, struct step *out);
/* Once the sentence is known: reads those, and reports modifiers that make no sense there. */
void modifiers_check(const struct reading *r, const struct node *map, const struct sentence *s,
                     struct step *out);
