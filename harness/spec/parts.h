/* parts.h - the readers of a spec's parts, in the order in which they are called: each may use what came
 * before. */
#pragma once
#include "spec/fields.h"

void build_read(struct loader *l, const struct node *n);
void programs_read(struct loader *l, const struct node *n);
void protocols_read(struct loader *l, const struct node *one, const struct node *many); /* both may be NULL */
void peers_read(struct loader *l, const struct node *n);
void files_read(struct loader *l, const struct node *n);
void limits_read(struct loader *l, const struct node *n);
void tests_read(struct loader *l, const struct node *n);

/* tests.c, for each test */
void under_read(struct loader *l, const struct node *n, struct test *t); /* n NULL: `whole` */
void steps_read(struct loader *l, const struct node *n, struct test *t,
                bool *used); /* used: of each column */

/* checks.c, when all is read: what no part can see alone */
void test_check(struct loader *l, const struct test *t, bool whole); /* whole: every step could be read */
void presence_check(struct loader *l, const struct test *t);         /* no step of a peer that has left */
void spec_check(struct loader *l);

/* Programs and peers share their names. Reports names that are taken, reserved or no names. */
bool actor_name(struct loader *l, const struct node *key, const char *what, const char **out);
