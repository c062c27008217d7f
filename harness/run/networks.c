/*
 * networks.c - the networks between peers and programs, as far as a case makes them bad ones: what is held
 * back there, when it goes on, and what was done to which datagram.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "run/stage.h"

#define NOTED_MAX 256u /* datagrams of a case of which is told what was done to them */

/* ---- which --------------------------------------------------------------------------------------------- */

/* The rules of the list that are for that peer. Appended; returns how many there are now. */
static size_t add_rules(struct stage *st, const struct impair_list *list, size_t peer, struct impairment *out,
                        size_t n)
{
    for (size_t i = 0; i < list->n; i++) {
        out[n] = list->rules[i].what;
        if (impair_ways(st->spec, st->test, peer, &list->rules[i], out[n].ways))
            n++;
    }
    return n;
}

/* Who asks what a datagram is. */
struct naming {
    struct stage *st;
    const struct peer_run *peer;
};

static const char *name_of(void *arg, enum impair_way way, struct bytes payload)
{
    const struct naming *n = arg;
    const struct message_def *def;
    struct incoming in = peer_incoming(n->st, n->peer, payload);
    struct datum fields;

    if (n->peer->spec->kind == PEER_RELAYS)
        in.from = relayed_framing(n->st, n->peer, way, false).from;
    else if (way == IMPAIR_THERE)
        in.from = in.from == FROM_SERVER ? FROM_CLIENT : FROM_SERVER;
    def = incoming_which(&in, NULL, &n->st->case_arena, &fields);
    return def ? def->name : NULL;
}

static void begin_one(struct stage *st, size_t peer)
{
    const struct impair_list *own = NULL, *of_case = NULL;
    struct naming naming = {st, &st->peers[peer]};
    struct rng r = rng_seed(st->key->seed, (uint64_t)peer << 32 | st->key->impaired_by);
    struct impairment *rules;
    size_t n = 0;

    impair_deinit(&st->networks[peer]);
    if (!peer_is_impairable(st->test, peer))
        return;
    if (st->test->peers[peer].impair != SIZE_MAX)
        own = &st->spec->impairments[st->test->peers[peer].impair];
    if (st->key->impairment && peer_is_impaired(st->test, peer))
        of_case = &st->spec->impairments[st->key->impairment - 1];
    rules = arena_new(&st->case_arena, ((own ? own->n : 0) + (of_case ? of_case->n : 0) + 1) * sizeof *rules);
    n = own ? add_rules(st, own, peer, rules, n) : n;
    n = of_case ? add_rules(st, of_case, peer, rules, n) : n;
    if (n || st->test->peers[peer].kind == PEER_RELAYS) /* whose datagrams all go through it */
        impair_init(&st->networks[peer], rules, n, rng_next(&r));
    st->networks[peer].name_of = name_of;
    st->networks[peer].arg = arena_copy(&st->case_arena, &naming, sizeof naming);
}

void networks_begin(struct stage *st)
{
    for (size_t i = 0; i < st->test->n_peers; i++)
        begin_one(st, i);
    st->impaired = NULL;
    st->n_impaired = 0;
    st->n_more_impaired = 0;
}

void networks_end(struct stage *st)
{
    for (size_t i = 0; st->networks && i < st->test->n_peers; i++)
        impair_deinit(&st->networks[i]);
}

struct impair *network_of(struct stage *st, const struct peer_run *p)
{
    return st->networks[p->index].n ? &st->networks[p->index] : NULL;
}

/* ---- what is held back --------------------------------------------------------------------------------- */

bool networks_flow(struct stage *st)
{
    int64_t now = clock_now();
    bool any = false;

    for (size_t i = 0; i < st->test->n_peers; i++)
        any |= datagram_flow(&st->peers[i].datagram, now);
    any |= handshakes_flow(st);
    return relays_flow(st) || any;
}

int64_t networks_due(const struct stage *st)
{
    int64_t soonest = -1, now = clock_now();

    for (size_t i = 0; i < st->test->n_peers; i++) {
        int64_t due = impair_due(&st->networks[i]);

        if (due >= 0 && (soonest < 0 || due < soonest))
            soonest = due;
    }
    if (soonest < 0)
        return -1;
    return soonest > now ? soonest - now : 0;
}

bool networks_release(struct stage *st)
{
    bool any = false;

    for (size_t i = 0; i < st->test->n_peers; i++)
        any |= impair_release(&st->networks[i]);
    any |= relays_release(st);
    any |= handshakes_release(st);
    if (any)
        networks_flow(st);
    return any;
}

/* ---- what was done ------------------------------------------------------------------------------------- */

static void note(struct stage *st, size_t step, size_t peer, const struct impair_note *n)
{
    struct bytes head = {n->head, n->len < IMPAIR_HEAD ? n->len : IMPAIR_HEAD};

    if (!st->impaired)
        st->impaired = arena_new(&st->case_arena, NOTED_MAX * sizeof *st->impaired);
    if (st->n_impaired == NOTED_MAX) {
        st->n_more_impaired++;
        return;
    }
    st->impaired[st->n_impaired++] = (struct impaired_record){.step = (uint32_t)step,
                                                              .peer = (uint32_t)peer,
                                                              .kind = (uint8_t)n->kind,
                                                              .back = n->way == IMPAIR_BACK,
                                                              .nth = n->nth,
                                                              .message = (char *)n->message,
                                                              .detail = n->detail,
                                                              .len = n->len,
                                                              .head = arena_bytes(&st->case_arena, head)};
}

void networks_note(struct stage *st, size_t step)
{
    for (size_t i = 0; i < st->test->n_peers; i++) {
        struct impair *p = &st->networks[i];

        for (size_t k = 0; k < p->n_notes; k++)
            note(st, step, i, &p->notes[k]);
        st->n_more_impaired += p->unnoted;
        p->n_notes = 0;
        p->unnoted = 0;
    }
}
