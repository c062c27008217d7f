#include "judge/evidence.h"
#include "base/mem.h"
#include "judge/phrases.h"
#include "kernel/calls.h"
#include "kernel/sockdiag.h"
#include "run/reach.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

const struct program_record *evidence_record(const struct record *r, uint32_t program)
{
    for (size_t i = 0; i < r->n_programs; i++)
        if (r->programs[i].program == program)
            return &r->programs[i];
    return NULL;
}

const struct program_record *evidence_program(const struct test *t, const struct record *r,
                                              const struct step *step, const struct step_record *failed)
{
    const struct program_record *p = NULL;

    if (failed && failed->program != UINT32_MAX)
        p = evidence_record(r, failed->program);
    else if (step && step->actor_kind == ACTOR_PEER)
        p = evidence_record(r, (uint32_t)t->peers[step->actor].program);
    else if (step && step->actor_kind == ACTOR_PROGRAM)
        p = evidence_record(r, (uint32_t)step->actor);
    if (!p && r->n_programs)
        p = &r->programs[0];
    return p;
}

bool evidence_outlived(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    return f && e->program && e->program->exited && f->decided != BY_FACT &&
           (f->tcp_state == TCP_STATE_ESTABLISHED || f->tcp_state == TCP_STATE_CLOSE_WAIT);
}

bool evidence_gets_answers(const struct step *s)
{
    return s->actor_kind == ACTOR_PEER &&
           (s->verb == VERB_GETS || s->verb == VERB_GETS_ANY_ORDER || s->verb == VERB_GETS_ONE_OF);
}

bool evidence_on_stream(const struct test *t, const struct step *step)
{
    if (step->actor_kind == ACTOR_PEER)
        return transport_is_stream(t->peers[step->actor].transport);
    if (step->verb == VERB_SAME_ORDER)
        return transport_is_stream(t->peers[step->actors[0]].transport);
    for (size_t i = 0; step->actor_kind == ACTOR_PROGRAM && i < t->n_peers; i++)
        if (transport_is_stream(t->peers[i].transport) && t->peers[i].program == step->actor)
            return true;
    return false;
}

const struct cuts *evidence_only_cut(const struct evidence *e)
{
    const struct split *s = e->shown ? &e->shown->key.split : NULL;
    const struct cuts *cut;

    if (!s || s->kind != SPLIT_CUTS || s->n != 1 || s->cuts[0].n != 1)
        return NULL;
    cut = &s->cuts[0];
    if (cut->step >= e->test->n_steps || !step_sends_stream(e->test, &e->test->steps[cut->step]))
        return NULL;
    return cut;
}

/* ---- steps -----------------------------------------------------------------------------------------------
 */

const struct step *evidence_step(const struct evidence *e, const struct step_record *r)
{
    return r->step < e->test->n_steps ? &e->test->steps[r->step] : NULL;
}

bool evidence_lacks_some(const struct test *t, const struct step_record *r)
{
    const struct step *s = r->step < t->n_steps ? &t->steps[r->step] : NULL;
    bool passes_over =
        s && s->actor_kind == ACTOR_PEER && s->verb == VERB_GETS && s->skipping == SKIP_ANYTHING;

    if (passes_over && r->outcome == STEP_BAD_FRAME)
        return true;
    if (!s || r->unheard || r->sending)
        return false;
    if (r->outcome == STEP_OTHER_ORDER)
        return true;
    return passes_over && r->outcome == STEP_TOO_LITTLE && r->came.total == 0 &&
           (r->decided == BY_IDLE || r->decided == BY_TIMER);
}

bool evidence_is_cut_off(const struct step_record *r)
{
    struct bytes came = r->came.head, right = r->expected.head;
    size_t known = came.len < right.len ? came.len : right.len;

    return (r->outcome == STEP_OTHER_FILE || r->outcome == STEP_NOT_PRINTED) && !r->described && known &&
           r->came.total < r->expected.total && bytes_common(came, right) == known;
}

