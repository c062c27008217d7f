/*
 * ready.c - whether programs listen where they should.
 *
 * That is read from their own sockets: a probe would eat an accept, and somebody else could answer it. A port
 * that a program has chosen itself is found in the same way.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "run/reach.h"
#include "run/stage.h"

#include <stdio.h>
#include <unistd.h>

void program_begin_record(struct stage *st, struct program_run *p)
{
    size_t n = p->spec->n_listens, own = port_index(st->spec, p->index, 0);

    p->record = (struct program_record){.program = (uint32_t)p->index, .exit_status = -1, .n_ports = n};
    for (size_t i = 0; i < n; i++)
        if (p->spec->listens[i].port_kind == PORT_FOUND) /* another one each time, maybe */
            st->ports[own + i] = st->told[own + i] = 0;
    p->record.ports = arena_copy(&st->arena, st->told + own, n * sizeof *st->told);
}

/* ---- whose sockets ------------------------------------------------------------------------------------- */

enum holder { NOBODY, THIS, ANOTHER, SOMEBODY /* of the box: who, cannot be told */ };

/* Each program begins a session of its own, in which its processes stay unless they become daemons. */
static enum holder holder_of(struct stage *st, const struct program_run *p, const struct socket_list *held,
                             uint64_t inode)
{
    enum holder holder = NOBODY;

    for (size_t i = 0; i < held->n; i++) {
        pid_t session;

        if (held->refs[i].inode != inode)
            continue;
        session = getsid(held->refs[i].pid);
        if (session > 0 && session == p->pid)
            return THIS;
        holder = holder == ANOTHER ? ANOTHER : SOMEBODY;
        for (size_t k = 0; k < st->spec->n_programs; k++)
            if (session > 0 && session == st->programs[k].pid)
                holder = ANOTHER;
    }
    return holder;
}

size_t program_holding(struct stage *st, uint64_t inode)
{
    size_t found = SIZE_MAX;

    for (size_t i = 0; i < st->spec->n_programs && found == SIZE_MAX; i++) {
        struct program_run *p = &st->programs[i];
        struct socket_list held = {0};

        if (owner_sockets(owner_of(st, p), &held) == 0 && holder_of(st, p, &held, inode) == THIS)
            found = i;
        socket_list_deinit(&held);
    }
    return found;
}

/* The port was given to another program of the submission: it is that one's. */
static bool is_anothers_port(struct stage *st, const struct program_run *p, uint16_t port)
{
    size_t own = port_index(st->spec, p->index, 0);
    bool anothers = false;

    for (size_t i = 0; i < port_count(st->spec); i++) {
        bool is_own = i >= own && i < own + p->spec->n_listens;

        if (st->ports[i] == port && is_own)
            return false;
        anothers |= st->ports[i] == port;
    }
    return anothers;
}

static bool is_its(struct stage *st, const struct program_run *p, const struct socket_list *held,
                   const struct sock_info *s)
{
    if (leftovers_have(p, s->inode)) /* of an earlier start */
        return false;
    switch (holder_of(st, p, held, s->inode)) {
    case NOBODY:
    case ANOTHER: return false;
    case THIS: return true;
    case SOMEBODY: break;
    }
    return !is_anothers_port(st, p, addr_port(&s->local));
}

/* ---- listeners ----------------------------------------------------------------------------------------- */

static uint16_t swapped(uint16_t port)
{
    return (uint16_t)(port << 8 | port >> 8);
}

/* As the program knows it: where a port was exchanged, the one in its source. */
static uint16_t port_in_source(const struct stage *st, const struct program_run *p, uint16_t port)
{
    size_t own = port_index(st->spec, p->index, 0);

    for (size_t i = own; i < own + p->spec->n_listens; i++) {
        if (st->ports[i] == port)
            return st->told[i];
        if (st->ports[i] != st->told[i] && swapped(st->ports[i]) == port)
            return swapped(st->told[i]);
    }
    return port;
}

static struct listener_record listener_of(struct stage *st, const struct program_run *p, int protocol,
                                          const struct sock_info *s)
{
    struct listener_record l = {
        .transport = protocol == IPPROTO_TCP ? TRANSPORT_TCP : TRANSPORT_UDP,
        .ipv6 = s->family == AF_INET6,
        .loopback = addr_is_loopback(&s->local),
        .port = port_in_source(st, p, addr_port(&s->local)),
    };
    char text[ADDR_TEXT];

    if (!addr_host_v4(&s->local, &l.ipv4))
        l.no_ipv4 = s->v6only || !addr_is_any(&s->local);
    l.address = arena_text(&st->arena, addr_host_text(&s->local, text));
    return l;
}

