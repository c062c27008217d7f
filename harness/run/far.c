/*
 * far.c - the other side of a peer's stream connection, as the kernel tells of it: the program's end, and the
 * listener that it goes to.
 */
#include "run/stage.h"

#include <sys/stat.h>

/* ---- the program's end --------------------------------------------------------------------------------- */

/* May outlive ours. */
static bool tcp_end(struct stage *st, const struct peer_run *p, struct far_end *out)
{
    struct sock_info info;

    if (!addr_port(&p->stream.remote) ||
        sockdiag_tcp(&st->diag, &p->stream.remote, &p->stream.local, &info) != 1)
        return false;
    *out = (struct far_end){.inode = info.inode, .unread = info.rqueue, .state = info.state};
    return true;
}

/* What of it can be told as of one of TCP. */
static bool unix_end(struct stage *st, const struct peer_run *p, struct far_end *out)
{
    struct unix_info ours, theirs;
    struct stat file;

    if (!p->open || !p->stream.connected || fstat(p->stream.fd, &file) < 0 ||
        unixdiag_look(&st->diag, file.st_ino, &ours) != 1)
        return false;
    *out = (struct far_end){.inode = ours.peer};
    if (ours.state == TCP_STATE_ESTABLISHED && !p->stream.ended)
        out->state = p->stream.shut_sent ? TCP_STATE_CLOSE_WAIT : TCP_STATE_ESTABLISHED;
    if (ours.peer && unixdiag_look(&st->diag, ours.peer, &theirs) == 1)
        out->unread = theirs.rqueue;
    return true;
}

bool far_end(struct stage *st, const struct peer_run *p, struct far_end *out)
{
    *out = (struct far_end){0};
    if (!p->is_stream)
        return false;
    return p->stream.is_unix ? unix_end(st, p, out) : tcp_end(st, p, out);
}

uint64_t far_unheard(struct stage *st)
{
    uint64_t sum = 0;
    struct far_end end;

    for (size_t i = 0; i < st->test->n_peers; i++)
        if (far_end(st, &st->peers[i], &end) && end.state != TCP_STATE_CLOSE)
            sum += end.unread + (end.inode == 0);
    return sum;
}

/* ---- the listener -------------------------------------------------------------------------------------- */

/* Of several, one where somebody waits. */
static void take_listener(struct far_listener *l, uint64_t inode, uint32_t queued, uint32_t backlog)
{
    if (!l->inode || queued)
        *l = (struct far_listener){.inode = inode, .queued = queued, .backlog = backlog};
}

static void unix_listener(struct stage *st, const struct peer_run *p, struct far_listener *out)
{
    const struct program_run *program = &st->programs[p->spec->program];
    const char *path = program->spec->listens[p->spec->endpoint].path;
    struct unix_infos all = {0};

    if (unixdiag_list(&st->diag, 1u << TCP_STATE_LISTEN, &all) == 0)
        for (size_t i = 0; i < all.n; i++)
            if (path_of_listener(st, program, &all.infos[i]) == path)
                take_listener(out, all.infos[i].inode, all.infos[i].rqueue, all.infos[i].wqueue);
    unix_infos_deinit(&all);
}

bool far_port(struct stage *st, bool stream, uint16_t port, struct far_listener *out)
{
    struct sock_infos all = {0};

    *out = (struct far_listener){0};
    if (sockdiag_list(&st->diag, stream ? IPPROTO_TCP : IPPROTO_UDP, stream ? 1u << TCP_STATE_LISTEN : ~0u,
                      &all) == 0)
        for (size_t i = 0; i < all.n; i++)
            if (addr_port(&all.infos[i].local) == port)
                take_listener(out, all.infos[i].inode, all.infos[i].rqueue, all.infos[i].wqueue);
    sock_infos_deinit(&all);
    return out->inode;
}

bool far_listener(struct stage *st, const struct peer_run *p, struct far_listener *out)
{
    if (!p->stream.is_unix)
        return far_port(st, true, addr_port(&p->stream.remote), out);
    *out = (struct far_listener){0};
    unix_listener(st, p, out);
    return out->inode;
}
