/*
 * names.h - what ${…} can name in one place besides ports and columns: captures, `let`, `i`, and what a verb
 * of the spec's own was given.
 *
 * A name is known to the steps that follow the one that makes it. What is captured or named by `let` has a
 * slot among the test's names; it is filled when a case is played.
 */
#pragma once
#include "spec/fields.h"
#include "spec/spec.h"

struct named; /* one name; the later ones hide the earlier */

struct names {
    struct test *test;
    const struct named *known; /* innermost first */
    const struct named *fresh; /* made by the step that is being read */
    bool apart;                /* slots of their own: of several actors that do the same */
};

const struct piece *names_find(const struct names *n, struct bytes name); /* n may be NULL; NULL: unknown */
/* Known at once. */
void names_put(struct loader *l, struct names *n, const char *name, struct piece piece);
/* A slot for what a step will capture: known once names_settle says that the step was read. SIZE_MAX: it
 * cannot be called so, which was reported at `at`. */
size_t names_capture(struct loader *l, struct names *n, const char *name, struct mark at);
void names_settle(struct names *n);
/* What the steps in `inside` have captured, which began with what `n` knows, is known in n too; what they
 * were given is not. */
void names_keep(struct loader *l, struct names *n, const struct names *inside);
/* All that are known, for suggestions: at most max; returns how many. */
size_t names_list(const struct names *n, const char **out, size_t max);
