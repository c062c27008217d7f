/* wire.h - a connection on which lines and literals take turns. Both programs read through this. */
#ifndef WIRE_H
#define WIRE_H

#include <stddef.h>

#define MAX_LINE 512

struct wire {
    int fd;
    char in[MAX_LINE + 2]; /* what has been read, and was not asked for yet */
    size_t used;
};

/* The next line, without its CR LF. Returns its length, or -1: there is none any more. */
int wire_read_line(struct wire *w, char line[MAX_LINE + 1]);

/* The next n bytes, whatever they are. Returns how many there were before the end came. */
size_t wire_read_bytes(struct wire *w, char *bytes, size_t n);

#endif
