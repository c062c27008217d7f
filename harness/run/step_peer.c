/* step_peer.c - the steps of a peer, but for what it gets. */
#include "run/step_gets.h"
#include "run/step_measures.h"
#include "run/step_relay.h"
#include "run/step_sends.h"
#include "run/steps.h"

#include <errno.h>
#include <stdlib.h>

/* ---- connecting
 * ------------------------------------------------------------------------------------------------ */

static bool connect_done(struct stage *st, void *arg)
{
    struct peer_run *p = arg;

    if (p->stream.is_unix && !p->stream.connected && !p->stream.error)
        peer_knock(st, p);
    return peer_is_ready(p);
}

static enum outcome how_connected(const struct peer_run *p)
{
    if (!p->is_stream || stream_is_ready(&p->stream))
        return STEP_PASSED;
    return p->stream.connected ? STEP_NO_TLS : STEP_REFUSED;
}

/* ---- to a port that the program has told of ---- */

struct knocking {
    struct peer_run *peer;
    uint16_t port;
};

static bool port_listens(struct stage *st, void *arg)
{
    const struct knocking *k = arg;
    struct far_listener any;

    return far_port(st, k->peer->is_stream, k->port, &any);
}

/* `connects: {port: …}`. 0: the step names none, or one that is no port. */
static uint16_t told_port(struct stage *st, const struct step *s)
{
    struct bytes text;
    uint64_t port = 0;

    if ((s->verb != VERB_CONNECTS && s->verb != VERB_IS_REFUSED) || s->value.kind == VALUE_NONE)
        return 0;
    text = template_fill(&s->value.text, &st->bindings, &st->case_arena);
    for (size_t i = 0; i < text.len && port <= UINT16_MAX; i++)
        port = text.data[i] >= '0' && text.data[i] <= '9' ? port * 10 + (text.data[i] - '0') : UINT64_MAX;
    return port <= UINT16_MAX ? (uint16_t)port : 0;
}

static enum outcome connect_to_port(struct stage *st, const struct step *s, struct peer_run *p, uint16_t port,
                                    struct step_record *r)
{
    struct knocking k = {p, port};
    struct wait listens = {.done = port_listens, .arg = &k, .within = step_within(s)},
                connected = {.done = connect_done, .arg = p, .within = step_within(s)};

    if (port == 0) /* it has told of something that is no port */
        return STEP_REFUSED;
    r->decided = await(st, &listens);
    if (peer_open(st, p, port) < 0)
        return STEP_LIMIT;
    if (p->is_stream)
        r->decided = await(st, &connected);
    if (how_connected(p) != STEP_REFUSED)
        return how_connected(p);
    r->expected = excerpt_of(&st->case_arena, bytes_of(arena_printf(&st->case_arena, "%u", port)));
    return program_look_again(st, p->spec->program) < 0 ? STEP_LIMIT : STEP_REFUSED;
}

static enum outcome connect_peer(struct stage *st, const struct step *s, struct peer_run *p,
                                 struct step_record *r)
{
    struct wait w = {.done = connect_done, .arg = p, .within = step_within(s)};

    if (p->open)
        return STEP_PASSED;
    if (!program_ready(st, p->spec->program)) {
        r->program = program_at_fault(st, p->spec->program);
        return STEP_NOT_LISTENING;
    }
    await_turn(st, p);
    if (s->verb == VERB_CONNECTS && s->value.kind != VALUE_NONE)
        return connect_to_port(st, s, p, told_port(st, s), r);
    if (peer_open(st, p, 0) < 0)
        return STEP_LIMIT;
    if (!p->is_stream || stream_is_ready(&p->stream))
        return STEP_PASSED;
    r->decided = await(st, &w);
    return how_connected(p);
}

static enum outcome step_is_refused(struct stage *st, const struct step *s, struct peer_run *p,
                                    struct step_record *r)
{
    struct wait w = {.done = connect_done, .arg = p, .within = step_within(s)};

