/*
 * connection.c - the life of a TCP connection: how it fills, how each of its two directions ends, and what it
 * leaves behind.
 */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "judge/story.h"
#include "kernel/sockdiag.h"

#include <string.h>

static const char *name(const struct evidence *e)
{
    return e->program ? e->spec->programs[e->program->program].name : "the program";
}

/* The peer of the failed step, where that is one on a stream; else NULL. */
static const struct peer *stream_peer(const struct evidence *e)
{
    const struct peer *p =
        e->step && e->step->actor_kind == ACTOR_PEER ? &e->test->peers[e->step->actor] : NULL;

    return p && transport_is_stream(p->transport) ? p : NULL;
}

/* The program has not ended by itself, which would end its connections too. */
static bool lives(const struct evidence *e)
{
    return e->program && !e->program->exited;
}

static bool outcome_is(const struct evidence *e, enum outcome o)
{
    return e->failed && e->failed->outcome == o;
}

static bool gets_bytes(const struct evidence *e)
{
    return stream_peer(e) && e->step->verb == VERB_GETS;
}

/* ---- a full connection --------------------------------------------------------------------------------- */

/* Has this peer stopped reading before the failed step? A calm play leaves out pauses too, and these may have
 * brought out another mistake. */
static bool reads_late(const struct evidence *e, size_t peer)
{
    for (const struct step *s = e->test->steps; s < e->step; s++)
        if (s->verb == VERB_STOPS_READING && s->actor == peer)
            return true;
    return false;
}

/* Who lacks bytes, and has read late; NULL: nobody. Where the order is at stake, either may be the one. */
static const struct peer *late_loser(const struct evidence *e)
{
    if (gets_bytes(e) && reads_late(e, e->step->actor))
        return stream_peer(e);
    for (size_t i = 0; outcome_is(e, STEP_OTHER_ORDER) && i < e->step->n_actors; i++)
        if (reads_late(e, e->step->actors[i]))
            return &e->test->peers[e->step->actors[i]];
    return NULL;
}

/* What the experiment adds to the evidence. */
static const char *with_short_sends(const struct evidence *e)
{
    if (e->short_sends != ANSWER_FAILED)
        return "";
    return "; played again with each of its sends taking a byte less than it is given, bytes are missing, "
           "too";
}

/* Who read late lost bytes, and goes on as if nothing had happened. */
static const char *lost_late(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct peer *loser = late_loser(e);
    bool order = outcome_is(e, STEP_OTHER_ORDER);

    if (e->calm != ANSWER_PASSED || !loser || (order && e->short_sends != ANSWER_FAILED))
        return NULL;
    if (!order && !outcome_is(e, STEP_OTHER_CAME) &&
        !(outcome_is(e, STEP_TOO_LITTLE) && f->unread == 0 && f->sending == 0 && f->decided != BY_DEADLINE))
        return NULL;
    if (order || (f->at == 0 && e->step->skipping == SKIP_ANYTHING))
        return arena_printf(e->arena,
                            "it passes when %s reads all the time, and otherwise what %s was to get at last "
                            "does not all come%s",
                            loser->name, loser->name, with_short_sends(e));
    if (f->at == 0)
        return NULL;
    return arena_printf(
        e->arena,
        "it passes when %s reads all the time, and otherwise bytes are missing after the first %s%s",
        loser->name, phrase_bytes(e->arena, f->at), with_short_sends(e));
}

static const char *detect_short_send(const struct evidence *e)
{
    if (!e->step || !lives(e) || e->short_sends == ANSWER_PASSED)
        return NULL;
    if (lost_late(e))
        return lost_late(e);
    if (e->short_sends != ANSWER_FAILED || !evidence_lacks_some(e->test, e->failed))
        return NULL;
    if (outcome_is(e, STEP_BAD_FRAME))
        return arena_printf(e->arena, "messages came without their ends, so that they run into one%s",
                            with_short_sends(e));
    return arena_printf(e->arena,
                        "%s has read all that was sent, and sleeps, but not all that it should send came%s",
                        name(e), with_short_sends(e));
}

/* Who has stopped reading from the same program before the failed step, its own peer if that has; NULL:
 * nobody. */
