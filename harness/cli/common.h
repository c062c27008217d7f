/* common.h - what several commands do alike: load a spec, look at the terminal, write files. */
#pragma once
#include "base/buf.h"
#include "report/terminal.h"
#include "spec/spec.h"

/* NULL after all mistakes were told on stderr. */
struct spec *load_spec(const char *path);

enum colour_choice { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };
/* "auto", "always", "never", or NULL for auto. -1 after a message. */
int read_colour(const char *word);
/* How to write for descriptor fd: colour, width, and whether it shows UTF-8. */
struct report_options terminal_options(int fd, enum colour_choice colour);

/* "full", "uid", "basic", or NULL: *out is then -1, the best there is. 0, or EXIT_USAGE after a message. */
int choose_isolation(const char *word, int *out);

/* Writes a file whole: beside it first, then renamed, so that no reader sees a part. "-" is stdout. 0, or
 * -errno after a message. */
int write_file(const char *path, const struct buf *content);
