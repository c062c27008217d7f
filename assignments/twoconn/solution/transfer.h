/*
 * transfer.h - a file on its way through a data connection.
 *
 * It is the connection's end that ends the file: who sends closes, and who receives reads up to there.
 * Nothing here waits, and nothing here knows of the control connection.
 */
#ifndef TRANSFER_H
#define TRANSFER_H

#include <stdbool.h>
#include <stddef.h>

enum direction { OUTGOING, INCOMING };
enum progress { UNDER_WAY, COMPLETE, BROKEN };

struct transfer {
    enum direction direction;
    int data; /* the connection; -1: there is no transfer */
    int file;
    char bytes[65536]; /* read, and not yet written */
    size_t used;
};

void transfer_init(struct transfer *t);
void transfer_begin(struct transfer *t, enum direction direction, int data, int file); /* takes both */
void transfer_end(struct transfer *t); /* closes both, if they are there */

short transfer_events(const struct transfer *t); /* what to poll `data` for */
enum progress transfer_step(struct transfer *t);

#endif
