/* store.h - the mailboxes: a directory with a file `users`, and for each user a directory with the messages.
 */
#ifndef STORE_H
#define STORE_H

#include <stdbool.h>

/* Is there such a user, with this password? */
bool store_knows(int dir, const char *user, const char *password);

/* Opens message n of a user, n from 1 on. Returns a descriptor and its size, or -1: there is none. */
int store_open(int dir, const char *user, unsigned n, long long *size);

#endif
