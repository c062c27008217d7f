/*
 * story.c - kind, exact sentences about what went wrong.
 *
 * They are for students in their second year: who expected what, and what happened instead. Nothing here
 * guesses why.
 */
#include "judge/story.h"
#include "judge/grammar.h"
#include "judge/pace.h"
#include "judge/phrases.h"
#include "kernel/sockdiag.h"

#include <sys/wait.h>

/* ---- a program that never became ready ----------------------------------------------------------------- */

/* Where it should listen, but does not. */
struct place {
    enum transport transport;
    uint16_t port;    /* 0: of its own choice */
    const char *path; /* of a Unix socket */
};

/* "port 8080"; "a TCP port" of the program's own choice; "the Unix socket a.sock". */
static const char *place_phrase(const struct evidence *e, const struct place *p)
{
    if (p->path)
        return arena_printf(e->arena, "the Unix socket %s", p->path);
    return p->port ? arena_printf(e->arena, "port %u", p->port)
                   : arena_printf(e->arena, "a %s port", transport_name(p->transport));
}

static const char *listener_phrase(const struct evidence *e, const struct listener_record *l)
{
    if (l->transport != TRANSPORT_UNIX)
        return arena_printf(e->arena, "port %u", l->port);
    return arena_printf(e->arena, "the Unix socket %s", l->address ? phrase_text(e->arena, l->address) : "?");
}

/* What it listens on instead: the same transport's port first, for it may have other sockets too. */
static const char *listens_elsewhere(const struct evidence *e, const struct place *place)
{
    const struct program_record *p = e->program;
    const struct listener_record *there = NULL;
    const char *where = place_phrase(e, place);
    enum transport transport = place->transport;

    for (size_t i = 0; i < p->n_listeners; i++) {
        const struct listener_record *l = &p->listeners[i];
        bool better =
            !there || (there->transport != (uint8_t)transport && l->transport == (uint8_t)transport);

        if (better && (l->transport == TRANSPORT_UNIX || !evidence_was_given(p, l->port)))
            there = l;
    }
    if (!there)
        return arena_printf(e->arena, "%s does not listen on %s", phrase_program(e), where);
    return arena_printf(e->arena, "%s should listen on %s, but listens on %s", phrase_program(e), where,
                        listener_phrase(e, there));
}

/* The right port, at an address where no peer reaches it. */
static const char *unreachable(const struct evidence *e, uint16_t port)
{
    const struct program_record *p = e->program;
    const struct listener_record *there = NULL;

    for (size_t i = 0; i < p->n_listeners; i++)
        if (p->listeners[i].port == port || !there)
            there = &p->listeners[i];
    if (!there)
        return arena_printf(e->arena, "%s does not listen on port %u", phrase_program(e), port);
    return arena_printf(e->arena, "%s listens on port %u only for %s%s, where %s", phrase_program(e),
                        there->port, there->no_ipv4 ? "IPv6, at " : "the address ",
                        there->address ? phrase_text(e->arena, there->address) : "?",
                        there->no_ipv4 ? "clients that speak IPv4 do not reach it"
                                       : "its clients do not reach it");
}

static const char *exited_unready(const struct evidence *e, const struct place *place)
{
    const char *status = story_status(e->arena, e->program->exit_status);

    if (e->program->n_ports == 0)
        return arena_printf(e->arena, "%s %s, but it should be running", phrase_program(e), status);
    if (!place->port && !place->path)
        return arena_printf(e->arena, "%s %s before it listened", phrase_program(e), status);
    return arena_printf(e->arena, "%s %s before it listened on %s", phrase_program(e), status,
                        place_phrase(e, place));
}

static const char *other_transport(const struct evidence *e, const struct place *p)
{
    bool numbered = p->port && !p->path;
    const char *kind = numbered ? arena_printf(e->arena, "%s ", transport_name(p->transport)) : "";
    enum transport instead = p->transport == TRANSPORT_TCP ? TRANSPORT_UDP : TRANSPORT_TCP;

    return arena_printf(e->arena, "%s should listen on %s%s, but has a %s socket%s", phrase_program(e), kind,
                        place_phrase(e, p), transport_name(instead), numbered ? " there" : "");
}

