/* banner.h - the second half of seek: to the place that was found, by TCP. */
#ifndef BANNER_H
#define BANNER_H

#include "places.h"

#include <stdbool.h>

#define MAX_BANNER 200 /* bytes before the line feed */

/* Returns a connection to the first of the places that takes one, or -1: none does. */
int banner_dial(const struct places *p);

/* Reads the line that the service says. False: it ended before, or is too long. */
bool banner_read(int fd, char line[MAX_BANNER + 1]);

#endif
