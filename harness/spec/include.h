/* include.h - `include`: the files of a spec as one tree. */
#pragma once
#include "spec/fields.h"

/* The tree of a spec with all that it includes; `root` itself where it includes nothing. NULL: some file
 * could not be read, which is reported; what is missing would make many other mistakes out of nothing. Notes
 * in spec->absent the optional files that are not there. */
const struct node *include_all(struct loader *l, const struct node *root);
