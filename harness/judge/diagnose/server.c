/* server.c - many clients, one server. */
#include "judge/diagnose/diagnose.h"
#include "judge/story.h"

#include <sys/wait.h>

static const char *peer_name(const struct evidence *e, size_t peer)
{
    return e->spec->peers[peer].name;
}

/* A step of another peer that got something, before the failed one; NULL: nobody was served. */
static const struct step *served_before(const struct evidence *e)
{
    for (size_t i = 0; e->shown && i < e->shown->n_steps; i++) {
        const struct step_record *r = &e->shown->steps[i];
        const struct step *s = r->step == STEP_AFTER ? NULL : &e->test->steps[r->step];

        if (s && s->verb == VERB_GETS && s->actor_kind == ACTOR_PEER && r->outcome == STEP_PASSED &&
            (!e->step || s->actor != e->step->actor))
            return s;
    }
    return NULL;
}

static const char *detect_sequential(const struct evidence *e)
{
    if (!e->release || !e->release->answered || !e->step)
        return NULL;
    return arena_printf(e->arena, "%s got its answer only after %s had closed its connection", peer_name(e, e->step->actor),
                        peer_name(e, e->release->closed));
}

static const char *detect_accepts_once(const struct evidence *e)
{
    const struct step *served = served_before(e);
    const struct program_record *p = e->program;

    if (!served || !e->step || e->step->actor_kind != ACTOR_PEER)
        return NULL;
    if (p && p->exited && p->exit_status >= 0 && WIFEXITED(p->exit_status) && WEXITSTATUS(p->exit_status) == 0)
        return arena_printf(e->arena, "it served %s, and then ended with status 0", peer_name(e, served->actor));
    if (e->failed->outcome != STEP_TOO_LITTLE || e->failed->accepted || !e->failed->tcp_state)
        return NULL;
    if (e->release && e->release->answered)
        return NULL;
    return arena_printf(e->arena, "it served %s, and never accepted the connection of %s", peer_name(e, served->actor),
                        peer_name(e, e->step->actor));
}

static const struct diagnosis sequential_server = {
    "sequential-server", FAMILY_SERVER, "one client is served at a time, and all others wait for it",
    "One client must not keep the others waiting: use poll(), a thread or a process for each.", 'L'};
static const struct diagnosis accepts_once = {
    "accepts-once", FAMILY_SERVER, "only the first client is served",
    "Call accept() in a loop: a server goes on after its first client.", 'L'};

const struct detector server_detectors[] = {
    {&accepts_once, detect_accepts_once},
    {&sequential_server, detect_sequential},
    {NULL, NULL},
};