static const char *unready(const struct evidence *e)
{
    const struct program_record *p = e->program;
    const struct endpoint *missing;
    const char *name = phrase_program(e);
    struct place place = {0};

    if (!p)
        return "the program was not started";
    missing = evidence_missing(e, &place.port);
    if (missing) {
        place.transport = missing->transport;
        place.path = missing->path;
    }
    if (p->exited && p->readiness != READY_NOT_FOUND && !p->ready_after)
        return exited_unready(e, &place);
    switch (p->readiness) {
    case READY_NOT_FOUND:
        return arena_printf(e->arena, "%s could not be started: %s", name,
                            p->limit ? phrase_text(e->arena, p->limit) : "nobody knows why");
    case READY_OTHER_PORT: return listens_elsewhere(e, &place);
    case READY_OTHER_TRANSPORT: return other_transport(e, &place);
    case READY_OTHER_ADDRESS: return unreachable(e, place.port);
    case READY_NOT_ASKED:
    case READY_NEVER: return arena_printf(e->arena, "%s never listened on %s", name, place_phrase(e, &place));
    case READY:
    case READY_EXITED: break;
    }
    return arena_printf(e->arena, "%s %s, and nobody could connect to it any more", name,
                        story_status(e->arena, p->exit_status));
}

/* ---- what a peer got ----------------------------------------------------------------------------------- */

static const char *expected_but(const struct evidence *e, const char *what)
{
    return arena_printf(e->arena, "%s expected %s, but %s", phrase_actor(e), phrase_expected(e), what);
}

static const char *came(const struct evidence *e)
{
    return story_quote(e->arena, &e->failed->came);
}

/* The framing of the failed step's peer; NULL: it is none of a peer on a stream. */
static const struct framing *framing_of(const struct evidence *e)
{
    return e->step && e->step->actor_kind == ACTOR_PEER ? step_framing(e->spec, e->test, e->step) : NULL;
}

static bool lacks_its_end(const struct evidence *e, enum framing_kind kind)
{
    const struct step_record *f = e->failed;
    const struct framing *framing = framing_of(e);

    return framing && framing->kind == kind && f->came.total == f->expected.total &&
           f->at == f->expected.total && !phrase_expects_regex(e);
}

/* HTTP says itself what is wrong with a message, or missing. */
static bool breaks_syntax(const struct evidence *e)
{
    const struct framing *f = framing_of(e);

    return f && (f->kind == FRAMING_HTTP || f->kind == FRAMING_FIELDS) && grammar_says(e);
}

static const char *too_little(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (f->came.total == 0)
        return expected_but(e, "nothing came");
    if (lacks_its_end(e, FRAMING_EOF))
        return expected_but(e, "it came without the end of the connection that ends it");
    if (lacks_its_end(e, FRAMING_DELIMITER)) {
        struct bytes end = framing_of(e)->delimiter;
        struct excerpt delimiter = {.total = end.len, .head = end};
        return expected_but(e, arena_printf(e->arena, "it came without the %s that ends it",
                                            story_quote(e->arena, &delimiter)));
    }
    if (breaks_syntax(e))
        return expected_but(e, arena_printf(e->arena, "only %s came: %s", came(e), grammar_says(e)));
    if (f->at >= f->came.total)
        return expected_but(e, arena_printf(e->arena, "only the beginning came: %s", came(e)));
    return expected_but(e, arena_printf(e->arena, "only %s came", came(e)));
}

/* The content is right, or may be: what is wrong is where it came from. */
static bool is_from_elsewhere(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f->from_port || !e->step || !e->step->from_service)
        return false;
    return phrase_expects_regex(e) || (f->at >= f->came.total && f->at >= f->expected.total);
}