    if (program_start(st, p->spec->program) < 0)
        return STEP_LIMIT;
    await_turn(st, p);
    if (peer_open(st, p, told_port(st, s)) < 0)
        return STEP_LIMIT;
    r->decided = await(st, &w);
    return p->stream.error == ECONNREFUSED ? STEP_PASSED : STEP_NOT_REFUSED;
}

static enum outcome step_is_stalled(struct stage *st, const struct step *s, struct peer_run *p,
                                    struct step_record *r)
{
    r->decided = await_rest(st, step_within(s), 0);
    return stream_unsent(&p->stream) ? STEP_PASSED : STEP_NOT_STALLED;
}

/* ---- all
 * -------------------------------------------------------------------------------------------------------------
 */

static enum outcome listen_to(struct stage *st, struct peer_run *p, bool listen)
{
    if (listen)
        await_turn(st, p);
    if (p->is_stream)
        stream_listen_to(&p->stream, listen);
    else
        datagram_listen_to(&p->datagram, listen);
    return STEP_PASSED;
}

static enum outcome leave(struct stage *st, struct peer_run *p, enum verb verb)
{
    peer_turn(st, p);
    if (verb == VERB_HALF_CLOSES || verb == VERB_CUTS_OFF) {
        if (verb == VERB_CUTS_OFF)
            stream_cut(&p->stream);
        else
            stream_half_close(&p->stream);
        p->gate_due = true;
    } else
        peer_leave(st, p, verb == VERB_RESETS);
    return STEP_PASSED;
}

/* ---- who comes to a listening peer --------------------------------------------------------------------- */

/* The programs that come to the peer are started first. 0 or a fault. */
static int start_visitors(struct stage *st, const struct peer_run *p)
{
    size_t listener = p->spec->kind == PEER_ACCEPTED ? p->spec->listener : p->index;

    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (program_visits(st->spec, st->test, i, listener) && program_start(st, i) < 0)
            return st->err.code;
    return 0;
}

static bool was_visited(struct stage *st, void *arg)
{
    (void)st;
    return peer_was_visited(arg);
}

static enum outcome step_accepts(struct stage *st, const struct step *s, struct peer_run *p,
                                 struct step_record *r)
{
    struct wait w = {.done = was_visited, .arg = p, .within = step_within(s)};

    r->decided = await(st, &w);
    if (!peer_was_visited(p))
        return STEP_NO_CONNECTION;
    if (!p->is_stream)
        st->came_at = peer_arrival(p)->at;
    return peer_accept(st, p, &st->peers[s->accepted]) < 0 ? STEP_LIMIT : STEP_PASSED;
}

static enum outcome step_accepts_nothing(struct stage *st, const struct step *s, struct peer_run *p,
                                         struct step_record *r)
{
    struct wait w = {
        .done = was_visited, .arg = p, .within = step_within(s), .quiet = true, .watches_timers = true};

    if (s->span) {
        w.within = s->span;
        w.quiet = false;
    }
    r->decided = await(st, &w);
    return peer_was_visited(p) ? STEP_CONNECTED : STEP_PASSED;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

/* Those that look for what is not there are decided by sleep alone. */
bool step_peer_is_ready(struct stage *st, const struct step *s, struct peer_run *p)
{
    if (s->verb == VERB_ACCEPTS)
        return peer_was_visited(p);
    if (p->spec->kind == PEER_RELAYS)
        return step_relay_is_ready(st, s, p);
    if (s->verb == VERB_HAS_GOT || (s->verb >= VERB_GETS && s->verb <= VERB_GETS_ONE_OF))
        return step_gets_is_ready(st, s, p);
    return s->verb != VERB_ACCEPTS_NOTHING && s->verb != VERB_IS_STALLED && s->verb != VERB_MEASURES;
}

/* There is nobody who could come, for none of them could be started. SIZE_MAX: there is; else one of them. */
static size_t missing_visitor(struct stage *st, const struct peer_run *p)
{
    size_t listener = p->spec->kind == PEER_ACCEPTED ? p->spec->listener : p->index, missing = SIZE_MAX;

    for (size_t i = 0; i < st->spec->n_programs; i++) {
        if (!program_visits(st->spec, st->test, i, listener))
            continue;
        if (st->programs[i].record.readiness != READY_NOT_FOUND)
            return SIZE_MAX;
        missing = i;
    }
    return missing;
}

/* Before a peer acts: the program that it speaks with runs, and it is connected. */
static enum outcome enter(struct stage *st, const struct step *s, struct peer_run *p, struct step_record *r)
{
    size_t missing;

