/* shared.h - what init writes, and whoever opened the box reads without asking. Private to launch. */
#pragma once
#include "kernel/proc.h"

struct shared {
    int64_t timing;       /* see timing.h */
    struct traced traced; /* see kernel/tracer.h */
};

/* Memory that processes which are forked later share. NULL: there is none. */
struct shared *shared_new(void);
void shared_free(struct shared *s); /* accepts NULL */
