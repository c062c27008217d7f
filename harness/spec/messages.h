/* messages.h - `messages` and `header` of a protocol: what its messages look like. */
#pragma once
#include "spec/fields.h"

/* Both nodes may be NULL. `ends`: each message must say where it ends. Whatever is wrong is reported; then
 * the set is left empty. */
void messages_read(struct loader *l, const struct node *messages, const struct node *header, bool ends,
                   struct message_set *out);
/* Where byte `offset` of the node's text stands in the file. */
struct mark text_mark(const struct node *n, size_t offset);
