/* story.c - kind, exact sentences. Bytes of hostile origin are escaped here, for they become part of a sentence. */
#include "judge/story.h"
#include "base/clock.h"
#include "base/escape.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#define QUOTE_MAX 60

const char *story_quote(struct arena *a, const struct excerpt *e)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct bytes head = bytes_slice(e->head, 0, QUOTE_MAX);

    buf_byte(&out, '`');
    escape_c(&out, head);
    buf_byte(&out, '`');
    if (e->total > head.len)
        buf_printf(&out, "… (%llu bytes)", (unsigned long long)e->total);
    return (const char *)arena_bytes(a, buf_view(&out)).data;
}

const char *story_status(struct arena *a, int status)
{
    if (status < 0)
        return "ended";
    if (WIFSIGNALED(status))
        return arena_printf(a, "was ended by SIG%s (%s)", sigabbrev_np(WTERMSIG(status)), strsignal(WTERMSIG(status)));
    return arena_printf(a, "exited with status %d", WEXITSTATUS(status));
}

static const char *duration(struct arena *a, int64_t ns)
{
    if (ns < 10 * NS_PER_MS)
        return arena_printf(a, "%.1f ms", (double)ns / NS_PER_MS);
    if (ns < NS_PER_S)
        return arena_printf(a, "%lld ms", (long long)(ns / NS_PER_MS));
    return arena_printf(a, "%.1f s", (double)ns / NS_PER_S);
}

static const char *program_name(const struct evidence *e)
{
    return e->program ? arena_printf(e->arena, "the program “%s”", e->spec->programs[e->program->program].name)
                      : "the program";
}

static const char *actor_name(const struct evidence *e)
{
    if (!e->step)
        return "a peer";
    return e->step->actor_kind == ACTOR_PEER ? e->spec->peers[e->step->actor].name : program_name(e);
}

/* ---- a program that never became ready -------------------------------------------------------------------------------------- */

static const char *transport_name(uint8_t transport)
{
    return transport == TRANSPORT_TCP ? "TCP" : "UDP";
}

static const char *unready(const struct evidence *e)
{
    const struct program_record *p = e->program;
    const char *name = program_name(e);
    unsigned port = p && p->n_ports ? p->ports[0] : 0;

    if (!p)
        return "the program was not started";
    switch (p->readiness) {
    case READY_NOT_FOUND: return arena_printf(e->arena, "%s could not be started: %s", name, p->limit ? p->limit : "?");
    case READY_EXITED:
        if (p->ready_after)
            break;
        return arena_printf(e->arena, "%s %s before it listened on port %u", name, story_status(e->arena, p->exit_status), port);
    case READY_OTHER_PORT:
        return arena_printf(e->arena, "%s should listen on port %u, but listens on port %u", name, port,
                            p->n_listeners ? p->listeners[0].port : 0);
    case READY_OTHER_TRANSPORT:
        return arena_printf(e->arena, "%s should listen on port %u with another protocol: it has a %s socket there", name,
                            port, p->n_listeners ? transport_name(p->listeners[0].transport) : "different");
    case READY_NOT_ASKED:
    case READY_NEVER: return arena_printf(e->arena, "%s never listened on port %u", name, port);
    case READY: break;
    }
    return arena_printf(e->arena, "%s %s, and %s could not connect to it any more", name,
                        story_status(e->arena, p->exit_status), actor_name(e));
}

/* ---- headlines ------------------------------------------------------------------------------------------------------------------ */

static const char *bad_end(const struct evidence *e)
{
    const struct program_record *p = e->program;

    if (p && p->exit_status >= 0 && WIFSIGNALED(p->exit_status))
        return arena_printf(e->arena, "every answer was right, but %s %s", program_name(e),
                            story_status(e->arena, p->exit_status));
    return arena_printf(e->arena, "every answer was right, but a sanitizer found a mistake in the memory of %s", program_name(e));
}

static const char *which(const struct evidence *e)
{
    if (e->failed->items < 2)
        return "";
    return arena_printf(e->arena, " as answer %u of %u", e->failed->item + 1, e->failed->items);
}

static const char *expected_but(const struct evidence *e, const char *what)
{
    return arena_printf(e->arena, "%s expected %s%s, but %s", actor_name(e), story_quote(e->arena, &e->failed->expected),
                        which(e), what);
}

static const char *came(const struct evidence *e)
{
    return story_quote(e->arena, &e->failed->came);
}

static const char *too_little(const struct evidence *e)
{
    if (e->failed->came.total == 0)
        return expected_but(e, "nothing came");
    if (e->failed->at >= e->failed->came.total)
        return expected_but(e, arena_printf(e->arena, "only the beginning came: %s", came(e)));
    return expected_but(e, arena_printf(e->arena, "only %s came", came(e)));
}

static const char *other_came(const struct evidence *e)
{
    if (e->failed->came.total == 0)
        return expected_but(e, "an empty message came");
    if (e->failed->from_port && e->failed->at >= e->failed->came.total)
        return arena_printf(e->arena, "the answer to %s came from port %u, not from the port that was asked", actor_name(e),
                            e->failed->from_port);
    return expected_but(e, arena_printf(e->arena, "%s came", came(e)));
}

