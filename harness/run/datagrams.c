/*
 * datagrams.c - what can be seen of an answer that did not come: whether another peer got it, and what the
 * program's socket is like.
 */
#include "run/stage.h"

#include <netinet/in.h>

/* The peer that got what p should have, as its index + 1; 0: none did. Only exactly the same bytes count. */
static uint32_t gone_astray(const struct stage *st, const struct peer_run *p, const struct step_record *r)
{
    for (size_t i = 0; i < st->test->n_peers; i++) {
        const struct peer_run *other = &st->peers[i];
        const struct arrival *a = other->is_stream ? NULL : peer_arrival(other);

        if (other == p || other->is_stream || !a || other->spec->program != p->spec->program)
            continue;
        if (a->payload.len == r->expected.total && bytes_hash(a->payload) == r->expected.hash)
            return (uint32_t)i + 1;
    }
    return 0;
}

int64_t datagrams_unheard(struct stage *st)
{
    int64_t all = netns_wire_datagrams(&st->wire), ours = 0;

    for (size_t i = 0; i < st->spec->n_peers; i++)
        if (!st->peers[i].is_stream)
            ours += (int64_t)(st->peers[i].datagram.sent + st->peers[i].datagram.received);
    return all < 0 ? -1 : all - ours;
}

/* How many the programs have sent in this case that came to none of our sockets; 0, too, where that cannot be
 * told: where there are sockets of ours beside the peers', or a network between. */
static uint32_t sent_elsewhere(struct stage *st)
{
    int64_t now = datagrams_unheard(st);

    for (size_t i = 0; i < st->test->n_peers; i++)
        if (st->test->peers[i].kind == PEER_RELAYS)
            return 0;
    if (st->unheard < 0 || now <= st->unheard || st->key->impairment)
        return 0;
    return now - st->unheard > UINT32_MAX ? UINT32_MAX : (uint32_t)(now - st->unheard);
}

static bool is_theirs(const struct socket_list *list, uint64_t inode)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->refs[i].inode == inode)
            return true;
    return false;
}

/* The sockets on the port that p sends to. One without a partner serves everybody. */
static void look_at_sockets(struct stage *st, const struct peer_run *p, const struct socket_list *theirs,
                            struct step_record *r)
{
    struct sock_infos infos = {0};
    bool open_to_all = false;

    if (sockdiag_list(&st->diag, IPPROTO_UDP, ~0u, &infos) < 0)
        return; /* a list that changes all the time: then there is no such fact */
    for (size_t i = 0; i < infos.n; i++) {
        const struct sock_info *s = &infos.infos[i];
        if (addr_port(&s->local) != addr_port(&p->datagram.remote) || !is_theirs(theirs, s->inode))
            continue;
        r->unread += s->rqueue;
        r->connected_to = addr_port(&s->remote);
        open_to_all |= r->connected_to == 0;
    }
    if (open_to_all)
        r->connected_to = 0;
    sock_infos_deinit(&infos);
}

/* A server that has no descriptor left stops answering. */
static void look_at_descriptors(const struct program_run *p, struct step_record *r)
{
    int now = p->running && p->base.taken ? proc_count_fds(p->pid) : 0;

    if (now <= 0)
        return;
    r->fds_before = p->base.fds;
    r->fds_now = (uint32_t)now;
    r->visits = p->visits;
}

void datagram_facts(struct stage *st, const struct peer_run *p, struct step_record *r)
{
    size_t program = p->spec->program;
    struct owner *o = program < st->spec->n_programs ? owner_of(st, &st->programs[program]) : &st->owners[0];
    struct socket_list theirs = {0};

    if (!p->open)
        return;
    r->astray = gone_astray(st, p, r);
    r->elsewhere = sent_elsewhere(st);
    if (p->spec->kind == PEER_CONNECTS)
        look_at_descriptors(&st->programs[p->spec->program], r);
    if (owner_sockets(o, &theirs) == 0)
        look_at_sockets(st, p, &theirs, r);
    socket_list_deinit(&theirs);
}

/* An answer to what was broadcast comes from whoever heard it. One from another port is from_port's. */
void datagram_note_detour(struct stage *st, const struct peer_run *p, const struct arrival *a)
{
    struct detour_record d = {.peer = (uint32_t)p->index + 1};

    if (st->detour.peer || p->spec->kind != PEER_CONNECTS ||
        addr_port(&a->from) != addr_port(&p->datagram.remote) ||
        !addr_host_v4(&p->datagram.remote, &d.asked) || !addr_host_v4(&a->from, &d.answered))
        return;
    if (d.asked != d.answered && d.asked != ADDR_LOOPBACK_BROADCAST)
        st->detour = d;
}

bool datagram_asked_again(struct stage *st, size_t failed_step)
{
    const struct step *failed = &st->test->steps[failed_step];
    struct step_record again;

    for (size_t i = failed_step; i-- > 0;) {
        const struct step *s = &st->test->steps[i];
        if (s->verb != VERB_SENDS || s->actor_kind != ACTOR_PEER || s->actor != failed->actor)
            continue;
        return step_play(st, i, &again) == STEP_PASSED && step_play(st, failed_step, &again) == STEP_PASSED;
    }
    return false;
}
