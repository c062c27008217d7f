/* sentence.h - the key of a step, ACTOR VERB, taken apart and resolved. */
#pragma once
#include "spec/fields.h"
#include "spec/verbs.h"

struct sentence {
    const struct node *node;  /* the value; its key is the sentence */
    const char *text;         /* with single blanks */
    const char *actor, *verb; /* verb: "" when there is one word only */
    enum actor_kind kind;     /* ACTOR_NONE: no such actor */
    size_t index;
    const char *path;             /* ACTOR_FILE … */
    size_t owner;                 /* … in the folder of this owner of programs */
    const struct verb_rule *rule; /* NULL: no such verb */
};

const char *sentence_text(struct loader *l, const struct node *key); /* its words with single blanks */

/* n is the sentence's value; `word`, where it is not NULL, stands for `actor`. False when there is no verb to
 * go on with; all mistakes were reported then. An unknown actor is reported too, but its verb is still found,
 * so that the value can be checked. */
bool sentence_read(struct loader *l, const struct node *n, const struct test *t, const char *word,
                   const char *actor, struct sentence *out);
