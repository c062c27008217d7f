/*
 * reading.h - a test's steps while they are read: steps.c reads a list of them, step_value.c what one sends
 * or expects, structures.c what holds or names others.
 */
#pragma once
#include "spec/parts.h"
#include "spec/sentence.h"
#include "spec/values.h"

struct reading {
    struct loader *l;
    struct test *t;
    bool *used;          /* of each column */
    struct names *names; /* what ${…} can name by now */
    const char
        *word; /* an actor that stands for another: `it` in a verb of the spec's own, `each` in a crowd … */
    const char *actor; /* … for this one; NULL: there is none */
    int depth;
};

/* The steps of n, which is a list, one after another into the test. */
void steps_list_read(const struct reading *r, const struct node *n);
void step_read(const struct reading *r, const struct node *n);
/* Room for one more; NULL when there are too many, which was reported. */
struct step *steps_add(const struct reading *r, struct mark at);

struct step step_blank(struct mark at, enum verb verb, enum actor_kind kind, size_t actor, const char *text);

/* Which names a step's texts may hold. */
struct scope step_scope(const struct reading *r, const struct sentence *s);
/* What stands behind its colon, as its verb takes it. */
void step_value_read(const struct reading *r, const struct sentence *s, struct step *out);

/* What becomes several steps, or none: repeat, crowd, a call of a verb of the spec's own. map is the whole
 * step. True: it was one of these. */
bool structure_read(const struct reading *r, const struct node *map, const struct node *sentence);
