#include "campaign/lodgings.h"
#include "base/mem.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

int lodgings_init(struct lodgings *l, size_t owners, struct err *e)
{
    *l = (struct lodgings){.claims = mem_new(owners * sizeof *l->claims),
                           .lodgings = mem_new(owners * sizeof *l->lodgings)};
    for (l->n = 0; l->n < owners; l->n++)
        if (claim_take(&l->claims[l->n], e) < 0)
            return e->code;
    return 0;
}

void lodgings_deinit(struct lodgings *l)
{
    for (size_t i = 0; i < l->n; i++)
        claim_release(&l->claims[i]);
    mem_free(l->claims);
    mem_free(l->lodgings);
    *l = (struct lodgings){0};
}

int lodging_make(char *path, size_t size, const char *dir, const char *name, size_t owner)
{
    int n = snprintf(path, size, "%s/%s-%zu", dir, name, owner);

    if (n < 0 || (size_t)n >= size)
        return -ENAMETOOLONG;
    return mkdir(path, 0700) < 0 ? -errno : 0;
}

int lodgings_begin(struct lodgings *l, const char *dir, size_t play, const char *const *built)
{
    int n = snprintf(l->dir, sizeof l->dir, "%s/play-%zu", dir, play);

    if (n < 0 || (size_t)n >= sizeof l->dir)
        return -ENAMETOOLONG;
    if (mkdir(l->dir, 0755) < 0)
        return -errno;
    for (size_t i = 0; i < l->n; i++) {
        struct lodging *to = &l->lodgings[i];
        int r = lodging_make(to->work, sizeof to->work, l->dir, "work", i);

        if (r < 0)
            return r;
        to->built = built[i];
        to->uid = l->claims[i].uid;
        to->gid = l->claims[i].gid;
    }
    return 0;
}
