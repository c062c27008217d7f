/* content.h - bytes that a spec spells by rule: !hex !base64 !file !random !repeat. */
#pragma once
#include "spec/values.h"

bool is_content_tag(const char *tag); /* accepts NULL */
/* The bytes of a node with such a tag. Bounded by CONTENT_MAX each, and all of a spec together. */
bool content_of_tag(struct loader *l, const struct node *n, struct bytes *out);
