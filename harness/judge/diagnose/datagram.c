/* datagram.c - datagrams: whole or not at all, each with an address, and none of them sure to arrive. */
#include "judge/diagnose/arrival.h"
#include "judge/diagnose/diagnose.h"
#include "judge/diagnose/words.h"
#include "kernel/calls.h"
#include "run/plan.h"

#include <sys/wait.h>

/* ---- who answers, and from where ----------------------------------------------------------------------- */

static bool on_datagrams(const struct evidence *e)
{
    return e->failed && e->step && e->step->actor_kind == ACTOR_PEER &&
           e->test->peers[e->step->actor].transport == TRANSPORT_UDP;
}

/* By a client of ours: the program is the server. Else it is the other way round. */
static bool of_server(const struct evidence *e)
{
    return on_datagrams(e) && e->test->peers[e->step->actor].kind == PEER_CONNECTS;
}

static const char *peer_of_step(const struct evidence *e)
{
    return e->test->peers[e->step->actor].name;
}

/* Nothing came, and nothing more will: the program sleeps. */
static bool got_nothing(const struct evidence *e)
{
    return e->failed->outcome == STEP_TOO_LITTLE && e->failed->came.total == 0;
}

/* Only a step with `from:` fails for the port: elsewhere the answer itself was wrong. */
static const char *detect_new_reply_socket(const struct evidence *e)
{
    const struct peer *peer;

    if (!e->failed || !e->failed->from_port || !e->step || !e->step->from_service ||
        e->step->actor_kind != ACTOR_PEER || !e->program)
        return NULL;
    peer = &e->test->peers[e->step->actor];
    if (peer->endpoint >= e->program->n_ports)
        return NULL;
    return arena_printf(e->arena, "it was asked on port %u, and the answer came from port %u",
                        e->program->ports[peer->endpoint], e->failed->from_port);
}

/* Its socket has a partner, so the kernel lets nobody else in. */
static const char *detect_connected(const struct evidence *e)
{
    if (!of_server(e) || !e->failed->connected_to ||
        (e->failed->outcome != STEP_TOO_LITTLE && e->failed->outcome != STEP_REFUSED))
        return NULL;
    return arena_printf(e->arena,
                        "its socket is connected to port %u, and takes datagrams from there only: not those "
                        "of %s",
                        e->failed->connected_to, peer_of_step(e));
}

/* What is sent to a peer that has gone comes to nobody, either. */
static bool somebody_left(const struct evidence *e)
{
    for (const struct step *s = e->test->steps; s < e->step; s++)
        if (s->verb == VERB_CLOSES)
            return true;
    return false;
}

static const char *detect_wrong_address(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!of_server(e) || !got_nothing(e))
        return NULL;
    if (f->astray == 0 && f->elsewhere && !somebody_left(e) && !(e->release && e->release->answered))
        return arena_printf(
            e->arena, "%s asked; %s was sent, but to an address or port where none of the clients is",
            peer_of_step(e),
            f->elsewhere == 1 ? "a datagram" : arena_printf(e->arena, "more than one datagram"));
    if (f->astray == 0)
        return NULL;
    return arena_printf(e->arena, "%s asked, and the answer went to %s", peer_of_step(e),
                        e->test->peers[e->failed->astray - 1].name);
}

/* recvfrom is told that there is no room for an address, and says in the same variable how much there should
 * have been: so the second call goes well. */
static const char *detect_addrlen_unset(const struct evidence *e)
{
    if (!of_server(e) || !got_nothing(e) || !e->release || !e->release->answered)
        return NULL;
    return arena_printf(e->arena,
                        "the first datagram after its start got no answer; %s sent the same again, and got "
                        "it",
                        peer_of_step(e));
}

/* ---- what a datagram is -------------------------------------------------------------------------------- */

/* Where text would end: then it is another mistake. */
static bool ends_text(uint8_t byte)
{
    return byte == 0 || byte == '\n' || byte == '\r' || byte == ' ';
}

