/* keys.h - the keys of maps in order, which finds those that stand there twice however many there are. */
#pragma once
#include "spec/yaml.h"

struct keyed {
    struct node *node;
    size_t index; /* among the items */
};

struct keyed *keys_sorted(struct node *const *items, size_t n); /* equal keys in their order; mem_free it */
/* Reports each key that stands in the map again, and marks it as bad. */
void keys_check(const struct node *map, struct diags *d);
