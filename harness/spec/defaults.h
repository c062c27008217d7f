/* defaults.h - `defaults`, `before` and `after`: for tests.c alone. */
#pragma once
#include "spec/parts.h"

/* Checks the keys that stand for themselves. NULL: there are no defaults. */
const struct node *defaults_read(struct loader *l, const struct node *n);

/* The test with what it takes from the defaults. */
const struct node *test_with_defaults(struct loader *l, const struct node *defaults, const struct node *test);

/* All steps of a test as one list: before, its own, after; those of the defaults outermost. NULL: it has none
 * of its own. Reports what is no list of steps. */
struct node *test_steps(struct loader *l, const struct node *defaults, const struct node *test);

/* Notes which steps come from the defaults. */
void defaults_mark_steps(const struct node *defaults, struct test *t);

/* What was reported from the diagnostic `from` on, and stands in the defaults, is told to be of this test. */
void defaults_blame(struct loader *l, const struct node *defaults, const struct test *t, size_t from);
