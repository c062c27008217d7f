/* process.c - life and death of the program itself. */
#include "base/clock.h"
#include "base/mem.h"
#include "judge/diagnose/diagnose.h"
#include "judge/diagnose/words.h"
#include "judge/phrases.h"
#include "judge/story.h"
#include "kernel/calls.h"
#include "kernel/sockdiag.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <strings.h>
#include <sys/wait.h>

static bool died_of(const struct evidence *e, int sig)
{
    return e->program && e->program->exit_status >= 0 && WIFSIGNALED(e->program->exit_status) &&
           WTERMSIG(e->program->exit_status) == sig;
}

static const char *name(const struct evidence *e)
{
    return e->spec->programs[e->program->program].name;
}

/* A crash that a step had waited for (`exits: SIGABRT`) is no mistake. */
static bool was_wanted(const struct evidence *e)
{
    return !e->program->exited && !e->program->terminated &&
           !(e->failed && e->failed->outcome == STEP_OTHER_EXIT);
}

/* What an abort says, or a sanitizer: `: "*** stack smashing detected ***"`. */
static const char *last_report(const struct evidence *e)
{
    const char *report = words_uncaught(e);
    struct bytes last = words_last(e->program);

    if (!report && died_of(e, SIGABRT) && last.len)
        report = story_quote(e->arena, &(struct excerpt){.total = last.len, .head = last});
    return report ? arena_printf(e->arena, ": %s", report) : "";
}

/* How a child of it ended that crashed behind its back; NULL: none did. */
static const struct call_record *crashed_child(const struct evidence *e)
{
    const struct xray_record *x = e->traced ? &e->traced->xray : NULL;

    for (size_t i = 0; x && i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];

        if (c->kind == CALL_END && c->process > 0 && c->program == e->program->program &&
            c->began < x->closed && evidence_is_crash((int)c->result))
            return c;
    }
    return NULL;
}

/* What it had received last; empty: nothing. */
static struct excerpt last_received(const struct xray_record *x, const struct call_record *end)
{
    struct excerpt last = {0};

    for (size_t i = 0; i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];

        if (c->process == end->process && c->program == end->program && c->result > 0 && c->ended >= 0 &&
            call_receives(c->kind) && c->kind != CALL_RECVMMSG)
            last = (struct excerpt){.total = (uint64_t)c->result, .head = c->head};
    }
    return last;
}

static const char *tell_crashed_child(const struct evidence *e, const struct call_record *end)
{
    struct excerpt last = last_received(&e->traced->xray, end);
    const char *after = "";

    if (last.total)
        after = arena_printf(e->arena, " after it had received %s", story_quote(e->arena, &last));
    return arena_printf(e->arena,
                        "played again while its calls were traced, a child process that %s had forked %s%s",
                        name(e), story_status(e->arena, (int)end->result), after);
}

static const char *detect_crashed(const struct evidence *e)
{
    const struct call_record *child = e->program ? crashed_child(e) : NULL;

    if (child)
        return tell_crashed_child(e, child);
    if (e->program && evidence_is_crash(e->program->exit_status) && !was_wanted(e))
        return arena_printf(e->arena, "%s %s%s", name(e), story_status(e->arena, e->program->exit_status),
                            last_report(e));
    if (e->program && evidence_sanitizer(e->program))
        return arena_printf(e->arena, "%s wrote a sanitizer report (“%s…”)%s", name(e),
                            evidence_sanitizer(e->program), last_report(e));
    return NULL;
}

static const char *detect_sigpipe(const struct evidence *e)
{
    if (!died_of(e, SIGPIPE))
        return NULL;
    return arena_printf(
        e->arena, "%s was ended by SIGPIPE: it wrote to a connection that the other side had left", name(e));
}

/* The peer whose leaving was the last that happened to the program before it printed without end, but for
 * messages that nobody awaited an answer to; NULL: none. */
