/*
 * watching.c - what the programs' threads watch when a step has failed: a descriptor that nobody looks at any
 * more, and one that several read.
 *
 * Only sleep shows it, so this is looked at when the programs are at rest. What a select was given stands in
 * the program's memory until that call returns.
 */
#include "run/stage.h"

#include <sys/ioctl.h>
#include <unistd.h>

/* A descriptor of a process of the student's. */
struct place {
    pid_t pid;
    int fd;
};

static struct program_run *program_of(const struct stage *st, pid_t pid)
{
    for (size_t i = 0; i < st->spec->n_programs; i++)
        if (st->programs[i].running && st->programs[i].pid == pid)
            return &st->programs[i];
    return NULL;
}

void watching_note(struct stage *st)
{
    for (size_t i = 0; i < st->sample_b.n; i++) {
        const struct thread_sample *t = &st->sample_b.threads[i];
        struct program_run *p = t->selects ? program_of(st, t->pid) : NULL;

        if (p)
            p->selected |= t->selected;
    }
}

/* Of several processes, the last one's. False: none holds it. */
static bool find_holder(const struct socket_list *held, uint64_t inode, struct place *out)
{
    bool found = false;

    for (size_t i = 0; i < held->n && inode; i++)
        if (held->refs[i].inode == inode) {
            *out = (struct place){.pid = held->refs[i].pid, .fd = held->refs[i].fd};
            found = true;
        }
    return found;
}

/* ---- a descriptor that select was not told of ---------------------------------------------------------- */

/* The only thread of that process; NULL: it has several, or is gone. */
static const struct thread_sample *only_thread(const struct stage *st, pid_t pid)
{
    const struct thread_sample *found = NULL;

    for (size_t i = 0; i < st->sample_b.n; i++) {
        if (st->sample_b.threads[i].pid != pid)
            continue;
        if (found)
            return NULL;
        found = &st->sample_b.threads[i];
    }
    return found;
}

static void note_unwatched(struct stage *st, struct place where, struct step_record *r)
{
    const struct thread_sample *t = only_thread(st, where.pid);
    const struct program_run *p = program_of(st, where.pid);

    if (!t || !p || !t->selects || where.fd >= 64 || (t->selected >> where.fd & 1))
        return;
    r->unwatched = (uint32_t)where.fd + 1;
    r->watched_before = p->selected >> where.fd & 1;
    r->selected = t->selected;
}

static bool has_input(const struct program_run *p)
{
    int unread = 0, fd = p->in_far >= 0 ? p->in_far : p->in;

    return fd >= 0 && ioctl(fd, FIONREAD, &unread) == 0 && unread > 0;
}

static void look_for_unwatched(struct stage *st, const struct peer_run *p, const struct socket_list *held,
                               struct step_record *r)
{
    struct place where = {0};
    struct far_listener listener = {0};
    struct far_end end;
    bool waits = far_end(st, p, &end) && end.unread, accepted = end.inode;
    const struct program_run *program;

    if (!accepted && p->spec->kind == PEER_CONNECTS && p->stream.connected)
        waits = far_listener(st, p, &listener) && listener.queued;
    if (!find_holder(held, accepted ? end.inode : listener.inode, &where))
        return;
    program = program_of(st, where.pid);
    if (!waits && (!program || !has_input(program)))
        return;
    if (!waits)
        where.fd = STDIN_FILENO;
    note_unwatched(st, where, r);
}

/* ---- a connection that several threads read ------------------------------------------------------------ */

static uint64_t inode_of(const struct socket_list *held, const struct thread_sample *t)
{
    for (size_t i = 0; i < held->n; i++)
        if (held->refs[i].pid == t->pid && held->refs[i].fd == t->fd)
            return held->refs[i].inode;
    return 0;
}

/* Threads of this process that sleep in a read of the socket, be it by copies of its descriptor. */
static uint32_t readers_of(const struct stage *st, const struct socket_list *held, pid_t pid, uint64_t inode)
{
    uint32_t n = 0;

    for (size_t i = 0; i < st->sample_b.n; i++) {
        const struct thread_sample *t = &st->sample_b.threads[i];
        n += t->pid == pid && t->kind == WAIT_INPUT && wait_is_read(t->call) && inode_of(held, t) == inode;
    }
    return n;
}

static void look_for_shared(struct stage *st, const struct socket_list *held, struct step_record *r)
{
    for (size_t i = 0; i < st->test->n_peers && r->shared == 0; i++) {
        struct place where = {0};
        struct far_end end;
        uint32_t readers;

        if (!far_end(st, &st->peers[i], &end) || !find_holder(held, end.inode, &where))
            continue;
        readers = readers_of(st, held, where.pid, end.inode);
        if (readers < 2)
            continue;
        r->shared = (uint32_t)i + 1;
        r->shared_fd = (uint32_t)where.fd;
        r->sharers = readers;
    }
}

/* A read that has begun goes on when another thread closes its descriptor. */
static void look_for_closed(const struct stage *st, const struct socket_list *held, struct step_record *r)
{
    for (size_t i = 0; i < st->sample_b.n; i++) {
        const struct thread_sample *t = &st->sample_b.threads[i];

        if (t->kind == WAIT_INPUT && wait_is_receive(t->call) && program_of(st, t->pid) &&
            inode_of(held, t) == 0)
            r->closed = (uint32_t)t->fd + 1;
    }
}

void watching_facts(struct stage *st, const struct peer_run *p, struct step_record *r)
{
    struct socket_list held = {0};

    if (p && p->is_stream && owner_sockets(&st->owners[0], &held) == 0) {
        look_for_unwatched(st, p, &held, r);
        look_for_shared(st, &held, r);
        look_for_closed(st, &held, r);
    }
    socket_list_deinit(&held);
}
