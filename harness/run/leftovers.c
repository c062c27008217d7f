/*
 * leftovers.c - what one start of a program leaves on its ports, and the next start stumbles over.
 *
 * A process of it may live on with the listening socket. Connections linger, for a minute in TIME_WAIT; these
 * keep the port from whoever binds without SO_REUSEADDR. Source: tcp(7), socket(7), and
 * inet_csk_bind_conflict in net/ipv4/inet_connection_sock.c: both sides must have set it, and nobody may
 * listen.
 */
#include "base/mem.h"
#include "run/stage.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

static bool is_its_port(const struct stage *st, const struct program_run *p, uint16_t port)
{
    const uint16_t *own = st->ports + port_index(st->spec, p->index, 0);

    for (size_t i = 0; i < p->spec->n_listens; i++)
        if (own[i] == port && p->spec->listens[i].transport == TRANSPORT_TCP)
            return true;
    return false;
}

void leftovers_note(struct stage *st, struct program_run *p)
{
    struct sock_infos all = {0};

    p->n_old = 0;
    if (sockdiag_list(&st->diag, IPPROTO_TCP, 1u << TCP_STATE_LISTEN, &all) == 0) {
        p->old = arena_new(&st->arena, (all.n + 1) * sizeof *p->old);
        for (size_t i = 0; i < all.n; i++)
            if (is_its_port(st, p, addr_port(&all.infos[i].local)))
                p->old[p->n_old++] = all.infos[i].inode;
    }
    sock_infos_deinit(&all);
}

bool leftovers_have(const struct program_run *p, uint64_t inode)
{
    for (size_t i = 0; i < p->n_old; i++)
        if (p->old[i] == inode)
            return true;
    return false;
}

/* Would it be refused to a server that does everything right? */
static bool is_refused(uint16_t port)
{
    _cleanup_fd_ int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct addr any = addr_v4(INADDR_ANY, port);
    int one = 1;

    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    return fd >= 0 && bind(fd, &any.sa, any.len) < 0 && errno == EADDRINUSE;
}

void leftovers_tell(struct stage *st, struct program_run *p)
{
    const uint16_t *own = st->ports + port_index(st->spec, p->index, 0);
    struct sock_infos all = {0};

    p->record.path_left = path_is_left(st, p);
    if (sockdiag_list(&st->diag, IPPROTO_TCP, ~0u, &all) < 0)
        return;
    for (size_t i = 0; i < all.n; i++) {
        const struct sock_info *s = &all.infos[i];

        if (!is_its_port(st, p, addr_port(&s->local)))
            continue;
        if (s->state == TCP_STATE_LISTEN)
            p->record.port_held |= leftovers_have(p, s->inode);
        else
            p->record.lingering++;
    }
    sock_infos_deinit(&all);
    for (size_t i = 0; i < p->spec->n_listens && p->record.lingering && !p->record.port_held; i++)
        p->record.no_reuse |= is_its_port(st, p, own[i]) && is_refused(own[i]);
}
