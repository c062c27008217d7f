/* server.c - many clients, one server. */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "judge/story.h"
#include "kernel/calls.h"

#include <sys/wait.h>

static const char *peer_name(const struct evidence *e, size_t peer)
{
    return e->test->peers[peer].name;
}

/* A step in which another client of the same program got an answer, before the failed one; NULL: none did. */
static const struct step *served_before(const struct evidence *e)
{
    const struct peer *peers = e->test->peers, *waiting;

    if (!e->shown || !e->step || e->step->actor_kind != ACTOR_PEER)
        return NULL;
    waiting = &peers[e->step->actor];
    for (size_t i = 0; i < e->shown->n_steps; i++) {
        const struct step_record *r = &e->shown->steps[i];
        const struct step *s = r->step == STEP_AFTER ? NULL : &e->test->steps[r->step];

        if (s && evidence_gets_answers(s) && r->outcome == STEP_PASSED && s->actor != e->step->actor &&
            peers[s->actor].program == waiting->program)
            return s;
    }
    return NULL;
}

/* It ended of its own will with status 0. */
static bool went_home(const struct program_record *p)
{
    return p && p->exited && p->exit_status >= 0 && WIFEXITED(p->exit_status) &&
           WEXITSTATUS(p->exit_status) == 0;
}

/* It took nobody else while the others were there, and did not outlive them: so nobody saw it serve the next.
 */
static bool left_with_the_others(const struct evidence *e)
{
    return e->release && e->release->tried && !e->release->answered && evidence_outlived(e) &&
           went_home(e->program) && !e->failed->accepted;
}

/* Clients of two ports of one program may be the two connections of one client. */
static bool at_two_ports(const struct peer *a, const struct peer *b)
{
    return a->kind == PEER_CONNECTS && b->kind == PEER_CONNECTS && a->program == b->program &&
           a->endpoint != b->endpoint;
}

static bool has_left(const struct evidence *e, size_t peer)
{
    for (const struct step *s = e->test->steps; s < e->step; s++)
        if (s->actor_kind == ACTOR_PEER && s->actor == peer &&
            (s->verb == VERB_CLOSES || s->verb == VERB_HALF_CLOSES || s->verb == VERB_RESETS ||
             s->verb == VERB_GETS_END))
            return true;
    return false;
}

/* It has served several at the same time: the one that waits now, or the one whose end helped, and another.
 */
static bool serves_several(const struct evidence *e)
{
    size_t waiting = e->step->actor, gone = e->release->closed;

    if (evidence_was_answered(e, waiting))
        return true;
    for (size_t p = 0; evidence_was_answered(e, gone) && p < e->test->n_peers; p++)
        if (p != waiting && p != gone && e->test->peers[p].program == e->test->peers[gone].program &&
            evidence_was_answered(e, p) && !has_left(e, p))
            return true;
    return false;
}

static const char *detect_sequential(const struct evidence *e)
{
    if (left_with_the_others(e))
        return arena_printf(
            e->arena,
            "the connection of %s was not accepted while others were connected, and when these "
            "had left, the program ended",
            peer_name(e, e->step->actor));
    if (!e->release || !e->release->answered || !e->step || e->step->actor_kind != ACTOR_PEER ||
        e->release->closed == e->step->actor || /* datagrams: nobody closed anything */
        at_two_ports(&e->test->peers[e->release->closed], &e->test->peers[e->step->actor]) ||
        serves_several(e))
        return NULL;
    return arena_printf(e->arena, "%s got its answer only after %s had closed its connection",
                        peer_name(e, e->step->actor), peer_name(e, e->release->closed));
}

/* The only client of the whole conversation was served, and took the program with it. */
static const char *served_the_only(const struct evidence *e)
{
    const struct peer *peers = e->test->peers, *only = NULL;

    if (e->failed->step != STEP_AFTER || e->failed->outcome != STEP_EXITED || !went_home(e->program))
        return NULL;
    for (size_t i = 0; i < e->test->n_steps; i++) {
        const struct step *s = &e->test->steps[i];
        const struct peer *p = s->actor_kind == ACTOR_PEER ? &peers[s->actor] : NULL;

        if (!p || p->kind != PEER_CONNECTS || p->program != e->program->program)
            continue;
        if (!transport_is_stream(p->transport) || (only && p != only))
            return NULL;
        only = p;
    }
    return only ? arena_printf(e->arena, "it served %s, and then ended with status 0", only->name) : NULL;
}