static const struct peer *prints_since(const struct evidence *e)
{
    uint32_t n = (uint32_t)e->test->n_steps;

    if (!e->program || !e->program->limit || strcmp(e->program->limit, "output") != 0 || !e->failed)
        return NULL;
    for (uint32_t i = e->failed->step < n ? e->failed->step : n; i-- > 0;) {
        const struct step *s = &e->test->steps[i];
        const struct peer *p = s->actor_kind == ACTOR_PEER ? &e->test->peers[s->actor] : NULL;

        if (!p || p->program != e->program->program || !transport_is_stream(p->transport) ||
            verb_waits(s->verb) || s->verb == VERB_SENDS)
            continue;
        return s->verb == VERB_CLOSES || s->verb == VERB_HALF_CLOSES ? p : NULL;
    }
    return NULL;
}

/* Runtimes that ignore SIGXFSZ live on, and tell that they may not write any more. */
static bool filled_the_disk(const struct program_record *p)
{
    return bytes_find(p->err.head, bytes_of("File too large")) ||
           bytes_find(p->err.tail, bytes_of("File too large"));
}

static const char *detect_limit(const struct evidence *e)
{
    if (!e->program || e->program->readiness == READY_NOT_FOUND || prints_since(e))
        return NULL;
    if (e->program->limit)
        return arena_printf(e->arena, "%s was ended for going over the limit: %s", name(e),
                            phrase_text(e->arena, e->program->limit));
    if (filled_the_disk(e->program))
        return arena_printf(e->arena, "%s wrote that a file of its own had become too large", name(e));
    return NULL;
}

static const char *detect_never_listened(const struct evidence *e)
{
    if (!e->failed || e->failed->outcome != STEP_NOT_LISTENING || !e->program ||
        e->program->readiness != READY_NEVER)
        return NULL;
    return arena_printf(e->arena, "%s runs and waits, but none of its sockets listens", name(e));
}

/* ---- usage-printed: it ended before it had done anything ---- */

static bool is_usage(struct bytes line)
{
    static const char word[] = "usage:";

    for (size_t i = 0; i + sizeof word - 1 <= line.len; i++)
        if (strncasecmp((const char *)line.data + i, word, sizeof word - 1) == 0)
            return true;
    return false;
}

/* The first line of what it wrote that tells how it is called; empty: there is none. */
static struct bytes usage_in(struct bytes text)
{
    while (text.len) {
        const uint8_t *end = memchr(text.data, '\n', text.len);
        struct bytes line = bytes_slice(text, 0, end ? (size_t)(end - text.data) : text.len);

        if (is_usage(line))
            return line;
        text = bytes_slice(text, line.len + 1, text.len);
    }
    return text;
}

/* Nobody has heard of it yet, and its end is not what was expected. */
static bool did_nothing(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f || e->program->readiness == READY)
        return false;
    if (f->outcome == STEP_OTHER_EXIT)
        return e->step && e->step->value.kind == VALUE_CODE && e->step->value.number == 0;
    if (f->outcome == STEP_TOO_LITTLE || f->outcome == STEP_NOT_PRINTED)
        return f->came.total == 0;
    return f->outcome == STEP_NOT_LISTENING || f->outcome == STEP_NO_CONNECTION || f->outcome == STEP_EXITED;
}

static const char *detect_usage(const struct evidence *e)
{
    const struct program_record *p = e->program;
    struct bytes usage;

    if (!p || p->exit_status < 0 || !WIFEXITED(p->exit_status) || p->terminated || !p->command ||
        !did_nothing(e))
        return NULL;
    usage = usage_in(p->err.head);
    if (!usage.len)
        usage = usage_in(p->out.head);
    if (!usage.len)
        return NULL;
    return arena_printf(e->arena, "started as `%s`, %s wrote %s and %s", phrase_text(e->arena, p->command),
                        name(e), story_quote(e->arena, &(struct excerpt){.total = usage.len, .head = usage}),
                        story_status(e->arena, p->exit_status));
}

/* The last call that the program made before it ended by itself, as it had before; NULL: it was not traced,
 * or did not. To close is to clear up. */
static const struct call_record *last_call(const struct evidence *e)
{
    const struct xray_record *x = e->traced ? &e->traced->xray : NULL;
    const struct call_record *last = NULL;

    for (size_t i = 0; x && i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];

        if (c->program != e->program->program || c->process != 0)
            continue;
        if (c->kind == CALL_END)
            return (int)c->result == e->program->exit_status && c->began < x->closed ? last : NULL;
        if (c->kind < CALL_FORK && c->kind != CALL_CLOSE && c->kind != CALL_SHUTDOWN)
            last = c;
    }
    return NULL;
}

