/*
 * chatter.c - see chatter.h.
 *
 * Java opens sockets to see which kinds there are, the C library asks a daemon for names of users, a script
 * that starts a program has children that never touch a socket, and every runtime has threads that wait for
 * nothing but themselves.
 */
#include "report/chatter.h"
#include "base/mem.h"
#include "kernel/calls.h"
#include "report/calls.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static bool is_of_process(const struct call_record *a, const struct call_record *b)
{
    return a->program == b->program && a->process == b->process;
}

static bool asks_for_names(const struct call_record *c)
{
    return c->kind == CALL_CONNECT && c->address && strstr(c->address, "/nscd/socket");
}

static bool says_nothing(const struct call_record *c)
{
    return c->kind == CALL_SETSOCKOPT || c->kind == CALL_CLOSE || asks_for_names(c);
}

/* Where the socket that call `from` made is closed without having been used; SIZE_MAX: it was used. */
static size_t unused_until(const struct xray_record *x, size_t from)
{
    const struct call_record *made = &x->calls[from];

    for (size_t i = from + 1; i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];

        if (!is_of_process(c, made) || c->fd != made->result)
            continue;
        if (!says_nothing(c))
            return SIZE_MAX;
        if (c->kind == CALL_CLOSE)
            return i;
    }
    return SIZE_MAX;
}

static void drop_unused_sockets(const struct xray_record *x, bool *worth)
{
    for (size_t i = 0; i < x->n_calls; i++) {
        const struct call_record *made = &x->calls[i];
        size_t until = made->kind == CALL_SOCKET && made->result >= 0 ? unused_until(x, i) : SIZE_MAX;

        for (size_t k = i; until != SIZE_MAX && k <= until; k++)
            if (k == i || (is_of_process(&x->calls[k], made) && x->calls[k].fd == made->result))
                worth[k] = false;
    }
}

/* Has that process, or thread of it (UINT32_MAX: any), made a call that is shown? */
static bool is_seen(const struct xray_record *x, const bool *worth, const struct call_record *who,
                    uint32_t process, uint32_t thread)
{
    for (size_t i = 0; i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];

        if (worth[i] && !call_is_event(c) && !call_waits_for_many(c->kind) && c->program == who->program &&
            c->process == process && (thread == UINT32_MAX || c->thread == thread))
            return true;
    }
    return false;
}

static bool was_killed(const struct xray_record *x, const struct call_record *born)
{
    for (size_t i = 0; i < x->n_calls; i++)
        if (x->calls[i].kind == CALL_END && x->calls[i].program == born->program &&
            x->calls[i].process == born->result && WIFSIGNALED((int)x->calls[i].result))
            return true;
    return false;
}

/* Has that process a child that is shown? */
static bool has_children(const struct xray_record *x, const bool *worth, const struct call_record *who)
{
    for (size_t i = 0; i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];

        if (c->kind == CALL_FORK && is_of_process(c, who) &&
            (was_killed(x, c) || is_seen(x, worth, c, (uint32_t)c->result, UINT32_MAX)))
            return true;
    }
    return false;
}

static bool is_worth(const struct xray_record *x, const bool *worth, const struct call_record *c)
{
    switch (c->kind) {
    case CALL_FORK: return was_killed(x, c) || is_seen(x, worth, c, (uint32_t)c->result, UINT32_MAX);
    case CALL_END: return WIFSIGNALED((int)c->result) || is_seen(x, worth, c, c->process, UINT32_MAX);
    case CALL_SIGNAL:
        return is_seen(x, worth, c, c->process, UINT32_MAX) &&
               (c->result != SIGCHLD || has_children(x, worth, c));
    case CALL_POLL:
    case CALL_SELECT:
    case CALL_EPOLL_WAIT:
        /* An empty answer to "is there anything?" tells nothing. */
        return (c->ended < 0 || c->result != 0) && is_seen(x, worth, c, c->process, c->thread);
    default: return true;
    }
}

bool *chatter_sift(const struct xray_record *x)
{
    bool *worth = mem_new((x->n_calls + 1) * sizeof *worth);

    memset(worth, true, x->n_calls);
    drop_unused_sockets(x, worth);
    for (size_t i = 0; i < x->n_calls; i++)
        worth[i] = worth[i] && is_worth(x, worth, &x->calls[i]);
    return worth;
}
