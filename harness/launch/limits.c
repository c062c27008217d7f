#include "launch/limits.h"

#include "base/clock.h"

#include <errno.h>
#include <sys/resource.h>

/* Lowers soft and hard limit; a hard limit that is already lower stays. */
static int lower(__rlimit_resource_t what, uint64_t soft, uint64_t hard)
{
    struct rlimit now;

    if (getrlimit(what, &now) < 0)
        return -errno;
    if (now.rlim_max != RLIM_INFINITY && hard > now.rlim_max)
        hard = now.rlim_max;
    if (soft > hard)
        soft = hard;
    return setrlimit(what, &(struct rlimit){soft, hard}) < 0 ? -errno : 0;
}

#define NPROC_SPARE 32u

int limits_apply(const struct box_limits *limits, bool private_uid)
{
    int r = lower(RLIMIT_CORE, 0, 0);

    if (!r && limits->cpu > 0) {
        uint64_t seconds = (uint64_t)((limits->cpu + NS_PER_S - 1) / NS_PER_S);
        /* SIGXCPU first, which says what happened; SIGKILL a second later for those who ignore it. */
        r = lower(RLIMIT_CPU, seconds, seconds + 1);
    }
    if (!r && limits->disk)
        r = lower(RLIMIT_FSIZE, limits->disk, limits->disk);
    if (!r && limits->open_files)
        r = lower(RLIMIT_NOFILE, limits->open_files, limits->open_files);
    /* A little more: whoever goes over the limit is seen to, and not only refused. */
    if (!r && limits->processes && private_uid)
        r = lower(RLIMIT_NPROC, limits->processes + NPROC_SPARE, limits->processes + NPROC_SPARE);
    return r;
}
