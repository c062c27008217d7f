/*
 * words.h - a command line split into words as a shell would, without a shell.
 *
 * Quotes and backslashes mean what they mean to sh. What only a shell could do (pipes, variables, patterns)
 * is reported, because it would reach the program as a plain word. `${…}` is kept whole, quotes or not:
 * templates are expanded after splitting, so that a value never becomes two words.
 */
#pragma once
#include "base/arena.h"
#include "spec/spec.h"

enum words_result {
    WORDS_OK,
    WORDS_QUOTE,    /* the quote at *where is never closed */
    WORDS_OPERATOR, /* an unquoted | & ; < > ( ) ` at *where */
    WORDS_PATTERN,  /* an unquoted * ? [ ~ at *where */
    WORDS_VARIABLE, /* a `$` at *where that begins neither ${ nor $$ */
};

/* The words and their NULL-terminated list are in the arena. Single-quoted dollars are doubled, so that they
 * stay dollars when the words are read as templates. */
enum words_result words_split(struct arena *arena, struct bytes text, struct words *out, size_t *where);
