/* address.c - ports and addresses: where the program listens, and where it should. */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "run/reach.h"

#define FIRST_EPHEMERAL 32768 /* Linux's default: /proc/sys/net/ipv4/ip_local_port_range */

static bool failed_with(const struct evidence *e, enum readiness r)
{
    return e->failed && e->failed->outcome == STEP_NOT_LISTENING && e->program && e->program->readiness == r;
}

/* ---- another port -------------------------------------------------------------------------------------- */

/* A port that it listens on in place of the one that it was given at an endpoint. */
struct elsewhere {
    const struct endpoint *endpoint;
    uint16_t given, port;
};

/* The first such port that fits; false: there is none. */
static bool elsewhere(const struct evidence *e,
                      bool (*fits)(const struct evidence *, const struct elsewhere *), struct elsewhere *out)
{
    if (!failed_with(e, READY_OTHER_PORT))
        return false;
    out->endpoint = evidence_missing(e, &out->given);
    for (size_t i = 0; out->endpoint && out->given && i < e->program->n_listeners; i++) {
        const struct listener_record *l = &e->program->listeners[i];

        out->port = l->port;
        if (l->transport == (uint8_t)out->endpoint->transport && !evidence_was_given(e->program, l->port) &&
            fits(e, out))
            return true;
    }
    return false;
}

static uint16_t swapped(uint16_t port)
{
    return (uint16_t)(port << 8 | port >> 8);
}

static bool is_swapped(const struct evidence *e, const struct elsewhere *w)
{
    (void)e;
    return w->port == swapped(w->given);
}

/* Did it listen there in this other play too, where it was given another port? */
static bool was_there(const struct evidence *e, const struct program_record *p, const struct elsewhere *w)
{
    size_t endpoint = (size_t)(w->endpoint - e->spec->programs[p->program].listens);

    if (endpoint >= p->n_ports || p->ports[endpoint] == w->given || evidence_was_given(p, w->port))
        return false;
    for (size_t i = 0; i < p->n_listeners; i++)
        if (p->listeners[i].port == w->port && p->listeners[i].transport == (uint8_t)w->endpoint->transport)
            return true;
    return false;
}

static bool is_hard_coded(const struct evidence *e, const struct elsewhere *w)
{
    for (size_t i = 0; e->trials && i < e->trials->n; i++) {
        const struct record *r = e->trials->trials[i].record;

        for (size_t k = 0; k < r->n_programs; k++)
            if (r->programs[k].program == e->program->program && was_there(e, &r->programs[k], w))
                return true;
    }
    return false;
}

static bool is_ephemeral(const struct evidence *e, const struct elsewhere *w)
{
    return w->port >= FIRST_EPHEMERAL && !is_swapped(e, w) && !is_hard_coded(e, w);
}

/* ---- a port that is told of ---- */

/* A decimal number below 65536 in text, around the byte at `at`; 0: there is none. */
static uint16_t number_at(struct bytes text, size_t at)
{
    uint32_t n = 0;

    while (at > 0 && at <= text.len && text.data[at - 1] >= '0' && text.data[at - 1] <= '9')
        at--;
    for (; at < text.len && text.data[at] >= '0' && text.data[at] <= '9' && n <= UINT16_MAX; at++)
        n = n * 10 + (text.data[at] - '0');
    return n <= UINT16_MAX ? (uint16_t)n : 0;
}

static const char *told_swapped(const struct evidence *e, uint16_t told, uint16_t right, const char *what)
{
    return arena_printf(e->arena, "it told of port %u (0x%04x) %s %u (0x%04x): the same two bytes, swapped",
                        told, told, what, right, right);
}

/* Nobody was where it had sent its peer, and it listens on the same number the other way round. */
static const char *listens_swapped(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    uint16_t told = f && f->outcome == STEP_REFUSED ? number_at(f->expected.head, 0) : 0;

    for (size_t i = 0; told && e->program && i < e->program->n_listeners; i++)
        if (e->program->listeners[i].port == swapped(told) && swapped(told) != told)
            return told_swapped(e, told, swapped(told), "and listens on");
    return NULL;
}

#define FIRST_UNPRIVILEGED 1024u /* smaller numbers are no ports that a program may tell of */

/* It should have told of another port. */
static const char *told_other_swapped(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    struct bytes want = evidence_wanted(e);
    uint16_t right, told;

    if (!want.len || !e->program || f->outcome != STEP_OTHER_CAME)
        return NULL;
    right = number_at(want, (size_t)f->at);
    told = number_at(f->came.head, (size_t)f->at);
    if (right < FIRST_UNPRIVILEGED || told != swapped(right) || told == right)
        return NULL;
    return told_swapped(e, told, right, "in place of");
}