static const char *other_came(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const char *why;

    if (is_from_elsewhere(e))
        return arena_printf(e->arena, "the answer to %s came from port %u, not from the port that was asked",
                            phrase_actor(e), f->from_port);
    if (f->came.total == 0)
        return expected_but(e, "an empty message came");
    why = phrase_out_of_place(e);
    if (!why)
        why = grammar_says(e);
    if (why)
        return expected_but(e, arena_printf(e->arena, "%s came: %s", came(e), why));
    if (f->at < STORY_QUOTE_MAX)
        return expected_but(e, arena_printf(e->arena, "%s came", came(e)));
    return expected_but(e, arena_printf(e->arena, "%s came, of which the first %llu bytes are right", came(e),
                                        (unsigned long long)f->at));
}

static const char *bad_frame(const struct evidence *e)
{
    const struct framing *framing = framing_of(e);
    struct frame frame = {0};
    enum framed framed = framing ? framing_next(framing, e->failed->frame, &frame) : FRAMED_TOO_LONG;

    if (breaks_syntax(e))
        return expected_but(e, arena_printf(e->arena, "%s came: %s", came(e), grammar_says(e)));
    if (!frame.header && framing && framing->kind == FRAMING_ASCII)
        return expected_but(e, arena_printf(e->arena, "what came does not begin with a length: %s", came(e)));
    if (!frame.header)
        return expected_but(e,
                            arena_printf(e->arena, "what came is longer than a message may be: %s", came(e)));
    if (framed == FRAMED_INVALID)
        return expected_but(
            e, arena_printf(e->arena, "a length of %llu came, which is less than the length field itself",
                            (unsigned long long)frame.announced));
    return expected_but(e, arena_printf(e->arena,
                                        "a length of %llu came, which is more than a message may have: %s",
                                        (unsigned long long)frame.announced, came(e)));
}

static const char *unasked(const struct evidence *e)
{
    const struct test *t = e->test;

    if (!e->step)
        return arena_printf(e->arena, "%s got %s, which nobody had asked for",
                            e->failed->item < t->n_peers ? t->peers[e->failed->item].name : "a peer",
                            came(e));
    if (e->step->actor_kind != ACTOR_PEER)
        return arena_printf(e->arena, "%s should print nothing, but printed %s", phrase_program(e), came(e));
    if (e->step->verb == VERB_GETS_END || e->step->verb == VERB_GETS_RESET)
        return arena_printf(e->arena, "%s expected the end of the connection, but %s came", phrase_actor(e),
                            came(e));
    return arena_printf(e->arena, "%s expected nothing, but %s came", phrase_actor(e), came(e));
}

/* ---- what became of a connection ----------------------------------------------------------------------- */

static const char *no_tls(const struct evidence *e)
{
    return arena_printf(e->arena, "no TLS came about between %s and %s: %s", phrase_actor(e),
                        phrase_program(e),
                        e->failed->tls ? phrase_text(e->arena, e->failed->tls)
                                       : "the program did not go on with the handshake");
}

/* In TLS an end that was not announced, and whatever breaks it, is as good as a reset. */
static const char *tls_lost(const struct evidence *e)
{
    return arena_printf(e->arena, "%s expected %s from %s, but %s", phrase_actor(e),
                        e->failed->items > 0                        ? phrase_expected(e)
                        : e->step && e->step->verb == VERB_GETS_END ? "the end of the connection"
                                                                    : "its connection to go on",
                        phrase_program(e), phrase_text(e->arena, e->failed->tls));
}

/* `how` is "closed" or "reset". */
static const char *connection_lost(const struct evidence *e, const char *how)
{
    const struct step_record *f = e->failed;
    bool waited = f->items > 0;

    if (f->tls)
        return tls_lost(e);
    if (e->program && e->program->exited && e->program->exit_status >= 0)
        return arena_printf(e->arena, "%s %s while %s %s %s", phrase_program(e),
                            story_status(e->arena, e->program->exit_status), phrase_actor(e),
                            waited ? "waited for" : "was still", waited ? phrase_expected(e) : "connected");
    if (e->step && e->step->verb == VERB_GETS_END)
        return arena_printf(e->arena, "%s expected the end of the connection, but %s reset it",
                            phrase_actor(e), phrase_program(e));
    if (!waited)
        return arena_printf(e->arena, "%s %s the connection of %s too early", phrase_program(e), how,
                            phrase_actor(e));
    if (f->came.total)
        return expected_but(
            e, arena_printf(e->arena, "%s %s the connection after %s", phrase_program(e), how, came(e)));
    return expected_but(e, arena_printf(e->arena, "%s %s the connection", phrase_program(e), how));
}

