/* lodgings.h - where the programs of each owner are built and played: folders and uids. For campaign/ alone.
 */
#pragma once
#include "launch/claim.h"
#include "run/play.h"

#include <limits.h>

/* Of one slot: what is played at the same time as others. */
struct lodgings {
    size_t n;
    struct claim *claims;     /* owned: boxes that are open at the same time have different uids */
    struct lodging *lodgings; /* owned */
    char dir[PATH_MAX];       /* of the play: the working folders are in it */
};

/* For so many owners. 0 or a fault. */
int lodgings_init(struct lodgings *l, size_t owners, struct err *e);
void lodgings_deinit(struct lodgings *l);
/* Empty folders for the next play, of which each owner's can enter its own alone; built[i] as in struct
 * lodging. 0 or -errno. */
int lodgings_begin(struct lodgings *l, const char *dir, size_t play, const char *const *built);
/* "DIR/NAME-OWNER", which nobody but that owner can enter once it is theirs. 0 or -errno. */
int lodging_make(char *path, size_t size, const char *dir, const char *name, size_t owner);