static int list_protocol(struct stage *st, struct program_run *p, int protocol,
                         const struct socket_list *held)
{
    struct sock_infos infos = {0};
    int r =
        sockdiag_list(&st->diag, protocol, protocol == IPPROTO_TCP ? 1u << TCP_STATE_LISTEN : ~0u, &infos);
    struct listener_record *all;

    all = arena_new(&st->arena, (p->record.n_listeners + infos.n + 1) * sizeof *all);
    for (size_t i = 0; i < p->record.n_listeners; i++)
        all[i] = p->record.listeners[i];
    p->record.listeners = all;
    for (size_t i = 0; i < infos.n; i++)
        if (is_its(st, p, held, &infos.infos[i]))
            all[p->record.n_listeners++] = listener_of(st, p, protocol, &infos.infos[i]);
    sock_infos_deinit(&infos);
    return r;
}

static int list_unix(struct stage *st, struct program_run *p, const struct socket_list *held)
{
    struct unix_infos infos = {0};
    int r = unixdiag_list(&st->diag, 1u << TCP_STATE_LISTEN, &infos);
    struct listener_record *all = arena_new(&st->arena, (p->record.n_listeners + infos.n + 1) * sizeof *all);

    for (size_t i = 0; i < p->record.n_listeners; i++)
        all[i] = p->record.listeners[i];
    p->record.listeners = all;
    for (size_t i = 0; i < infos.n; i++) {
        enum holder holder = holder_of(st, p, held, infos.infos[i].inode);

        if (holder == THIS || holder == SOMEBODY)
            all[p->record.n_listeners++] = (struct listener_record){
                .transport = TRANSPORT_UNIX, .address = (char *)path_of_listener(st, p, &infos.infos[i])};
    }
    unix_infos_deinit(&infos);
    return r;
}

static bool has_unix(const struct program *p)
{
    for (size_t i = 0; i < p->n_listens; i++)
        if (p->listens[i].transport == TRANSPORT_UNIX)
            return true;
    return false;
}

static int find_listeners(struct stage *st, struct program_run *p)
{
    struct socket_list sockets = {0};
    int r = owner_sockets(owner_of(st, p), &sockets);

    p->record.n_listeners = 0;
    if (r == 0 && sockets.n) { /* a program that is just being loaded has none */
        r = list_protocol(st, p, IPPROTO_TCP, &sockets);
        if (r >= 0)
            r = list_protocol(st, p, IPPROTO_UDP, &sockets);
        if (r >= 0 && has_unix(p->spec))
            r = list_unix(st, p, &sockets);
    }
    socket_list_deinit(&sockets);
    return r < 0 ? err_set(&st->err, r, "listing sockets") : 0;
}

int program_look_again(struct stage *st, size_t program)
{
    struct program_run *p = &st->programs[program];

    return p->running ? find_listeners(st, p) : 0;
}

/* ---- readiness ----------------------------------------------------------------------------------------- */

static bool ready_done(struct stage *st, void *arg)
{
    struct program_run *p = arg;

    if (!p->running || find_listeners(st, p) < 0)
        return true;
    for (size_t i = 0; i < p->spec->n_listens; i++)
        if (endpoint_is_awaited(&p->spec->listens[i]) && !reach_listener(st->spec, &p->record, i))
            return false;
    return true;
}

/* What there is in place of the listener of an endpoint. */
static enum readiness instead(const struct stage *st, const struct program_run *p, size_t endpoint)
{
    bool found = p->spec->listens[endpoint].port_kind == PORT_FOUND ||
                 p->spec->listens[endpoint].port_kind == PORT_NONE;
    enum readiness r = READY_NEVER;

    for (size_t i = 0; i < p->record.n_listeners; i++) {
        const struct listener_record *l = &p->record.listeners[i];

        if (reach_serves(st->spec, &p->record, endpoint, l))
            return READY_OTHER_ADDRESS;
        if (l->transport != (uint8_t)p->spec->listens[endpoint].transport &&
            (found || l->port == p->record.ports[endpoint]))
            r = READY_OTHER_TRANSPORT;
        else if (r == READY_NEVER)
            r = READY_OTHER_PORT;
    }
    return r;
}

static enum readiness classify(const struct stage *st, const struct program_run *p)
{
    if (!p->running)
        return READY_EXITED;
    for (size_t i = 0; i < p->spec->n_listens; i++)
        if (endpoint_is_awaited(&p->spec->listens[i]) && !reach_listener(st->spec, &p->record, i))
            return instead(st, p, i);
    return READY;
}