static const char *refused(const struct evidence *e)
{
    const struct program_record *p = e->program;

    if (p && p->exited && p->exit_status >= 0)
        return arena_printf(e->arena, "%s %s: nobody answers %s any more", phrase_program(e),
                            story_status(e->arena, p->exit_status), phrase_actor(e));
    if (framing_of(e) && framing_of(e)->kind == FRAMING_DATAGRAM)
        return arena_printf(e->arena, "nobody listens on the port that %s sends to", phrase_actor(e));
    if (e->failed->decided != BY_FACT)
        return arena_printf(e->arena, "the connection of %s did not come about in time: nobody took it",
                            phrase_actor(e));
    return arena_printf(e->arena, "the connection of %s was refused", phrase_actor(e));
}

static const char *still_open(const struct evidence *e)
{
    const char *verb = e->step && e->step->verb == VERB_GETS_RESET ? "reset" : "closed";

    return arena_printf(e->arena, "%s should have %s the connection of %s, but it is still open",
                        phrase_program(e), verb, phrase_actor(e));
}

/* ---- what became of a program -------------------------------------------------------------------------- */

static const char *ended_badly(const struct evidence *e)
{
    const struct program_record *p = e->program;

    if (!p)
        return "every answer was right, but a program ended badly";
    if (p->exit_status >= 0 && WIFSIGNALED(p->exit_status) && !evidence_sanitizer(p))
        return arena_printf(e->arena, "every answer was right, but %s %s%s", phrase_program(e),
                            story_status(e->arena, p->exit_status),
                            p->terminated ? " when it was told to end" : "");
    return arena_printf(e->arena, "every answer was right, but a sanitizer reported a mistake in %s",
                        phrase_program(e));
}

static const char *exited(const struct evidence *e)
{
    int status = e->failed->exit_status >= 0 ? e->failed->exit_status
                 : e->program                ? e->program->exit_status
                                             : -1;

    return arena_printf(e->arena, "%s %s, but it should have gone on", phrase_program(e),
                        story_status(e->arena, status));
}

static const char *wanted_exit(const struct evidence *e)
{
    const struct value *v = e->step ? &e->step->value : NULL;

    if (v && v->kind == VALUE_BYTES)
        return story_quote(e->arena, &e->failed->expected);
    if (!v || (v->kind != VALUE_CODE && v->kind != VALUE_SIGNAL))
        return "another end";
    if (v->kind == VALUE_SIGNAL)
        return arena_printf(e->arena, "an end by %s", v->source ? v->source : "a signal");
    if (v->any)
        return "an exit";
    return arena_printf(e->arena, "%sstatus %d", v->unlike ? "any but " : "", v->number);
}

static const char *not_printed(const struct evidence *e)
{
    const char *none = e->failed->came_is_message ? "an empty line" : "nothing";
    const char *what = e->failed->came.total ? came(e) : none;
    const char *why = e->failed->reason ? phrase_text(e->arena, e->failed->reason) : NULL;

    return arena_printf(e->arena, "%s should print %s, but printed %s%s%s", phrase_program(e),
                        phrase_expected(e), what, why ? ": " : "", why ? why : "");
}

/* ---- who came, how much, in which order, when -----------------------------------------------------------
 */

static const char *of_listener(const struct evidence *e)
{
    bool stream = !e->step || e->step->actor_kind != ACTOR_PEER ||
                  transport_is_stream(e->test->peers[e->step->actor].transport);

    if (e->failed->outcome == STEP_CONNECTED)
        return arena_printf(e->arena, "nobody should have come to %s, but %s", phrase_actor(e),
                            stream ? "somebody connected" : "a datagram came");
    if (e->program && e->program->exited && e->program->exit_status >= 0)
        return arena_printf(e->arena, "%s %s, and never %s %s", phrase_program(e),
                            story_status(e->arena, e->program->exit_status),
                            stream ? "connected to" : "sent anything to", phrase_actor(e));
    return arena_printf(e->arena, "%s never %s %s", phrase_program(e),
                        stream ? "connected to" : "sent anything to", phrase_actor(e));
}

