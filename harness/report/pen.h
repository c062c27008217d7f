/*
 * pen.h - writes lines for a terminal: it counts columns, wraps, and colours.
 *
 * It is the one sink of the terminal report: all text that it is given is escaped here and nowhere before. It
 * knows nothing of results.
 */
#pragma once
#include "base/buf.h"

enum ink {
    INK_PLAIN,
    INK_STRONG,
    INK_FAINT,
    INK_GOOD,
    INK_BAD,
    INK_STRONG_BAD,
    INK_WARN,
    INK_NAME, /* who acts */
    INK_CUT,  /* where bytes were cut apart */
};

enum glyph {
    GLYPH_PASS,
    GLYPH_FAIL,
    GLYPH_NOT_RUN,
    GLYPH_ERROR,
    GLYPH_TO,
    GLYPH_FROM,
    GLYPH_CUT,
    GLYPH_MORE,
    GLYPH_BAR,
    GLYPH_DOT,
    GLYPH_RULE,
    GLYPH_CARET,
    GLYPH_SCISSORS, /* what a network cut out, or changed */
};

struct pen {
    struct buf *out;
    enum ink ink; /* in use: plain at the end of each line */
    unsigned width;
    bool colour, ascii;
    unsigned indent; /* where pen_wrap begins its further lines */
    unsigned column; /* of the next character, from 0 */
    bool gap;        /* an empty line is due */
    unsigned owed; /* blanks before it: written only when something follows, so that no line ends in blanks */
};

struct pen pen_on(struct buf *out, unsigned width, bool colour, bool ascii);

void pen_text(struct pen *p, enum ink ink, const char *text); /* on this line; line feeds become blanks */
void pen_bytes(struct pen *p, enum ink ink, struct bytes text);
void pen_glyph(struct pen *p, enum ink ink, enum glyph g);
void pen_to(struct pen *p, unsigned column); /* blanks up to there; none when it is past it */
void pen_end(struct pen *p);                 /* ends the line, also an empty one */

void pen_gap(struct pen *p); /* between lines: an empty one before the next, if there is a next */

/* Text broken at blanks: the first line from here, further ones from p->indent. A word that is longer than a
 * line is broken where the line ends. Does not end the last line. */
void pen_wrap(struct pen *p, enum ink ink, const char *text);
/* The same, but no line reaches beyond `right`. */
void pen_wrap_to(struct pen *p, enum ink ink, struct bytes text, unsigned right);

/* Text as it stands, blanks and all, broken where the line ends; further lines begin at p->indent. */
void pen_fill(struct pen *p, enum ink ink, struct bytes text);

/* Text on this line, cut off at `right`. */
void pen_cut(struct pen *p, enum ink ink, const char *text, unsigned right);

/* Columns that text takes when pen_text writes it. */
unsigned pen_width(const struct pen *p, struct bytes text);
unsigned pen_glyph_width(const struct pen *p, enum glyph g);