/* The step in which this datagram was sent, of which there was room for the beginning alone; NULL: none. */
static const struct step_record *cut_by(const struct evidence *e, const struct call_record *c)
{
    if (c->program != e->program->program || !call_receives(c->kind) || c->kind == CALL_RECVMMSG ||
        c->ended < 0 || c->result < DATAGRAM_CUT_LEAST || c->result != c->asked)
        return NULL;
    for (size_t i = 0; i < e->traced->n_steps; i++) {
        const struct step_record *r = &e->traced->steps[i];
        size_t n = c->head.len < r->sent.head.len ? c->head.len : r->sent.head.len;

        if (r->parts == 1 && r->sent.total > (uint64_t)c->result && n >= DATAGRAM_CUT_LEAST &&
            bytes_common(c->head, r->sent.head) == n)
            return r;
    }
    return NULL;
}

static const char *room_was_too_small(const struct evidence *e)
{
    for (size_t i = 0; e->program && e->traced && i < e->traced->xray.n_calls; i++) {
        const struct call_record *c = &e->traced->xray.calls[i];
        const struct step_record *r = cut_by(e, c);

        if (r)
            return arena_printf(
                e->arena,
                "played again while its calls were traced, %s() had room for %lld bytes, and a "
                "datagram of %llu came",
                call_name((enum call_kind)c->kind), (long long)c->asked, (unsigned long long)r->sent.total);
    }
    return NULL;
}

static const char *detect_truncated(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (on_datagrams(e) && f->outcome == STEP_TOO_LITTLE)
        return room_was_too_small(e);
    if (!on_datagrams(e) || f->outcome != STEP_OTHER_CAME || f->came.total < DATAGRAM_CUT_LEAST ||
        f->came.total >= f->expected.total || f->at != f->came.total ||
        f->came.total >= f->expected.head.len || ends_text(f->expected.head.data[f->came.total]))
        return NULL;
    return arena_printf(e->arena,
                        "of a datagram of %llu bytes the first %llu came back, and the rest is lost",
                        (unsigned long long)f->expected.total, (unsigned long long)f->came.total);
}

/* Was it an empty datagram that should have been answered now? Then the same one of the list is missing. */
static bool asked_with_nothing(const struct evidence *e)
{
    const struct case_key *k = &e->shown->key;
    const struct step_record *f = e->failed;
    uint32_t i = f->step;
    struct outgoing o;

    while (i > 0 && !(e->test->steps[i].verb == VERB_SENDS && e->test->steps[i].actor_kind == ACTOR_PEER &&
                      e->test->steps[i].actor == e->step->actor))
        i--;
    if (e->test->steps[i].verb != VERB_SENDS)
        return false;
    o = plan_outgoing(e->spec, (size_t)(e->test - e->spec->tests), i, k->row, k->seed, e->arena);
    if (f->item >= o.n || (o.n > 1 && f->items != o.n))
        return false;
    return o.ends[f->item] == (f->item ? o.ends[f->item - 1] : 0);
}

static bool answered_since(const struct evidence *e, uint32_t step)
{
    for (size_t i = 0; i < e->shown->n_steps; i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);

        if (s && e->shown->steps[i].step > step && evidence_gets_answers(s) &&
            e->shown->steps[i].outcome == STEP_PASSED)
            return true;
    }
    return false;
}

/* Was an empty datagram sent to it in this case, before what was answered no more? */
static bool fell_silent_at_empty(const struct evidence *e)
{
    const struct arrivals a = arrivals_of(e);
    bool asked = e->failed->outcome == STEP_TOO_LITTLE;

    for (size_t i = a.n; i-- > 0;)
        if (a.all[i].datagram.len == 0 && !(asked && a.all[i].step == a.all[a.n - 1].step))
            return !answered_since(e, a.all[i].step);
    return false;
}

/* It has ended by itself, without a word about an error, and what was to come after an empty datagram is
 * missing. */
static const char *ended_at_empty(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct program_record *p = e->program;

    if (!f || !p || p->exit_status < 0 || !WIFEXITED(p->exit_status) || words_uncaught(e) ||
        !e->spec->programs[p->program].n_listens)
        return NULL;
    if (f->outcome == STEP_NOT_PRINTED ? f->came.total != 0 : !p->exited)
        return NULL;
    return fell_silent_at_empty(e)
               ? arena_printf(e->arena, "an empty datagram came to it, and it ended with status %d",
                              WEXITSTATUS(p->exit_status))
               : NULL;
}