static const char *other_count(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!e->step)
        return "another number of messages came";
    if (e->step->got_messages != UINT64_MAX && e->step->got_messages != f->count)
        return arena_printf(e->arena, "%s should have got %llu messages by now, but got %llu",
                            phrase_actor(e), (unsigned long long)e->step->got_messages,
                            (unsigned long long)f->count);
    return arena_printf(e->arena, "%s should have got %s by now, but got %s", phrase_actor(e),
                        phrase_bytes(e->arena, e->step->got_bytes), phrase_bytes(e->arena, f->came.total));
}

static const char *leaks(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (f->stale)
        return arena_printf(e->arena, "%s still holds %u connection%s that the other side has closed",
                            phrase_program(e), f->stale, f->stale == 1 ? "" : "s");
    if (f->zombies)
        return arena_printf(e->arena, "%s has %u ended child%s that it did not wait for", phrase_program(e),
                            f->zombies, f->zombies == 1 ? "" : "ren");
    return arena_printf(e->arena, "%s had %u descriptors open when it was ready, and has %u after %u clients",
                        phrase_program(e), f->fds_before, f->fds_now, f->visits);
}

static const char *of_file(const struct evidence *e)
{
    const char *path = e->step && e->step->path ? phrase_text(e->arena, e->step->path) : "of this name";

    if (e->failed->outcome == STEP_FILE_THERE)
        return arena_printf(e->arena, "there should be no file %s, but there is", path);
    if (e->failed->outcome == STEP_NO_FILE)
        return arena_printf(e->arena, "there should be a file %s, but there is none", path);
    if (e->failed->outcome == STEP_OTHER_MODE)
        return arena_printf(e->arena, "the file %s should have mode %s, but has %s", path, phrase_expected(e),
                            came(e));
    if (phrase_expects_regex(e))
        return arena_printf(e->arena, "the file %s should match %s, but holds %s", path, phrase_expected(e),
                            came(e));
    if (e->failed->at < STORY_QUOTE_MAX)
        return arena_printf(e->arena, "the file %s should hold %s, but holds %s", path, phrase_expected(e),
                            e->failed->came.total ? came(e) : "nothing");
    return arena_printf(e->arena, "the file %s should hold %s, but holds %s; the first %llu are right", path,
                        phrase_bytes(e->arena, e->failed->expected.total),
                        phrase_bytes(e->arena, e->failed->came.total), (unsigned long long)e->failed->at);
}

static const char *order_actor(const struct evidence *e, size_t i)
{
    return e->step && i < e->step->n_actors ? e->test->peers[e->step->actors[i]].name : "a peer";
}

static const char *other_order(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const char *first = order_actor(e, 0), *other = order_actor(e, f->item);

    return arena_printf(
        e->arena,
        "%s and %s should get the same in the same order, but message %llu was %s for %s and %s for %s",
        first, other, (unsigned long long)f->count,
        f->expected.total ? story_quote(e->arena, &f->expected) : "missing", first,
        f->came.total ? came(e) : "missing", other);
}

/* ---- headlines ----------------------------------------------------------------------------------------- */

static const char *of_program(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (f->outcome == STEP_STILL_RUNS)
        return arena_printf(e->arena, "%s should have ended, but it still runs", phrase_program(e));
    if (f->outcome == STEP_NOT_STUCK)
        return arena_printf(e->arena, "%s should wait until somebody reads what it sends, but does not",
                            phrase_program(e));
    if (f->outcome == STEP_NOT_STALLED)
        return arena_printf(e->arena, "%s should have stopped reading, but took all that %s sent",
                            phrase_program(e), phrase_actor(e));
    return arena_printf(e->arena, "%s %s, where %s was expected", phrase_program(e),
                        story_status(e->arena, f->exit_status), wanted_exit(e));
}

