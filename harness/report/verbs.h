/* verbs.h - what a report shows of a step that is only its verb's. */
#pragma once
#include "spec/spec.h"

/* Which way the bytes of a step go, or would go. */
enum way {
    WAY_TO,     /* peer → program */
    WAY_FROM,   /* peer ← program */
    WAY_STDIN,  /* stdin → program */
    WAY_STDOUT, /* program → stdout */
    WAY_FILE,   /* file = content */
    WAY_SELF,   /* something that a program does, or that is done to it */
    WAY_NOBODY,
};
enum way verb_way(enum verb v);

/* Does such a step do something, rather than wait for something? */
bool verb_gives(enum verb v);

/* What a step without bytes does or waits for. NULL: it has bytes. */
const char *verb_phrase(enum verb v);
