/*
 * diag.h - located diagnostics: what is wrong with a file that somebody wrote, where, and what to do.
 *
 * A loader reports all that it finds in one run; nothing here prints by itself. Everything that a diagnostic
 * quotes is copied, so that diagnostics outlive the spec whose loading failed.
 */
#pragma once
#include "base/arena.h"
#include "spec/spec.h"

enum severity { DIAG_ERROR, DIAG_WARNING };

struct diag {
    enum severity severity;
    struct mark mark;
    const char *message;
    const char *note; /* what to do; NULL: none */
};

struct diag_source {
    const char *file;
    struct bytes text;
};

struct diags {
    struct arena arena;
    struct diag *diags;
    size_t n, cap;
    size_t errors;
    struct diag_source *sources; /* whose lines diags_render shows */
    size_t n_sources, cap_sources;
};

void diags_deinit(struct diags *d); /* accepts a zeroed one, and leaves one */
/* Keeps a copy of a file's text, to show lines of it. */
void diags_source(struct diags *d, const char *file, struct bytes text);

/* The result is good until the next diagnostic is added: for diag_note. */
struct diag *diag_error(struct diags *d, struct mark at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
struct diag *diag_warning(struct diags *d, struct mark at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void diag_note(struct diags *d, struct diag *of, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* How a diagnostic speaks of another place: `line 7`, or `file:7` when it is in another file. */
const char *diag_place(struct diags *d, struct mark of, struct mark seen_from);

/* Appends `file:line:col: error: message`, the source line with a caret, and the note; sorted by place; the
 * same message at the same place once. Escapes what it quotes. */
void diags_render(struct diags *d, bool colour, struct buf *out);

/* The word of `words` nearest to `word` (edit distance at most a third of it), or NULL: for "did you mean".
 */
const char *diag_nearest(const char *word, const char *const *words, size_t n);