/* Its stdin has ended before the failed step: it may have left for that. */
static bool was_left_alone(const struct evidence *e)
{
    for (uint32_t i = 0; e->program && e->failed->step != STEP_AFTER && i < e->failed->step; i++)
        if (e->test->steps[i].verb == VERB_TYPES_END && e->test->steps[i].actor == e->program->program)
            return true;
    return false;
}

/* It may have ended for that. */
static bool was_broken_off(const struct evidence *e, size_t peer)
{
    for (uint32_t i = 0; e->failed->step != STEP_AFTER && i < e->failed->step; i++)
        if (e->test->steps[i].verb == VERB_RESETS && e->test->steps[i].actor == peer)
            return true;
    return false;
}

static const char *detect_accepts_once(const struct evidence *e)
{
    const struct step *served = served_before(e);

    if (e->failed && served_the_only(e))
        return served_the_only(e);
    if (!served || e->test->peers[served->actor].transport == TRANSPORT_UDP || /* UDP accepts nothing */
        was_left_alone(e))
        return NULL;
    if (went_home(e->program) && was_broken_off(e, served->actor))
        return NULL;
    if (went_home(e->program))
        return arena_printf(e->arena, "it served %s, and then ended with status 0",
                            peer_name(e, served->actor));
    if (e->failed->outcome != STEP_TOO_LITTLE || e->failed->accepted || !e->failed->tcp_state)
        return NULL;
    if (!e->release || e->release->answered) /* or it is a sequential server */
        return NULL;
    return arena_printf(e->arena, "it served %s, and never accepted the connection of %s",
                        peer_name(e, served->actor), peer_name(e, e->step->actor));
}

/* ---- closes-listener ----------------------------------------------------------------------------------- */

/* A call of the program itself, with success, before its peers left. */
static bool did(const struct evidence *e, const struct call_record *c, enum call_kind kind, int32_t fd)
{
    return c->kind == (uint32_t)kind && c->fd == fd && c->result >= 0 && c->process == 0 &&
           c->program == e->program->program && c->began < e->traced->xray.closed;
}

/* The first call of this kind and descriptor among those from..to; NULL: there is none. */
static const struct call_record *first_of(const struct evidence *e, size_t from, size_t to,
                                          enum call_kind kind, int32_t fd)
{
    for (size_t i = from; i < to; i++)
        if (did(e, &e->traced->xray.calls[i], kind, fd))
            return &e->traced->xray.calls[i];
    return NULL;
}

/* The connection that was accepted there, open when calls[at] was made, and closed later; NULL: none was. */
static const struct call_record *open_then(const struct evidence *e, size_t at)
{
    const struct xray_record *x = &e->traced->xray;

    for (size_t i = 0; i < at; i++) {
        const struct call_record *c = &x->calls[i];

        if (did(e, c, CALL_ACCEPT, x->calls[at].fd) && c->peer &&
            !first_of(e, i, at, CALL_CLOSE, (int32_t)c->result) &&
            first_of(e, at + 1, x->n_calls, CALL_CLOSE, (int32_t)c->result))
            return c;
    }
    return NULL;
}

static bool waits_for_clients(const struct call_record *c, int32_t listener)
{
    return (c->kind == CALL_ACCEPT && c->fd == listener) || call_waits_for_many(c->kind);
}

/* After a client was accepted there, and before calls[at], the same thread waited for more of them. Whoever
 * accepts but once closes the listening socket because it is done with it. */
static bool waited_for_more(const struct evidence *e, size_t at)
{
    const struct xray_record *x = &e->traced->xray;
    const struct call_record *accepted = NULL;

    for (size_t i = 0; i < at; i++) {
        const struct call_record *c = &x->calls[i];

        if (accepted && c->process == 0 && c->thread == accepted->thread && c->program == accepted->program &&
            waits_for_clients(c, x->calls[at].fd))
            return true;
        if (did(e, c, CALL_ACCEPT, x->calls[at].fd))
            accepted = c;
    }
    return false;
}