static const struct peer *late_reader(const struct evidence *e)
{
    const struct peer *mine = stream_peer(e), *found = NULL;

    for (const struct step *s = e->test->steps; s < e->step; s++)
        if (s->verb == VERB_STOPS_READING && e->test->peers[s->actor].program == mine->program &&
            found != mine)
            found = &e->test->peers[s->actor];
    return found;
}

/* Where one is slow, it may be another whose connection is full first. */
static const char *detect_eagain(const struct evidence *e)
{
    bool sends = stream_peer(e) && e->step->verb == VERB_SENDS; /* more, to be answered later */

    if (e->calm != ANSWER_PASSED || !lives(e) || !(sends || gets_bytes(e)) || !late_reader(e) ||
        !(outcome_is(e, STEP_ENDED) || outcome_is(e, STEP_RESET)))
        return NULL;
    return arena_printf(e->arena,
                        "it passes when %s reads all the time, and the connection of %s breaks off when %s "
                        "reads late",
                        late_reader(e)->name, stream_peer(e)->name, late_reader(e)->name);
}

/* ---- ends ---------------------------------------------------------------------------------------------- */

/* Has the peer of the failed step half-closed before it, or a program's input ended? That of another peer is
 * not what it lost its answer by. */
static bool an_end_came(const struct evidence *e)
{
    for (const struct step *s = e->test->steps; s < e->step; s++)
        if (s->verb == VERB_TYPES_END || (s->verb == VERB_HALF_CLOSES && s->actor == e->step->actor))
            return true;
    return false;
}

static const char *detect_half_close(const struct evidence *e)
{
    bool printing = e->failed && e->failed->outcome == STEP_NOT_PRINTED;

    if (e->unended != ANSWER_PASSED || !e->program || outcome_is(e, STEP_OTHER_CAME))
        return NULL;
    if (!printing && !(gets_bytes(e) && lives(e) && an_end_came(e)))
        return NULL;
    if (printing)
        return arena_printf(e->arena,
                            "the answer is printed as long as the input goes on, and is lost when it ends");
    return arena_printf(e->arena,
                        "%s gets its answer as long as it does not half-close, and loses it when it does",
                        stream_peer(e)->name);
}

static const char *left_unread(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const char *peer = stream_peer(e)->name;

    if (f->lost)
        return arena_printf(e->arena, "%s was still sending", peer);
    return f->unread ? arena_printf(e->arena, "%s were unread", phrase_bytes(e->arena, f->unread))
                     : arena_printf(e->arena, "not all that %s had sent was read", peer);
}

/* What a reset destroys is not told apart from what was never sent: but that bytes were left unread is. In
 * place of the end, behind an answer, nothing else makes one. */
static const char *detect_unread(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!outcome_is(e, STEP_RESET) || !lives(e) || e->calm == ANSWER_PASSED || e->unended == ANSWER_PASSED)
        return NULL;
    if (stream_peer(e) && e->step->verb == VERB_GETS_END && evidence_was_answered(e, e->step->actor))
        return arena_printf(e->arena,
                            "in place of the end a reset came: %s had closed the connection while %s",
                            name(e), left_unread(e));
    if (!gets_bytes(e) || f->at < f->came.total || f->came.total == 0 || (f->unread == 0 && f->lost == 0))
        return NULL;
    return arena_printf(e->arena,
                        "%s of a right answer came, then a reset: %s had closed the connection while %s",
                        phrase_bytes(e->arena, f->came.total), name(e), left_unread(e));
}

static bool input_has_ended(const struct evidence *e)
{
    for (const struct step *s = e->test->steps; s < e->step; s++)
        if (s->verb == VERB_TYPES_END && s->actor == e->program->program)
            return true;
    return test_program(e->spec, e->test, e->program->program)->stdin_kind == STDIN_CLOSED;
}

/* The step before of the same peer brought an answer, and it has not ended its own stream: all was said. */
static bool was_answered_last(const struct evidence *e)
{
    const struct step *last = NULL;

    for (const struct step *s = e->test->steps; s < e->step; s++) {
        if (s->actor_kind != ACTOR_PEER || s->actor != e->step->actor)
            continue;
        if (s->verb == VERB_HALF_CLOSES)
            return false;
        last = s;
    }
    return last && last->verb == VERB_GETS;
}