static const char *detect_empty_is_eof(const struct evidence *e)
{
    const struct program_record *p = e->program;

    if (ended_at_empty(e))
        return ended_at_empty(e);
    if (e->none_empty == ANSWER_PASSED)
        return "it passes when there is no empty datagram among those that are sent";
    if (!of_server(e) || !p ||
        (e->failed->outcome != STEP_TOO_LITTLE && e->failed->outcome != STEP_REFUSED) ||
        !asked_with_nothing(e))
        return NULL;
    if (p->exited && p->exit_status >= 0 && WIFEXITED(p->exit_status))
        return arena_printf(e->arena, "%s sent an empty datagram, and it ended with status %d",
                            peer_of_step(e), WEXITSTATUS(p->exit_status));
    if (p->exited || !got_nothing(e) || e->failed->unread || e->failed->decided != BY_IDLE)
        return NULL;
    return arena_printf(e->arena, "it received the empty datagram of %s, and waits for the next one",
                        peer_of_step(e));
}

/* ---- what may get lost --------------------------------------------------------------------------------- */

/* The socket that a step's datagrams come to or go from: the index of the listening peer; SIZE_MAX: none. */
static size_t socket_of(const struct evidence *e, const struct step *s)
{
    const struct peer *p;

    if (s->actor_kind != ACTOR_PEER || e->test->peers[s->actor].transport != TRANSPORT_UDP)
        return SIZE_MAX;
    p = &e->test->peers[s->actor];
    switch (p->kind) {
    case PEER_CONNECTS: return SIZE_MAX;
    case PEER_LISTENS:
    case PEER_RELAYS: return s->actor;
    case PEER_ACCEPTED: return p->listener;
    }
    return SIZE_MAX;
}

/* The program has asked for the same before, and nobody has answered it since. */
static bool was_left_waiting(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    bool asked = false;

    for (size_t i = 0; e->shown && i < e->shown->n_steps && &e->shown->steps[i] != f; i++) {
        const struct step_record *r = &e->shown->steps[i];
        const struct step *s = r->step < e->test->n_steps ? &e->test->steps[r->step] : NULL;

        if (!s || socket_of(e, s) == SIZE_MAX)
            continue;
        if (s->verb == VERB_SENDS)
            asked = false;
        else if (s->verb == VERB_GETS && socket_of(e, s) == socket_of(e, e->step))
            asked |= r->expected.total == f->expected.total && r->expected.hash == f->expected.hash;
    }
    return asked;
}

/* The network has dropped something, and now all programs wait. NULL: it is not so. */
static const char *left_waiting_by_network(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct impaired_record *dropped = network_last(e, IMPAIR_DROP);

    if (f->outcome != STEP_TOO_LITTLE && f->outcome != STEP_STILL_RUNS &&
        (f->outcome != STEP_NOT_PRINTED || f->came.total))
        return NULL;
    if (!dropped || e->sound != ANSWER_PASSED || f->decided != BY_IDLE || f->timers || !f->reading)
        return NULL;
    return arena_printf(
        e->arena,
        "%s was dropped, and now every program waits for another, without any time-out: nobody "
        "sends again",
        network_name(e, dropped));
}

/* A client that got no answer, or waits for more of them, when it should end. It has no other connection that
 * it could wait for. */
static const char *never_gives_up(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct program *p = e->program ? &e->spec->programs[e->program->program] : NULL;
    bool asked = false;

    if (!p || p->n_listens || f->outcome != STEP_STILL_RUNS || f->decided != BY_IDLE || f->timers ||
        !f->reading || f->on_stdin)
        return NULL;
    for (const struct step *s = e->test->steps; s < e->step; s++) {
        const struct peer *peer = s->actor_kind == ACTOR_PEER ? &e->test->peers[s->actor] : NULL;

        if (peer && transport_is_stream(peer->transport))
            return NULL;
        asked |= peer && peer->kind != PEER_CONNECTS;
    }
    return asked ? arena_printf(e->arena,
                                "%s waits for another datagram, without any time-out: it would never end",
                                p->name)
                 : NULL;
}

static const char *detect_no_timeout(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const char *lost = f ? left_waiting_by_network(e) : NULL;

    if (!lost && f)
        lost = never_gives_up(e);
    if (lost)
        return lost;
    if (!on_datagrams(e) || socket_of(e, e->step) == SIZE_MAX || !got_nothing(e) || !was_left_waiting(e))
        return NULL;
    if (f->decided != BY_IDLE || f->timers || !f->reading || !e->program || e->program->exited)
        return NULL;
    return "it got no answer, and now it waits for one without any time-out: it will never ask again";
}