const char *story_headline(const struct evidence *e)
{
    if (!e->failed)
        return ended_badly(e);
    switch (e->failed->outcome) {
    case STEP_PASSED: return "";
    case STEP_OTHER_CAME: return other_came(e);
    case STEP_TOO_LITTLE: return too_little(e);
    case STEP_BAD_FRAME: return bad_frame(e);
    case STEP_CAME_UNASKED: return unasked(e);
    case STEP_ENDED: return connection_lost(e, "closed");
    case STEP_RESET: return connection_lost(e, "reset");
    case STEP_STILL_OPEN: return still_open(e);
    case STEP_ENDED_CLEANLY:
        return arena_printf(e->arena, "%s expected a reset, but the connection was closed in good order",
                            phrase_actor(e));
    case STEP_REFUSED: return refused(e);
    case STEP_NO_TLS: return no_tls(e);
    case STEP_NOT_REFUSED:
        return arena_printf(e->arena, "the connection of %s should have been refused, but was not",
                            phrase_actor(e));
    case STEP_NOT_LISTENING: return unready(e);
    case STEP_EXITED: return exited(e);
    case STEP_NOT_PRINTED: return not_printed(e);
    case STEP_STILL_RUNS:
    case STEP_OTHER_EXIT:
    case STEP_NOT_STUCK:
    case STEP_NOT_STALLED: return of_program(e);
    case STEP_NO_CONNECTION:
    case STEP_CONNECTED: return of_listener(e);
    case STEP_OTHER_COUNT: return other_count(e);
    case STEP_LEAKS: return leaks(e);
    case STEP_OTHER_FILE:
    case STEP_NO_FILE:
    case STEP_OTHER_MODE:
    case STEP_FILE_THERE: return of_file(e);
    case STEP_HOLDS_IP:
        return arena_printf(e->arena, "%s should hold no IP sockets, but holds %s", phrase_program(e),
                            came(e));
    case STEP_OTHER_ORDER: return other_order(e);
    case STEP_BROKE_RULES: return grammar_breach(e);
    case STEP_OTHER_PACE: return pace_other(e);
    case STEP_CHECK_FAILED: return grammar_check(e);
    case STEP_TOO_SOON:
    case STEP_TOO_LATE: return pace_off(e);
    case STEP_LIMIT: return "the step could not be decided";
    }
    return "";
}

/* ---- how it was decided -------------------------------------------------------------------------------- */

static const char *connection_state(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f->tcp_state || !e->step || e->step->actor_kind != ACTOR_PEER)
        return "";
    if (!f->accepted)
        return arena_printf(e->arena, ", and has not accepted the connection of %s", phrase_actor(e));
    if (f->tcp_state == TCP_STATE_CLOSE_WAIT && f->unread == 0)
        return ", though it has read the end of what we sent";
    if (f->unread)
        return arena_printf(e->arena, ", and has left %s of %s unread", phrase_bytes(e->arena, f->unread),
                            phrase_actor(e));
    return arena_printf(e->arena, ", and it has read all that %s sent", phrase_actor(e));
}

const char *story_how(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const char *took, *name = phrase_program(e);

    if (!f)
        return NULL;
    took = phrase_duration(e->arena, f->took);
    switch (f->decided) {
    case BY_FACT: return NULL;
    case BY_IDLE:
        if (e->program && e->program->exit_status >= 0 && !e->program->terminated && !evidence_outlived(e))
            return arena_printf(e->arena, "after %s: %s has ended, and nothing is under way", took, name);
        return arena_printf(e->arena, "after %s: %s sleeps until somebody sends more%s", took, name,
                            connection_state(e));
    case BY_TIMER:
        return arena_printf(e->arena, "after %s: %s sleeps, but for a timer of its own%s", took, name,
                            connection_state(e));
    case BY_DEADLINE:
        if (f->timers)
            return arena_printf(e->arena, "after %s: %s waits with a time-out of its own%s", took, name,
                                connection_state(e));
        return arena_printf(e->arena, "after %s: %s was still at work (%s of CPU time)%s", took, name,
                            phrase_duration(e->arena, f->cpu), connection_state(e));
    case BY_SETTLING:
        return arena_printf(e->arena,
                            "by time: nothing happened for %s (this machine hides what programs do)", took);
    }
    return NULL;
}
