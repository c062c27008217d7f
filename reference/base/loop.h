/*
 * loop.h - the event loop: level-triggered epoll over watches that are embedded in their owners.
 *
 * It has no timers of its own: every wait of ours states how long it may last, and a deadline is checked by
 * whoever waits. It never sleeps past an event.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct loop {
    int epoll;      /* owned */
    size_t watches; /* how many are added: 0 when the loop ends */
};

/* Called with the EPOLL* bits that are ready. It may add and remove any watch, its own too. */
struct watch {
    void (*ready)(struct watch *w, uint32_t events);
    int fd; /* borrowed; -1 while not added */
    uint32_t events;
};

#define WATCH_INIT(callback) ((struct watch){.ready = (callback), .fd = -1})

int loop_init(struct loop *l);    /* 0 or -errno */
void loop_deinit(struct loop *l); /* safe on a zeroed or failed loop */
int loop_add(struct loop *l, struct watch *w, int fd, uint32_t events);
int loop_change(struct loop *l, struct watch *w, uint32_t events); /* 0: only EPOLLERR, EPOLLHUP */
void loop_remove(struct loop *l, struct watch *w);                 /* before its fd is closed; safe twice */

/* Waits up to timeout ns (0: does not wait; negative: for ever) and serves what is ready.
 * Returns the number of callbacks made, or -errno. */
int loop_run(struct loop *l, int64_t timeout);
