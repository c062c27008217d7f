/* typed.h - messages by their fields: {SUM: {total: 42}}, !like "SUM {total:int}". */
#pragma once
#include "spec/values.h"

/* n is a map, or `!like`. False: it is none, which was reported. */
bool typed_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
/* A message of this name, whatever its fields; of a key in quotes, just that text. */
bool typed_named(struct loader *l, const struct node *key, const struct scope *scope, struct value *out);
/* Where values may also be told by the names of their messages: a value, or a plain word. */
bool named_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
/* HTTP: requests come to one side alone, and responses to the other. Reports what p would wait for in vain.
 */
void typed_check_coming(struct loader *l, const struct peer *p, const struct value *v);
bool like_read(struct loader *l, const struct node *n, const struct scope *scope, struct value *out);
