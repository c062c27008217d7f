#include "launch/shared.h"

#include <stddef.h>
#include <sys/mman.h>

struct shared *shared_new(void)
{
    struct shared *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (s == MAP_FAILED)
        return NULL;
    s->timing = SOCKETS_UNTIMED;
    return s;
}

void shared_free(struct shared *s)
{
    if (s)
        munmap(s, sizeof *s);
}
