/*
 * session.h - one client: its control connection, and the data connection that it may have beside it.
 *
 * Both are looked at in one loop, so a command is heard while a file is under way. A session goes through
 * these states; a transfer that ends leads back to the first:
 *
 *   nothing --PASV--> a data port --RETR, STOR, LIST--> waiting for the client there --> a transfer
 */
#ifndef SESSION_H
#define SESSION_H

#include "folder.h"
#include "transfer.h"

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>

#define MAX_LINE 512

struct session {
    int folder; /* of the server */
    int control;
    char in[MAX_LINE];
    size_t in_used;
    char out[1024];
    size_t out_used;
    bool ended;   /* the client sends no more */
    bool leaving; /* we close when all is sent */

    int listener;  /* the data port; -1: none */
    bool waiting;  /* for somebody there, until `deadline` */
    long deadline; /* in milliseconds of now() */
    char command;  /* what for: 'R', 'S' or 'L' */
    char name[MAX_NAME + 1];
    struct transfer transfer;
};

long now(void); /* milliseconds of a clock that only goes forward */

struct session *session_new(int control, int folder); /* takes `control`; NULL when memory is short */
void session_free(struct session *s);

void session_polls(const struct session *s, struct pollfd polled[2]); /* what it waits for */
int session_patience(
    const struct session *s);         /* milliseconds until it has to be stepped; -1: no matter when */
bool session_step(struct session *s); /* false: it is over */

#endif
