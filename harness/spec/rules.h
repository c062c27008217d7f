/* rules.h - `rules` of a protocol: who may say what, when. */
#pragma once
#include "spec/fields.h"
#include "spec/spec.h"

/* Messages are indices as protocol_message has them. Where the protocol is broken, any name will do. The
 * result is in the loader's arena; what is wrong is reported and left out. */
const struct rules *rules_read(struct loader *l, const struct node *n, const struct protocol *protocol);
