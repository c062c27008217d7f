/*
 * tap.h - whoever wants to know at once what passes on a socket of ours: bytes as the kernel takes them and
 * gives them, which of a secured connection are sealed.
 */
#pragma once
#include "base/buf.h"

enum tap_event {
    TAP_BEGINS, /* it is about to connect, or to send: whatever comes of it comes later */
    TAP_OPENED,
    TAP_SENT,
    TAP_CAME,
    TAP_SHUT,   /* we have ended our direction */
    TAP_CLOSED, /* we have closed */
    TAP_RESET,  /* we have reset it */
    TAP_ENDED,  /* their end came */
    TAP_LOST,   /* their reset came */
};

struct tap {
    void (*saw)(struct tap *t, enum tap_event what, struct bytes b);
};

/* t NULL: nobody wants to know. */
static inline void tap_tell(struct tap *t, enum tap_event what, struct bytes b)
{
    if (t)
        t->saw(t, what, b);
}