/* The ports that it chose itself. */
static void take_found(struct stage *st, struct program_run *p)
{
    size_t own = port_index(st->spec, p->index, 0);

    for (size_t i = 0; i < p->spec->n_listens; i++) {
        const struct listener_record *l = reach_listener(st->spec, &p->record, i);

        if (l && p->spec->listens[i].port_kind == PORT_FOUND)
            p->record.ports[i] = st->ports[own + i] = st->told[own + i] = l->port;
    }
}

/* The moment from which on what comes to it counts. */
static void take_base(struct program_run *p)
{
    int n = proc_count_fds(p->pid);

    p->base = (struct fd_base){.fds = n > 0 ? (uint32_t)n : 0, .taken = n > 0};
    p->visits = 0;
}

bool program_ready(struct stage *st, size_t index)
{
    struct program_run *p = &st->programs[index];
    struct wait w = {.done = ready_done, .arg = p, .within = 2 * SPEC_WITHIN};

    if (p->record.readiness == READY) /* one that has ended since stays what it was: ready once */
        return p->running;
    if (program_start(st, index) < 0 || !p->pid)
        return false;
    if (p->spec->n_listens == 0)
        return p->running;
    p->record.ready_decided = await(st, &w);
    programs_reap(st);
    p->record.readiness = classify(st, p);
    p->record.ready_after = p->record.readiness == READY ? clock_now() - p->started : 0;
    if (p->record.readiness != READY && trusted_fails(st, p, "does not listen where it should"))
        return false;
    if (p->record.readiness != READY)
        return false;
    take_found(st, p);
    take_base(p);
    return true;
}

/* ---- what it holds ------------------------------------------------------------------------------------- */

static bool is_held(const struct socket_list *held, uint64_t inode)
{
    for (size_t i = 0; i < held->n; i++)
        if (held->refs[i].inode == inode)
            return true;
    return false;
}

/* Sockets of the program's processes whose connection the other side has closed. All programs of a box are
 * one tree; which of its processes are whose is not told, so it is the box's. */
static int count_stale(struct stage *st, const struct program_run *p, uint32_t *stale)
{
    struct socket_list sockets = {0};
    struct sock_infos infos = {0};
    int r = owner_sockets(owner_of(st, p), &sockets);

    *stale = 0;
    if (r == 0)
        r = sockdiag_list(&st->diag, IPPROTO_TCP, 1u << TCP_STATE_CLOSE_WAIT, &infos);
    for (size_t i = 0; i < infos.n; i++)
        *stale += is_held(&sockets, infos.infos[i].inode);
    sock_infos_deinit(&infos);
    socket_list_deinit(&sockets);
    return r < 0 ? r : 0;
}

int program_holds(struct stage *st, struct program_run *p, uint32_t *fds, uint32_t *stale)
{
    int n = p->running ? proc_count_fds(p->pid) : 0, r = count_stale(st, p, stale);

    *fds = n > 0 ? (uint32_t)n : 0;
    return r < 0 ? err_set(&st->err, r, "listing what %s holds", p->spec->name) : 0;
}

int program_holds_ip(struct stage *st, struct program_run *p, char *out, size_t size)
{
    static const int protocols[] = {IPPROTO_TCP, IPPROTO_UDP};
    struct socket_list held = {0};
    int r = owner_sockets(owner_of(st, p), &held), found = 0;

    for (size_t k = 0; k < array_len(protocols) && r >= 0 && !found; k++) {
        struct sock_infos infos = {0};

        r = sockdiag_list(&st->diag, protocols[k], ~0u, &infos);
        for (size_t i = 0; i < infos.n && !found; i++) {
            enum holder holder = holder_of(st, p, &held, infos.infos[i].inode);
            char text[ADDR_TEXT];

            found = holder == THIS || holder == SOMEBODY;
            snprintf(out, size, "%s %s", k ? "UDP" : "TCP", addr_text(&infos.infos[i].local, text));
        }
        sock_infos_deinit(&infos);
    }
    socket_list_deinit(&held);
    return r < 0 ? err_set(&st->err, r, "listing what %s holds", p->spec->name) : found;
}

struct addr program_addr(struct stage *st, size_t program, size_t endpoint, uint32_t target)
{
    const struct program_record *p = &st->programs[program].record;
    uint16_t port = st->ports[port_index(st->spec, program, endpoint)];
    uint32_t there = 0;

    for (size_t i = 0; i < p->n_listeners && there != target; i++) {
        const struct listener_record *l = &p->listeners[i];
        uint32_t address = reach_serves(st->spec, p, endpoint, l) ? reach_address(l, target) : 0;

        there = address ? address : there;
    }
    return addr_v4(there ? there : target, port);
}
