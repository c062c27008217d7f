/* wire.h - a connection on which lines and literals take turns. Both programs read and write through this. */
#ifndef WIRE_H
#define WIRE_H

#include <stdbool.h>
#include <stddef.h>

#define MAX_LINE 512 /* bytes of a line, without its CR LF */

/* What has been read and was not asked for yet stays in `in`: the kernel delivers bytes as they come, in
 * pieces that have nothing to do with lines. */
struct wire {
    int fd;
    char in[MAX_LINE + 2];
    size_t used;
};

enum wire_line {
    WIRE_LINE,
    WIRE_END,     /* the other side has ended, or broken off */
    WIRE_TOO_LONG /* where the next line begins nobody knows: all that is left is to close */
};

void wire_init(struct wire *w, int fd);

/* The next line, without its CR LF, and with a zero byte behind it: there may be others inside. */
enum wire_line wire_read_line(struct wire *w, char line[MAX_LINE + 1], size_t *length);
/* The next n bytes at most, whatever they are: as many as there are, at least one. 0: the end. */
size_t wire_read_bytes(struct wire *w, char *bytes, size_t n);

/* False: nobody takes it any more. */
bool wire_write(struct wire *w, const char *bytes, size_t n);
__attribute__((format(printf, 2, 3))) bool wire_print(struct wire *w, const char *format, ...);

#endif
