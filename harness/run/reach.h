/* reach.h - which of a program's listeners is the one that its peers need. Pure: for run/ and judge/. */
#pragma once
#include "record/record.h"
#include "spec/spec.h"

/* Is l the listener of that endpoint, whatever its address? */
bool reach_serves(const struct spec *s, const struct program_record *p, size_t endpoint,
                  const struct listener_record *l);
/* The address, in host order, at which whoever speaks to `target` reaches the listener; 0: it does not. */
uint32_t reach_address(const struct listener_record *l, uint32_t target);
/* The listener of that endpoint, at an address that some peer of it speaks to; NULL: there is none. */
const struct listener_record *reach_listener(const struct spec *s, const struct program_record *p,
                                             size_t endpoint);