static const char *traced_eintr(const struct evidence *e)
{
    const struct call_record *c = last_call(e);

    if (!c || c->ended < 0 || c->result != -EINTR)
        return NULL;
    return arena_printf(
        e->arena,
        "played again while its calls were traced, and signals came while it waited, %s() of %s failed with "
        "EINTR; without another call it %s",
        call_name((enum call_kind)c->kind), name(e), story_status(e->arena, e->program->exit_status));
}

/* That a call was interrupted is no reason to end. Whoever says so and goes on has other last words. */
static const char *detect_eintr(const struct evidence *e)
{
    static const char *const marks[] = {"nterrupted system call", "EINTR"};
    const struct program_record *p = e->program;
    struct bytes words;

    if (!p || !p->exited || p->exit_status < 0 || !WIFEXITED(p->exit_status))
        return NULL;
    if (traced_eintr(e))
        return traced_eintr(e);
    words = words_last(p);
    for (size_t i = 0; i < array_len(marks); i++)
        if (bytes_find(words, bytes_of(marks[i])))
            return arena_printf(e->arena, "%s %s without being told to, and the last that it said is %s",
                                name(e), story_status(e->arena, p->exit_status),
                                story_quote(e->arena, &(struct excerpt){.total = words.len, .head = words}));
    return NULL;
}

/* Whose reset is the last that happened to it before it was missed; NULL: nobody's. */
static const struct peer *broken_off(const struct evidence *e)
{
    const struct peer *last = NULL;

    for (uint32_t i = 0; e->failed && e->failed->step != STEP_AFTER && i < e->failed->step; i++) {
        const struct step *s = &e->test->steps[i];
        const struct peer *p = s->actor_kind == ACTOR_PEER ? &e->test->peers[s->actor] : NULL;

        if (p && p->program == e->program->program && s->verb == VERB_RESETS)
            last = p;
        else if (p && p->program == e->program->program && verb_waits(s->verb))
            last = NULL; /* it was there after that */
    }
    return last;
}

/* ---- statuses ---- */

/* The status that the failed step had waited for, where another came: a number, or any but one. NULL: it is
 * no such step. */
static const struct value *wanted_status(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f || f->outcome != STEP_OTHER_EXIT || !e->program || !e->step || e->step->value.kind != VALUE_CODE ||
        e->step->value.any || f->exit_status < 0 || !WIFEXITED(f->exit_status))
        return NULL;
    return &e->step->value;
}

/* It talks to another of the student's programs, whose fault it may be. */
static bool has_partner(const struct evidence *e)
{
    for (size_t i = 0; i < e->spec->n_programs; i++)
        if (i != e->program->program &&
            program_is_told_of(e->spec, &e->spec->programs[e->program->program], i))
            return true;
    return false;
}

/* It says itself that it has failed, and why; or its runtime does. */
static const char *detect_gave_up(const struct evidence *e)
{
    const struct value *wanted = wanted_status(e);
    bool failed = wanted && !wanted->unlike && wanted->number == 0 && words_last(e->program).len;

    if (!wanted || has_partner(e) || !(failed || words_uncaught(e)))
        return NULL;
    return arena_printf(e->arena, "%s %s, where %s%d was expected%s", name(e),
                        story_status(e->arena, e->failed->exit_status),
                        wanted->unlike ? "any status but " : "status ", wanted->number, words_of_end(e));
}

/* Some step of the spec waits for this status: it stands for something. */
static bool has_meaning(const struct spec *spec, int status)
{
    for (size_t t = 0; t < spec->n_tests; t++)
        for (size_t i = 0; i < spec->tests[t].n_steps; i++) {
            const struct step *s = &spec->tests[t].steps[i];

            if (s->verb == VERB_EXITS && s->value.kind == VALUE_CODE && !s->value.any && !s->value.unlike &&
                s->value.number == status)
                return true;
        }
    return false;
}

/* It did what it should, or has noticed what it should have, and tells it by another number. Who ends with 0
 * and says nothing has noticed nothing, and a failure that the handout knows may be one. */
