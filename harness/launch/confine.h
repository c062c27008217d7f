/* confine.h - how init confines itself, and with it all that it will fork. Private to launch. */
#pragma once
#include "launch/box.h"

struct confinement {
    int ruleset; /* owned: Landlock for the programs; -1: none */
};

/* Keeps only these three descriptors, which may move, and /dev/null as 0, 1 and 2. 0 or -errno. */
int confine_descriptors(int *control, int *answers, int *signals);
/* Gives up identity, capabilities and, at level A, the file system. 0 or a fault. */
int confine(struct confinement *c, const struct box_config *config, const char *tmp, struct err *e);
