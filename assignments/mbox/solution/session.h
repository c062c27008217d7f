/* session.h - one client of the server, from the greeting to the end. */
#ifndef SESSION_H
#define SESSION_H

/* Talks with the client on fd, and returns when it has gone. `dir` holds the mailboxes. Closes fd. */
void session_serve(int fd, int dir);

#endif
