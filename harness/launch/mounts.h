/*
 * mounts.h - the root file system of a box at level A. Private to launch.
 *
 * Two steps, for as root they need two identities: what is shown is cloned with the caller's own rights (a
 * toolchain may lie below /root, mode 0700), what is made belongs to the student's uid (an unmapped uid
 * cannot own files in a tmpfs).
 */
#pragma once
#include "launch/box.h"
#include "launch/visible.h"

struct mounts {
    struct mount_source *sources; /* owned */
    size_t n, cap;
};

/* Clones the mounts that are to be shown, in the namespaces of the box. Needs kernel 5.12 (mount_setattr). 0
 * or a fault. */
int mounts_clone(struct mounts *m, const struct visible *v, const char *work, struct err *e);
/* Builds the new root and enters it; the old one is gone afterwards. /etc/hosts has these lines besides;
 * NULL: none. 0 or a fault. */
int mounts_enter(struct mounts *m, uint64_t disk, const char *hosts, struct err *e);
void mounts_deinit(struct mounts *m);