static const char *unasked(const struct evidence *e)
{
    const char *who = e->step ? actor_name(e) : e->spec->peers[e->failed->item].name;

    if (e->step && (e->step->verb == VERB_GETS_END || e->step->verb == VERB_GETS_RESET))
        return arena_printf(e->arena, "%s expected the end of the connection, but %s came", who, came(e));
    return arena_printf(e->arena, "%s got %s, which nobody had asked for", who, came(e));
}

static const char *exited(const struct evidence *e)
{
    return arena_printf(e->arena, "%s %s, but it should have gone on", program_name(e),
                        story_status(e->arena, e->program ? e->program->exit_status : -1));
}

static const char *connection_lost(const struct evidence *e, const char *how)
{
    const struct step_record *f = e->failed;

    if (e->program && e->program->exited && e->program->exit_status >= 0)
        return arena_printf(e->arena, "%s %s while %s waited for %s", program_name(e),
                            story_status(e->arena, e->program->exit_status), actor_name(e),
                            f->expected.total ? story_quote(e->arena, &f->expected) : "it");
    if (f->expected.total == 0)
        return arena_printf(e->arena, "%s %s the connection of %s", program_name(e), how, actor_name(e));
    if (f->came.total)
        return expected_but(e, arena_printf(e->arena, "%s %s the connection after %s", program_name(e), how, came(e)));
    return expected_but(e, arena_printf(e->arena, "%s %s the connection", program_name(e), how));
}

const char *story_headline(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f)
        return bad_end(e);
    switch (f->outcome) {
    case STEP_PASSED: return "";
    case STEP_OTHER_CAME: return other_came(e);
    case STEP_TOO_LITTLE: return too_little(e);
    case STEP_BAD_FRAME: return expected_but(e, arena_printf(e->arena, "%s came, which is no message at all", came(e)));
    case STEP_CAME_UNASKED: return unasked(e);
    case STEP_ENDED: return connection_lost(e, "closed");
    case STEP_RESET: return connection_lost(e, "reset");
    case STEP_STILL_OPEN:
        return arena_printf(e->arena, "%s should have closed the connection of %s, but it is still open", program_name(e), actor_name(e));
    case STEP_ENDED_CLEANLY:
        return arena_printf(e->arena, "%s expected a reset, but the connection was closed in order", actor_name(e));
    case STEP_REFUSED: return arena_printf(e->arena, "nobody answered %s: the connection was refused", actor_name(e));
    case STEP_NOT_REFUSED: return arena_printf(e->arena, "the connection of %s should have been refused", actor_name(e));
    case STEP_NOT_LISTENING: return unready(e);
    case STEP_EXITED: return exited(e);
    case STEP_STILL_RUNS: return arena_printf(e->arena, "%s should have ended, but it still runs", program_name(e));
    case STEP_OTHER_EXIT:
        return arena_printf(e->arena, "%s %s, where %s was expected", program_name(e),
                            story_status(e->arena, f->exit_status), e->step ? e->step->value.source : "another status");
    case STEP_NOT_PRINTED:
        return arena_printf(e->arena, "%s should print %s, but printed %s", program_name(e),
                            story_quote(e->arena, &f->expected), came(e));
    case STEP_NOT_STALLED: return arena_printf(e->arena, "%s should have stopped reading, but took all that %s sent", program_name(e), actor_name(e));
    case STEP_LIMIT: return "the step could not be decided";
    }
    return "";
}

/* ---- how it was decided ----------------------------------------------------------------------------------------------------------- */

/* linux/tcp_states.h: the peer has ended, and the program has not closed its end yet. */
#define TCP_STATE_CLOSE_WAIT 8

static const char *connection_state(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f->tcp_state || !e->step)
        return "";
    if (!f->accepted)
        return arena_printf(e->arena, ", and has not accepted the connection of %s", actor_name(e));
    if (f->tcp_state == TCP_STATE_CLOSE_WAIT && f->unread == 0)
        return ", though it has read the end of what we sent";
    if (f->unread)
        return arena_printf(e->arena, ", and has left %u bytes of %s unread", f->unread, actor_name(e));
    return arena_printf(e->arena, ", and it has read all that %s sent", actor_name(e));
}

const char *story_how(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const char *took, *name = program_name(e);

    if (!f)
        return NULL;
    took = duration(e->arena, f->took);
    switch (f->decided) {
    case BY_FACT: return NULL;
    case BY_IDLE:
        return arena_printf(e->arena, "after %s: %s sleeps until somebody sends more%s", took, name, connection_state(e));
    case BY_TIMER:
        return arena_printf(e->arena, "after %s: %s sleeps, but for a timer of its own%s", took, name, connection_state(e));
    case BY_DEADLINE:
        if (f->timers)
            return arena_printf(e->arena, "after %s: %s waits with a time-out of its own%s", took, name, connection_state(e));
        return arena_printf(e->arena, "after %s: %s was still at work (%s of CPU time)%s", took, name,
                            duration(e->arena, f->cpu), connection_state(e));
    case BY_SETTLING:
        return arena_printf(e->arena, "by time: nothing happened for %s (this machine hides what programs do)", took);
    }
    return NULL;
}