const struct call_record *evidence_last_read(const struct case_record *traced, size_t peer, uint64_t *n)
{
    const struct xray_record *x = &traced->xray;
    const struct call_record *last = NULL;

    *n = 0;
    for (size_t i = 0; i < x->n_calls; i++) {
        const struct call_record *c = &x->calls[i];

        if (c->peer != peer + 1 || !call_receives(c->kind) || c->began >= x->closed)
            continue;
        *n += 1 + c->more;
        last = c;
    }
    return last;
}

bool evidence_was_answered(const struct evidence *e, size_t peer)
{
    for (size_t i = 0; e->shown && i < e->shown->n_steps; i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);

        if (s && evidence_gets_answers(s) && s->actor == peer && e->shown->steps[i].outcome == STEP_PASSED)
            return true;
    }
    return false;
}

const struct framing *evidence_framing(const struct evidence *e, const struct step *s)
{
    return s && s->actor_kind == ACTOR_PEER ? step_framing(e->spec, e->test, s) : NULL;
}

struct bytes evidence_wanted(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f || !e->step || !excerpt_is_whole(&f->expected) || e->step->verb == VERB_GETS_ANY_ORDER ||
        e->step->verb == VERB_GETS_ONE_OF || phrase_expects_regex(e))
        return (struct bytes){0};
    return f->expected.head;
}

/* ---- ports --------------------------------------------------------------------------------------------- */

const struct endpoint *evidence_missing(const struct evidence *e, uint16_t *port)
{
    const struct program_record *p = e->program;
    const struct program *spec = &e->spec->programs[p->program];

    *port = 0;
    for (size_t i = 0; i < p->n_ports && i < spec->n_listens; i++)
        if (endpoint_is_awaited(&spec->listens[i]) && !reach_listener(e->spec, p, i)) {
            *port = p->ports[i];
            return &spec->listens[i];
        }
    return NULL;
}

bool evidence_was_given(const struct program_record *p, uint16_t port)
{
    for (size_t i = 0; i < p->n_ports; i++)
        if (p->ports[i] == port)
            return true;
    return false;
}

struct bytes evidence_long_path(const struct program_record *p)
{
    const char *word = p->command ? p->command : "";

    while (*word) {
        size_t len = strcspn(word, " ");

        if (len > PATH_MOST)
            return (struct bytes){(const uint8_t *)word, len};
        word += len + (word[len] == ' ');
    }
    return (struct bytes){0};
}

/* ---- crashes ------------------------------------------------------------------------------------------- */

bool evidence_is_crash(int status)
{
    static const int deadly[] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGTRAP};

    for (size_t i = 0; i < array_len(deadly); i++)
        if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == deadly[i])
            return true;
    return false;
}

/* "file.c:12:7: runtime error: " is UBSan's; without a column before it the words may be anybody's. */
static bool has_ubsan_report(struct bytes text)
{
    static const char mark[] = ": runtime error: ";
    const uint8_t *at;

    while ((at = bytes_find(text, bytes_of(mark)))) {
        if (at > text.data && at[-1] >= '0' && at[-1] <= '9')
            return true;
        text = bytes_slice(text, (size_t)(at - text.data) + 1, text.len);
    }
    return false;
}

const char *evidence_sanitizer(const struct program_record *p)
{
    static const char *const marks[] = {"ERROR: AddressSanitizer", "ERROR: LeakSanitizer",
                                        "WARNING: ThreadSanitizer", "WARNING: MemorySanitizer"};

    for (size_t i = 0; i < array_len(marks); i++)
        if (bytes_find(p->err.head, bytes_of(marks[i])) || bytes_find(p->err.tail, bytes_of(marks[i])))
            return marks[i];
    return has_ubsan_report(p->err.head) || has_ubsan_report(p->err.tail) ? "runtime error" : NULL;
}