static const char *detect_never_closes(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct peer *peer = stream_peer(e);

    if (!outcome_is(e, STEP_STILL_OPEN) || !lives(e) || !peer || e->step->verb != VERB_GETS_END ||
        f->decided == BY_DEADLINE || f->unread || !f->accepted)
        return NULL;
    if (f->tcp_state == TCP_STATE_CLOSE_WAIT)
        return arena_printf(e->arena,
                            "%s has read the end of %s's stream, sleeps, and keeps its own end open", name(e),
                            peer->name);
    if (peer->kind == PEER_CONNECTS && f->tcp_state == TCP_STATE_ESTABLISHED && was_answered_last(e))
        return arena_printf(e->arena,
                            "%s has got all that it was to get; %s sleeps, and keeps the connection open",
                            peer->name, name(e));
    if (peer->kind != PEER_ACCEPTED || f->tcp_state != TCP_STATE_ESTABLISHED || !input_has_ended(e))
        return NULL;
    return arena_printf(e->arena, "the standard input of %s is at its end, and %s is not told so", name(e),
                        peer->name);
}

/* The stream that the program had come bytes from, of a peer that did not end it, when it had to print or to
 * exit; NULL: there is none. */
static const struct peer *still_speaks(const struct evidence *e)
{
    const struct peer *found = NULL;

    for (const struct step *s = e->test->steps; s < e->step; s++) {
        const struct peer *p = s->actor_kind == ACTOR_PEER ? &e->test->peers[s->actor] : NULL;

        if (!p || !transport_is_stream(p->transport) || p->program != e->program->program)
            continue;
        if (s->verb == VERB_SENDS)
            found = p;
        else if (p == found &&
                 (s->verb == VERB_CLOSES || s->verb == VERB_HALF_CLOSES || s->verb == VERB_RESETS))
            found = NULL;
    }
    return found;
}

/* It sleeps in a read of a connection, and has read all that came. */
static bool waits_for_more(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    return f->reading && !f->on_stdin && f->unread == 0 && (f->decided == BY_IDLE || f->decided == BY_TIMER);
}

/* Nothing was printed, or it did not end, before its peer ended the stream at the end of the play. */
static const char *result_at_end(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct program_record *p = e->program;
    bool printed, ended;

    if (!f || !p || !e->step || e->step->actor_kind != ACTOR_PROGRAM || !waits_for_more(e) ||
        !still_speaks(e))
        return NULL;
    printed = f->outcome == STEP_NOT_PRINTED && f->came.total == 0 && f->expected.total &&
              !phrase_expects_regex(e) && excerpt_is_whole(&f->expected) &&
              bytes_find(p->out.head, f->expected.head);
    ended =
        f->outcome == STEP_STILL_RUNS && p->exit_status == 0 && e->spec->programs[p->program].n_listens == 0;
    if (!printed && !ended)
        return NULL;
    return arena_printf(e->arena, "%s had read all that %s sent, and %s only after %s had ended its stream",
                        name(e), still_speaks(e)->name, printed ? "printed it" : "was through with it",
                        still_speaks(e)->name);
}

/* The step between the failed one and the one that it came too soon for, in which the other stream ends;
 * NULL: there is none. */
static const struct step *end_in_between(const struct evidence *e)
{
    for (uint32_t i = e->failed->step + 1; i < e->failed->due; i++) {
        const struct step *s = &e->test->steps[i];

        if (s->actor_kind == ACTOR_PEER && s->actor == e->failed->unended - 1 &&
            (s->verb == VERB_GETS_END || s->verb == VERB_HALF_CLOSES || s->verb == VERB_CLOSES))
            return s;
    }
    return NULL;
}