/* It was traced, and closed its listening socket while a client was still there, with which it ended. */
static const char *closed_while_serving(const struct evidence *e)
{
    const struct xray_record *x = e->traced ? &e->traced->xray : NULL;
    const struct call_record *client;

    if (!x || x->more_calls || !e->failed || !went_home(e->program) ||
        (e->failed->outcome != STEP_REFUSED && e->failed->outcome != STEP_EXITED &&
         e->failed->outcome != STEP_NOT_LISTENING))
        return NULL;
    for (size_t i = 0; i < x->n_calls; i++) {
        int32_t fd = x->calls[i].fd;

        client = did(e, &x->calls[i], CALL_CLOSE, fd) && first_of(e, 0, i, CALL_LISTEN, fd) &&
                         waited_for_more(e, i)
                     ? open_then(e, i)
                     : NULL;
        if (client)
            return arena_printf(
                e->arena,
                "played again while its calls were traced, %s closed the socket that it "
                "listens on while %s was still connected, and ended when its clients were gone",
                e->spec->programs[e->program->program].name, peer_name(e, client->peer - 1));
    }
    return NULL;
}

/* It lives, it has served somebody, and the port is nobody's any more. A full queue refuses too, see
 * tiny-backlog. */
static const char *detect_closes_listener(const struct evidence *e)
{
    const struct step *served = served_before(e);
    bool told = e->step && e->step->verb == VERB_CONNECTS && e->step->value.kind != VALUE_NONE;

    if (closed_while_serving(e))
        return closed_while_serving(e);
    if (!served || told || e->failed->outcome != STEP_REFUSED || e->failed->decided != BY_FACT ||
        e->failed->queued || !e->program || e->program->exited ||
        e->test->peers[served->actor].transport == TRANSPORT_UDP)
        return NULL;
    return arena_printf(e->arena,
                        "it served %s, and goes on running, but nobody listens on its port any more",
                        peer_name(e, served->actor));
}

/* Of the same program, and read no more when the step was played; NULL: all did. */
static const char *sleeper_of(const struct evidence *e)
{
    const struct peer *peers = e->test->peers, *found = NULL;

    for (uint32_t i = 0; i < e->failed->step; i++) {
        const struct step *s = &e->test->steps[i];
        const struct peer *p = s->actor_kind == ACTOR_PEER ? &peers[s->actor] : NULL;

        if (!p || s->actor == e->step->actor || p->program != peers[e->step->actor].program)
            continue;
        if (s->verb == VERB_STOPS_READING)
            found = p;
        else if (s->verb == VERB_RESUMES && found == p)
            found = NULL;
    }
    return found ? found->name : NULL;
}

static const char *detect_slow_reader(const struct evidence *e)
{
    const char *sleeper;

    if (e->calm != ANSWER_PASSED || !e->step || e->step->actor_kind != ACTOR_PEER ||
        e->failed->outcome != STEP_TOO_LITTLE || !(e->failed->sending || e->failed->unheard))
        return NULL;
    sleeper = sleeper_of(e);
    if (!sleeper)
        return NULL;
    return arena_printf(e->arena, "%s got nothing while %s did not read, and %s; when all read, it comes",
                        peer_name(e, e->step->actor), sleeper,
                        e->failed->sending
                            ? "a thread of the program waits in send"
                            : arena_printf(e->arena, "the program leaves unread what the others sent (%s)",
                                           phrase_bytes(e->arena, e->failed->unheard)));
}

static const struct diagnosis sequential_server = {
    "sequential-server", FAMILY_SERVER, "one client is served at a time, and all others wait for it",
    "One client must not keep the others waiting: use poll(), a thread or a process for each.", 'L'};
static const struct diagnosis accepts_once = {
    "accepts-once", FAMILY_SERVER, "only the first client is served",
    "Call accept() in a loop: a server goes on after its first client.", 'L'};

static const struct diagnosis closes_listener = {
    "closes-listener", FAMILY_SERVER, "the listening socket is closed while the server still runs",
    "After accept(), close the connection's descriptor where you are done with it, never the listening one.",
    'L'};

static const struct diagnosis slow_reader_blocks_all = {
    "slow-reader-blocks-all", FAMILY_SERVER, "one client that does not read makes all others wait",
    "Queue what is to be sent for each client, and send from it what the socket takes without waiting.", 'L'};

/* Somebody did not read, and nobody asked what happens when all do. */
static const char *rival_of_sequential(const struct evidence *e)
{
    return e->calm == ANSWER_UNKNOWN && e->failed->sending && sleeper_of(e) ? slow_reader_blocks_all.id
                                                                            : NULL;
}

const struct detector server_detectors[] = {
    {&slow_reader_blocks_all, detect_slow_reader},
    {&closes_listener, detect_closes_listener},
    {&accepts_once, detect_accepts_once},
    {&sequential_server, detect_sequential, rival_of_sequential},
    {NULL, NULL},
};