    if (p->spec->kind == PEER_CONNECTS)
        return connect_peer(st, s, p, r);
    if (p->spec->kind == PEER_RELAYS && st->programs[p->spec->program].record.readiness != READY &&
        !program_ready(st, p->spec->program)) {
        r->program = program_at_fault(st, p->spec->program);
        return STEP_NOT_LISTENING;
    }
    if (!verb_waits(s->verb))
        return STEP_PASSED;
    if (start_visitors(st, p) < 0)
        return STEP_LIMIT;
    missing = missing_visitor(st, p);
    if (missing == SIZE_MAX)
        return STEP_PASSED;
    r->program = (uint32_t)missing;
    return STEP_NOT_LISTENING;
}

enum outcome step_play_peer(struct stage *st, size_t index, struct peer_run *p, struct step_record *r)
{
    const struct step *s = &st->test->steps[index];
    enum outcome o;

    if (s->verb == VERB_IS_REFUSED)
        return step_is_refused(st, s, p, r);
    o = enter(st, s, p, r);
    if (o != STEP_PASSED || s->verb == VERB_CONNECTS)
        return o;
    switch (s->verb) {
    case VERB_SENDS: return step_sends(st, index, p, r);
    case VERB_HALF_CLOSES:
    case VERB_CLOSES:
    case VERB_CUTS_OFF:
    case VERB_RESETS: return leave(st, p, s->verb);
    case VERB_SPEAKS:
        conversation_hears(st, p);
        p->protocol = s->protocol;
        conversation_begin(st, p);
        return STEP_PASSED;
    case VERB_ANSWERS: p->answers = s; return STEP_PASSED;
    case VERB_STOPS_READING: return listen_to(st, p, false);
    case VERB_RESUMES: return listen_to(st, p, true);
    case VERB_IS_STALLED: return step_is_stalled(st, s, p, r);
    case VERB_GETS:
    case VERB_GETS_NOTHING:
    case VERB_GETS_END:
    case VERB_GETS_RESET:
    case VERB_GETS_NO_REPLY:
    case VERB_GETS_ANY_ORDER:
    case VERB_GETS_ONE_OF:
    case VERB_HAS_GOT: return step_gets(st, s, p, r);
    case VERB_MEASURES: return step_measures(st, s, p, r);
    case VERB_ACCEPTS: return step_accepts(st, s, p, r);
    case VERB_ACCEPTS_NOTHING: return step_accepts_nothing(st, s, p, r);
    case VERB_CARRIES: return step_carries(st, s, p, r);
    case VERB_CUTS: return step_cuts(st, p);
    case VERB_CONNECTS:
    case VERB_IS_REFUSED:
    case VERB_STARTS:
    case VERB_RESTARTS:
    case VERB_TYPES:
    case VERB_TYPES_END:
    case VERB_PRINTS:
    case VERB_PRINTED:
    case VERB_PRINTS_NOTHING:
    case VERB_EXITS:
    case VERB_RECEIVES:
    case VERB_PAUSES:
    case VERB_CONTINUES:
    case VERB_KEEPS_RUNNING:
    case VERB_IS_STUCK_SENDING:
    case VERB_LEAKS_NOTHING:
    case VERB_EQUALS:
    case VERB_MATCHES:
    case VERB_IS_ABSENT:
    case VERB_HAS_MODE:
    case VERB_HOLDS_NO_IP:
    case VERB_PAUSE:
    case VERB_MILESTONE:
    case VERB_SAME_ORDER:
    case VERB_UNORDERED:
    case VERB_TOGETHER:
    case VERB_CROWD:
    case VERB_LET:
    case VERB_CHECK: break; /* not a peer's */
    }
    return STEP_LIMIT;
}