static bool tells_otherwise(const struct evidence *e, const struct value *wanted)
{
    int status = WEXITSTATUS(e->failed->exit_status);

    if (status == 0)
        return words_last(e->program).len > 0;
    return wanted->unlike || wanted->number != 0 || !has_meaning(e->spec, status);
}

static const char *detect_wrong_status(const struct evidence *e)
{
    const struct value *wanted = wanted_status(e);

    if (!wanted || has_partner(e) || !tells_otherwise(e, wanted))
        return NULL;
    return arena_printf(e->arena, "%s %s, where %s%d was expected%s", name(e),
                        story_status(e->arena, e->failed->exit_status),
                        wanted->unlike ? "any status but " : "status ", wanted->number, words_of_end(e));
}

/* Who does not say why it ends with another status than 0 may have given up. */
static const char *rival_of_wrong_status(const struct evidence *e)
{
    const struct value *wanted = wanted_status(e);

    return wanted->number == 0 && !wanted->unlike && !words_last(e->program).len ? "exited-early" : NULL;
}

/* A server should never end. Any other program may, once its work is done: status 0 says that it was. */
static const char *detect_exited_early(const struct evidence *e)
{
    const struct program_record *p = e->program;

    if (wanted_status(e))
        return detect_gave_up(e);
    if (!p || !p->exited || p->exit_status < 0 || !WIFEXITED(p->exit_status))
        return NULL;
    if (e->spec->programs[p->program].n_listens == 0 && WEXITSTATUS(p->exit_status) == 0 &&
        !(e->failed && (e->failed->outcome == STEP_EXITED || e->failed->outcome == STEP_NOT_LISTENING)))
        return NULL;
    if (e->failed && (e->failed->outcome == STEP_TOO_SOON || e->failed->outcome == STEP_TOO_LATE))
        return NULL; /* it did what was expected, and ended afterwards */
    if (WEXITSTATUS(p->exit_status) == 0 && e->failed && e->failed->outcome == STEP_OTHER_CAME)
        return NULL; /* it did answer: that it leaves with its client is not what was wrong */
    if (evidence_outlived(e))
        return arena_printf(e->arena, "%s %s when its clients had left%s", name(e),
                            story_status(e->arena, p->exit_status), words_of_end(e));
    if (broken_off(e))
        return arena_printf(e->arena, "%s %s when %s had reset its connection%s", name(e),
                            story_status(e->arena, p->exit_status), broken_off(e)->name, words_of_end(e));
    return arena_printf(e->arena, "%s %s without being told to%s", name(e),
                        story_status(e->arena, p->exit_status), words_of_end(e));
}

/* It may as well serve one client and no more. */
static const char *rival_of_exited_early(const struct evidence *e)
{
    bool at_peace = e->program && e->program->exit_status == 0 && !words_last(e->program).len;

    return at_peace && broken_off(e) ? "accepts-once" : NULL;
}

/* Datagrams have no end that one could spin on. */
static bool serves_streams(const struct evidence *e)
{
    const struct program *p = &e->spec->programs[e->program->program];

    for (size_t i = 0; i < p->n_listens; i++)
        if (transport_is_stream(p->listens[i].transport))
            return true;
    return false;
}

/* What failed is not the spinning: it lost its listening socket, minds where a message is cut, or was at work
 * all the time before its peers closed. */
static bool failed_before(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (e->whole == ANSWER_PASSED || (f && f->outcome == STEP_REFUSED))
        return true;
    return f && f->decided == BY_DEADLINE && f->cpu >= f->took / 4 && f->tcp_state != TCP_STATE_CLOSE_WAIT;
}

/* The peer that left in the step before the failed one, if the program has burnt CPU time ever since; NULL:
 * none. */
static const struct peer *burns_since(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const struct step *s;

    if (!f || f->decided != BY_DEADLINE || f->cpu < f->took / 4 || f->cpu < NS_PER_S / 2 ||
        f->step == STEP_AFTER || f->step == 0)
        return NULL;
    s = &e->test->steps[f->step - 1];
    if (s->actor_kind != ACTOR_PEER || (s->verb != VERB_CLOSES && s->verb != VERB_HALF_CLOSES) ||
        !transport_is_stream(e->test->peers[s->actor].transport) ||
        e->test->peers[s->actor].program != e->program->program)
        return NULL;
    return &e->test->peers[s->actor];
}

