/* rules.h - `rules` of a protocol: who may say what, when. */
#pragma once
#include "spec/fields.h"
#include "wire/message.h"
#include "wire/rules.h"

/* Messages are indices into `messages`, which is NULL where these were wrong, and reported: then any name
 * will do. The result is in the loader's arena; what is wrong is reported and left out. */
const struct rules *rules_read(struct loader *l, const struct node *n, const struct message_set *messages);