/* Two connections know nothing of each other: what one says of the other has to be true when it is said. */
static const char *detect_early_completion(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct step *end = f && f->unended && stream_peer(e) ? end_in_between(e) : NULL;
    const char *other;

    if (!end)
        return NULL;
    other = e->test->peers[f->unended - 1].name;
    if (end->verb == VERB_GETS_END)
        return arena_printf(e->arena,
                            "%s came while the program still had the connection of %s open: that had brought "
                            "%s by then, and no end",
                            story_quote(e->arena, &f->came), other, phrase_bytes(e->arena, f->unended_got));
    return arena_printf(e->arena, "%s came while %s had not ended yet what it sends",
                        story_quote(e->arena, &f->came), other);
}

static const char *detect_until_eof(const struct evidence *e)
{
    if (result_at_end(e))
        return result_at_end(e);
    if (!e->ending || !e->ending->answered || !stream_peer(e))
        return NULL;
    return arena_printf(e->arena, "%s got its answer only after it had half-closed", stream_peer(e)->name);
}

/* ---- starting, and what is left ------------------------------------------------------------------------ */

static bool wrote(const struct evidence *e, const char *words)
{
    return bytes_find(e->program->err.head, bytes_of(words)) ||
           bytes_find(e->program->err.tail, bytes_of(words));
}

static bool says_in_use(const struct evidence *e)
{
    return wrote(e, "ddress already in use") || wrote(e, "EADDRINUSE");
}

static bool restart_failed(const struct evidence *e)
{
    return outcome_is(e, STEP_NOT_LISTENING) && e->program && e->step && e->step->verb == VERB_RESTARTS;
}

static const char *detect_left_processes(const struct evidence *e)
{
    if (!restart_failed(e) || !e->program->port_held)
        return NULL;
    return arena_printf(e->arena, "%s was ended, yet a process of it still listens on its port", name(e));
}

/* NULL: it was not to listen on the port of another program, or that was not what it lacked. */
static const char *shared_port_denied(const struct evidence *e)
{
    const struct program *p = e->program ? &e->spec->programs[e->program->program] : NULL;

    if (!p || !outcome_is(e, STEP_NOT_LISTENING) || !says_in_use(e))
        return NULL;
    for (size_t i = 0; i < p->n_listens; i++)
        if (p->listens[i].port_kind == PORT_SHARED)
            return arena_printf(e->arena, "%s was to share the port of %s, and wrote that it is in use",
                                p->name, e->spec->programs[p->listens[i].shares].name);
    return NULL;
}

static const char *detect_no_reuse(const struct evidence *e)
{
    const struct program_record *p = e->program;

    if (shared_port_denied(e))
        return shared_port_denied(e);
    if (!restart_failed(e) || p->port_held || p->lingering == 0 || !(p->no_reuse || says_in_use(e)))
        return NULL;
    return arena_printf(
        e->arena, "started again, %s did not get its port: %u connection%s of the last run still %s it%s",
        name(e), p->lingering, p->lingering == 1 ? "" : "s", p->lingering == 1 ? "keeps" : "keep",
        p->readiness == READY_OTHER_PORT ? "; bind() said so, and it went on all the same" : "");
}

#define BACKLOG_TINY 2u

static const char *detect_backlog(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!outcome_is(e, STEP_REFUSED) || !stream_peer(e) || f->backlog > BACKLOG_TINY ||
        f->queued <= f->backlog)
        return NULL;
    return arena_printf(e->arena,
                        "%u client%s waited to be accepted, and %s had told listen() that %u may wait: the "
                        "next one was let wait "
                        "outside",
                        f->queued, f->queued == 1 ? "" : "s", name(e), f->backlog);
}

static const char *detect_zombies(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!outcome_is(e, STEP_LEAKS) || f->zombies == 0)
        return NULL;
    return arena_printf(e->arena, "after %u clients, %u children of %s have ended and are not waited for",
                        f->visits, f->zombies, name(e));
}

/* It answers no more, for it has opened as many as it may. */
static bool has_none_left(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    uint64_t most = e->spec->limits.open_files;

    return outcome_is(e, STEP_TOO_LITTLE) && f->fds_now >= most && f->fds_now - f->fds_before >= most / 2 &&
           f->fds_now > f->fds_before;
}