static const char *detect_eof_spin(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    bool at_end = f && e->program && f->tcp_state == TCP_STATE_CLOSE_WAIT && f->unread == 0 &&
                  f->decided == BY_DEADLINE;

    if (prints_since(e))
        return arena_printf(e->arena, "since the end of %s's stream, %s has printed without end",
                            prints_since(e)->name, name(e));
    if (e->program && f && f->reads_end)
        return arena_printf(e->arena, "%s has read the end of the stream, and reads it again and again",
                            name(e));
    if (e->program && e->shown && e->shown->spun_after && serves_streams(e) && !failed_before(e))
        return arena_printf(e->arena, "after its peers had closed, %s went on burning CPU time (%lld ms)",
                            name(e), (long long)(e->shown->spun_cpu / NS_PER_MS));
    if (e->program && !at_end && burns_since(e))
        return arena_printf(e->arena, "since %s has closed, %s burns CPU time (%lld ms)",
                            burns_since(e)->name, name(e), (long long)(f->cpu / NS_PER_MS));
    if (!at_end || f->cpu < NS_PER_S / 2)
        return NULL;
    return arena_printf(e->arena,
                        "%s has read the end of the stream, and burns CPU time ever since (%lld ms)", name(e),
                        (long long)(f->cpu / NS_PER_MS));
}

static const struct diagnosis crashed = {
    "crashed", FAMILY_PROCESS, "the program crashes",
    "Build with -g -fsanitize=address,undefined and run the same input: it names the line.", 'M'};
static const struct diagnosis sigpipe_death = {
    "sigpipe-death", FAMILY_PROCESS,
    "writing to a connection that the other side has left ends the whole program",
    "Ignore SIGPIPE, and handle the error EPIPE where you send.", 'S'};
static const struct diagnosis eintr_fatal = {
    "eintr-fatal", FAMILY_PROCESS, "a system call that a signal interrupts is taken for one that failed",
    "When errno is EINTR nothing has failed: call again. SA_RESTART makes most calls do so by themselves.",
    'R'};
static const struct diagnosis usage_printed = {
    "usage-printed", FAMILY_PROCESS, "the program refuses a command line that is as the handout says",
    "Compare the order and the number of the arguments with the handout: argv[0] is the program itself.",
    'O'};
static const struct diagnosis killed_by_limit = {
    "killed-by-limit", FAMILY_PROCESS, "the program used more than it may",
    "Look for a loop that never ends, or memory and output that grow with each message.", 'L'};
static const struct diagnosis never_listened = {
    "never-listened", FAMILY_PROCESS, "the program runs, but never listens",
    "A server calls socket, bind and listen, and then accept, in this order.", 'O'};
static const struct diagnosis exited_early = {
    "exited-early", FAMILY_PROCESS, "the program ends before its work is done",
    "Look at what it wrote to stderr, and check each path that leads to exit or return in main.", 'O'};
static const struct diagnosis wrong_exit_status = {
    "wrong-exit-status", FAMILY_PROCESS, "the exit status does not tell how it went",
    "Look up in the handout which status stands for which end, and return it from main or call exit with it.",
    'O'};
static const struct diagnosis eof_spin = {
    "eof-spin", FAMILY_STREAM, "the end of the stream is taken for an empty read, over and over",
    "recv() returning 0 means that the peer has finished: leave the loop and close.", 'S'};

const struct detector process_detectors[] = {
    {&crashed, detect_crashed},       {&sigpipe_death, detect_sigpipe},
    {&killed_by_limit, detect_limit}, {&eintr_fatal, detect_eintr},
    {&usage_printed, detect_usage},   {&never_listened, detect_never_listened},
    {&eof_spin, detect_eof_spin},     {NULL, NULL},
};

const struct detector ending_detectors[] = {
    {&exited_early, detect_exited_early, rival_of_exited_early},
    {&wrong_exit_status, detect_wrong_status, rival_of_wrong_status},
    {NULL, NULL},
};