static const char *detect_missing_htons(const struct evidence *e)
{
    struct elsewhere w;

    if (listens_swapped(e))
        return listens_swapped(e);
    if (told_other_swapped(e))
        return told_other_swapped(e);
    if (!elsewhere(e, is_swapped, &w))
        return NULL;
    return arena_printf(
        e->arena, "it was given port %u (0x%04x) and listens on %u (0x%04x): the same two bytes, swapped",
        w.given, w.given, w.port, w.port);
}

static const char *detect_hard_coded_port(const struct evidence *e)
{
    struct elsewhere w;

    if (detect_missing_htons(e) || !elsewhere(e, is_hard_coded, &w))
        return NULL;
    return arena_printf(e->arena,
                        "it was given port %u and listens on %u, and so it did when it was given another",
                        w.given, w.port);
}

static const char *detect_port_not_bound(const struct evidence *e)
{
    struct elsewhere w;

    if (detect_missing_htons(e) || detect_hard_coded_port(e) || !elsewhere(e, is_ephemeral, &w))
        return NULL;
    if (e->program->no_reuse) /* it does bind, but what the last run left kept it out */
        return NULL;
    return arena_printf(e->arena, "it was given port %u and listens on %u, which the kernel chose for it",
                        w.given, w.port);
}

/* ---- another address ----------------------------------------------------------------------------------- */

/* The listener that the peer of the failed step needs, if it is bound to a loopback address that is not the
 * one which the peer speaks to, and there is no other; NULL: so it is not. */
static const struct listener_record *only_loopback(const struct evidence *e, const struct peer *peer)
{
    const struct listener_record *there = NULL;

    for (size_t i = 0; i < e->program->n_listeners; i++) {
        const struct listener_record *l = &e->program->listeners[i];

        if (!reach_serves(e->spec, e->program, peer->endpoint, l))
            continue;
        if (reach_address(l, peer->target))
            return NULL;
        if (l->loopback)
            there = l;
    }
    return there;
}

static const char *detect_loopback_only(const struct evidence *e)
{
    const struct listener_record *l;
    const struct peer *peer;

    if (!e->failed || !e->program || !e->step || e->step->actor_kind != ACTOR_PEER)
        return NULL;
    peer = &e->test->peers[e->step->actor];
    l = peer->kind == PEER_CONNECTS && e->program->program == peer->program ? only_loopback(e, peer) : NULL;
    if (!l)
        return NULL;
    return arena_printf(e->arena, "it listens on port %u at %s only, and %s speaks to it at %u.%u.%u.%u",
                        l->port, l->address ? phrase_text(e->arena, l->address) : "a loopback address",
                        peer->name, peer->target >> 24, peer->target >> 16 & 255, peer->target >> 8 & 255,
                        peer->target & 255);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static const struct diagnosis missing_htons = {"missing-htons", FAMILY_ADDRESS,
                                               "the port number is not in network byte order",
                                               "Put the port through htons() before you bind or connect, and "
                                               "through ntohs() before you tell somebody of it.",
                                               'A'};
static const struct diagnosis hard_coded_port = {"hard-coded-port", FAMILY_ADDRESS,
                                                 "the port is fixed in the program",
                                                 "Take the port from where the "
                                                 "assignment says it is given, for example the command line.",
                                                 'A'};
static const struct diagnosis port_not_bound = {
    "port-not-bound", FAMILY_ADDRESS, "the socket is not bound to the port that was given",
    "Bind the port you were given before you listen; ports are 16 bits wide: htons, not htonl.", 'A'};
static const struct diagnosis loopback_only = {
    "loopback-only", FAMILY_ADDRESS, "the socket is bound to a loopback address only",
    "Bind INADDR_ANY, so that clients reach the program at every address of its machine.", 'A'};

const struct detector address_detectors[] = {
    {&missing_htons, detect_missing_htons},
    {&hard_coded_port, detect_hard_coded_port},
    {&port_not_bound, detect_port_not_bound},
    {&loopback_only, detect_loopback_only},
    {NULL, NULL},
};

/* ---- names --------------------------------------------------------------------------------------------- */

static const char *detect_first_address(const struct evidence *e)
{
    const struct peer *peer;

    if (e->everywhere != ANSWER_PASSED || !e->step || !e->program)
        return NULL;
    peer = &e->test->peers[e->step->actor];
    return arena_printf(
        e->arena,
        "%s is found under the name %s, which stands for ::1 and %u.%u.%u.%u. It was at the last "
        "of them only, and %s did not come; when it was at both, it came",
        peer->name, peer->domain, peer->host >> 24, peer->host >> 16 & 255, peer->host >> 8 & 255,
        peer->host & 255, e->spec->programs[e->program->program].name);
}

static const struct diagnosis first_address_only = {
    "first-address-only", FAMILY_ADDRESS, "of the addresses that a name stands for only one is tried",
    "Try each address that getaddrinfo returns, one after another, until one answers.", 'A'};

const struct detector name_detectors[] = {
    {&first_address_only, detect_first_address},
    {NULL, NULL},
};
