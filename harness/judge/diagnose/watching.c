/* watching.c - descriptors that nobody looks at any more, and those that several threads look at. */
#include "judge/diagnose/diagnose.h"
#include "judge/story.h"
#include "kernel/sockdiag.h"

#include <unistd.h>

static const char *name(const struct evidence *e)
{
    return e->spec->programs[e->program->program].name;
}

/* ---- fd-set-reused ------------------------------------------------------------------------------------- */

static bool is_lost(const struct step_record *r)
{
    return r && r->unwatched && r->watched_before;
}

static const char *descriptors(struct arena *a, uint64_t set)
{
    const char *all = "";

    for (unsigned fd = 0; fd < 64; fd++)
        if (set >> fd & 1)
            all = arena_printf(a, "%s%s%u", all, all[0] ? ", " : "", fd);
    return all[0] ? arena_printf(a, "looks only at descriptor%s %s", set & (set - 1) ? "s" : "", all)
                  : "looks at none at all";
}

/* Who leaves somebody out on purpose, for want of room, comes back to it when there is some: that is not
 * released. */
static const char *detect_set_reused(const struct evidence *e)
{
    const struct step_record *r = is_lost(e->failed) ? e->failed : e->rested;
    uint32_t fd;

    if (!e->program || !is_lost(r) || (e->release && e->release->answered))
        return NULL;
    fd = r->unwatched - 1;
    return arena_printf(e->arena,
                        "%s sleeps in select, which %s; something waits to be read from descriptor %u%s, "
                        "at which it had looked before",
                        name(e), descriptors(e->arena, r->selected), fd,
                        fd == STDIN_FILENO ? ", its stdin" : "");
}

/* ---- shared-fd-argument -------------------------------------------------------------------------------- */

static const char *detect_shared(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!e->program || !f)
        return NULL;
    if (e->step && e->step->actor_kind == ACTOR_PEER && f->outcome == STEP_STILL_OPEN &&
        f->tcp_state == TCP_STATE_CLOSE_WAIT && f->closed)
        return arena_printf(
            e->arena,
            "%s has read the end of %s's stream and kept that connection open; but it has closed "
            "descriptor %u, from which another thread of it still waits to read",
            name(e), e->test->peers[e->step->actor].name, f->closed - 1);
    if (f->shared == 0 || f->sharers < 2)
        return NULL;
    return arena_printf(e->arena, "%u threads of %s wait to read from the connection of %s, descriptor %u",
                        f->sharers, name(e), e->test->peers[f->shared - 1].name, f->shared_fd);
}

/* ---- names --------------------------------------------------------------------------------------------- */

static const struct diagnosis fd_set_reused = {
    "fd-set-reused", FAMILY_SERVER, "select is called again on the set that it has changed",
    "select leaves in its sets only what is ready: copy the set before every call.", 'L'};
static const struct diagnosis shared_fd_argument = {
    "shared-fd-argument", FAMILY_SERVER, "several threads take the same variable for their own descriptor",
    "Give each thread its own copy of the descriptor: what it is handed must not change when the next client "
    "comes.",
    'L'};

const struct detector watching_detectors[] = {
    {&shared_fd_argument, detect_shared},
    {&fd_set_reused, detect_set_reused},
    {NULL, NULL},
};