static const char *detect_fd_leak(const struct evidence *e)
{
    static const char none_left[] = "oo many open files"; /* EMFILE, in the words of most languages */
    const struct step_record *f = e->failed;

    if (f && e->program && wrote(e, none_left))
        return arena_printf(e->arena, "%s wrote “t%s”, of which it may have %llu", name(e), none_left,
                            (unsigned long long)e->spec->limits.open_files);
    if (!outcome_is(e, STEP_LEAKS) && !has_none_left(e))
        return NULL;
    return arena_printf(e->arena, "%s had %u descriptors open at first, and has %u after %u %s", name(e),
                        f->fds_before, f->fds_now, f->visits,
                        f->outcome == STEP_LEAKS ? "clients" : "datagrams");
}

/* ---- names --------------------------------------------------------------------------------------------- */

static const struct diagnosis short_send_ignored = {
    "short-send-ignored", FAMILY_STREAM, "what one send does not take is lost",
    "send() may take fewer bytes than you gave it: loop until all are sent.", 'S'};
static const struct diagnosis eagain_fatal = {
    "eagain-fatal", FAMILY_STREAM, "a connection that is full is taken for one that is broken",
    "Wait until the socket is writable (poll), and go on where you stopped.", 'R'};
static const struct diagnosis half_close_as_gone = {
    "half-close-as-gone", FAMILY_STREAM, "the end of one direction is taken for the end of both",
    "End of input ends one direction only: still send or read the answer, and then close.", 'S'};
static const struct diagnosis close_with_unread_data = {
    "close-with-unread-data", FAMILY_STREAM, "the connection is closed while there is something to read",
    "Closing then resets the connection, which may destroy your answer: shutdown(), read to the end, then "
    "close().",
    'S'};
static const struct diagnosis never_closes = {
    "never-closes", FAMILY_SERVER, "a connection that is done with stays open",
    "Close each connection when it is done (the parent's copy too), and half-close when you have said all.",
    'L'};
static const struct diagnosis early_completion = {"early-completion", FAMILY_SERVER,
                                                  "it says that it is done while data is still under way",
                                                  "Report completion after the data is out: when you have "
                                                  "closed the data connection, or have read its end.",
                                                  'R'};
static const struct diagnosis read_until_eof = {
    "read-until-eof", FAMILY_STREAM, "it waits for the end of the stream before it acts on what has come",
    "Act on what has come, and flush what you answer: the other side may keep its end open until it has "
    "that.",
    'S'};
static const struct diagnosis left_processes_behind = {
    "left-processes-behind", FAMILY_PROCESS, "children live on with the listening socket",
    "Close the listening socket in each child, and end each child with _exit() when its client has left.",
    'L'};
static const struct diagnosis no_reuseaddr = {"no-reuseaddr", FAMILY_ADDRESS,
                                              "the port cannot be bound by a second socket",
                                              "Set SO_REUSEADDR before bind.", 'A'};
static const struct diagnosis tiny_backlog = {"tiny-backlog", FAMILY_SERVER,
                                              "too few clients may wait to be accepted",
                                              "Give listen() a bigger backlog, such as SOMAXCONN.", 'A'};
static const struct diagnosis zombie_children = {
    "zombie-children", FAMILY_SERVER, "children that have ended are never waited for",
    "Reap children: waitpid(-1, ..., WNOHANG) in a loop, or ignore SIGCHLD.", 'L'};
static const struct diagnosis fd_leak = {
    "fd-leak", FAMILY_SERVER, "descriptors are opened for each client and never closed",
    "Close every descriptor that you no longer need (the parent's copy too).", 'L'};

const struct detector connection_detectors[] = {
    {&left_processes_behind, detect_left_processes},
    {&no_reuseaddr, detect_no_reuse},
    {&tiny_backlog, detect_backlog},
    {&zombie_children, detect_zombies},
    {&fd_leak, detect_fd_leak},
    {&early_completion, detect_early_completion},
    {&read_until_eof, detect_until_eof},
    {&half_close_as_gone, detect_half_close},
    {&short_send_ignored, detect_short_send},
    {&eagain_fatal, detect_eagain},
    {&close_with_unread_data, detect_unread},
    {&never_closes, detect_never_closes},
    {NULL, NULL},
};