/* ---- advice -------------------------------------------------------------------------------------------- */

/* Does it take what is sent there only since it listens at all addresses? */
static bool takes_any(const struct program_record *p, uint32_t asked)
{
    bool any = false;

    for (size_t i = 0; p && i < p->n_listeners; i++) {
        const struct listener_record *l = &p->listeners[i];

        if (l->transport == TRANSPORT_UDP && l->ipv4 == asked)
            return false;
        any |= l->transport == TRANSPORT_UDP && listener_takes(l, asked);
    }
    return any;
}

static const char *host(const struct evidence *e, uint32_t ipv4)
{
    return arena_printf(e->arena, "%u.%u.%u.%u", ipv4 >> 24, ipv4 >> 16 & 255, ipv4 >> 8 & 255, ipv4 & 255);
}

static const char *detect_multihomed(const struct evidence *e)
{
    for (size_t i = 0; i < e->trials->n; i++) {
        const struct detour_record *d = &e->trials->trials[i].play->detour;
        const struct peer *peer = d->peer ? &e->test->peers[d->peer - 1] : NULL;

        if (!peer || peer->program >= e->spec->n_programs || e->spec->programs[peer->program].owner ||
            !takes_any(evidence_record(e->trials->trials[i].record, (uint32_t)peer->program), d->asked))
            continue;
        return arena_printf(e->arena, "%s asked %s, and the answer came from %s", peer->name,
                            host(e, d->asked), host(e, d->answered));
    }
    return NULL;
}

/* ---- the diagnoses ------------------------------------------------------------------------------------- */

static const struct diagnosis new_reply_socket = {
    "new-reply-socket", FAMILY_DATAGRAM, "the answer is sent from another socket than the one that was asked",
    "Reply on the socket you received on: the client expects the answer from the port it asked.", 'D'};
static const struct diagnosis connected_udp_server = {
    "connected-udp-server", FAMILY_DATAGRAM, "the server's socket is connected to one client",
    "Do not connect() a UDP socket that serves many: recvfrom and sendto name the other side each time.",
    'D'};
static const struct diagnosis replies_to_wrong_address = {
    "replies-to-wrong-address", FAMILY_DATAGRAM, "the answer goes to somebody who did not ask",
    "Reply to the address that recvfrom gave you with this datagram, not to one that you remember.", 'D'};
static const struct diagnosis addrlen_unset = {
    "addrlen-unset", FAMILY_DATAGRAM, "recvfrom is not told how much room there is for the sender's address",
    "Set the address length to the size of your address structure before each recvfrom.", 'D'};
static const struct diagnosis datagram_truncated = {
    "datagram-truncated", FAMILY_DATAGRAM, "the buffer is smaller than the datagram",
    "Give recvfrom a buffer of the largest message: what does not fit is cut off and lost.", 'D'};
static const struct diagnosis empty_datagram_is_eof = {
    "empty-datagram-is-eof", FAMILY_DATAGRAM, "an empty datagram is taken for the end, or for nothing",
    "A datagram may be empty: UDP has no end of file, and 0 is simply its length.", 'D'};
static const struct diagnosis no_receive_timeout = {
    "no-receive-timeout", FAMILY_DATAGRAM, "the program waits for ever for an answer that was lost",
    "Wait with a time-out, and send again when it is over: a datagram may get lost on its way.", 'T'};

const struct detector datagram_detectors[] = {
    {&new_reply_socket, detect_new_reply_socket},      {&connected_udp_server, detect_connected},
    {&replies_to_wrong_address, detect_wrong_address}, {&addrlen_unset, detect_addrlen_unset},
    {&datagram_truncated, detect_truncated},           {&empty_datagram_is_eof, detect_empty_is_eof},
    {&no_receive_timeout, detect_no_timeout},          {NULL, NULL},
};

static const struct diagnosis multihomed_source = {
    "multihomed-source", FAMILY_DATAGRAM, "the answer leaves from another address than the question came to",
    "Answer from the address that was asked: bind it, or have IP_PKTINFO tell which one it was.", 'D'};

const struct detector datagram_advice[] = {
    {&multihomed_source, detect_multihomed},
    {NULL, NULL},
};
