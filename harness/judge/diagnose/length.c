/* length.c - integers: written as they lie in memory, or believed. */
#include "base/mem.h"
#include "judge/diagnose/diagnose.h"
#include "judge/diagnose/words.h"
#include "judge/grammar.h"
#include "judge/story.h"
#include "wire/message.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>

/* ---- as it lies in memory ------------------------------------------------------------------------------ */

static bool would_be(const struct evidence *e, enum mistake mistake)
{
    return e->failed && e->failed->syntax.mistake == mistake;
}

static uint64_t swapped(uint64_t n, unsigned width)
{
    uint64_t out = 0;

    for (unsigned i = 0; i < width; i++)
        out |= (n >> (8 * i) & 0xff) << (8 * (width - 1 - i));
    return out;
}

static const char *detect_host_order(const struct evidence *e)
{
    const struct framing *framing = evidence_framing(e, e->step);
    struct bytes want = evidence_wanted(e);
    struct frame frame = {0};
    uint64_t right;

    if (would_be(e, MISTAKE_BYTE_ORDER))
        return grammar_says(e);
    if (e->swapped == ANSWER_PASSED)
        return "it goes on when each length that is sent to it, and expected of it, has its bytes in the "
               "other order";
    if (!framing || framing->kind != FRAMING_LENGTH || !e->failed || !e->failed->expected.total ||
        e->failed->frame.len < framing->width)
        return NULL;
    right = want.len + (framing->counts_all ? framing->width : 0);
    framing_next(framing, e->failed->frame, &frame);
    if (!want.len || frame.announced == right || swapped(frame.announced, framing->width) != right)
        return NULL;
    return arena_printf(e->arena,
                        "its length field says %llu, where %llu is right: the same bytes in the other order",
                        (unsigned long long)frame.announced, (unsigned long long)right);
}

static const char *detect_padding(const struct evidence *e)
{
    return would_be(e, MISTAKE_STRUCT_PADDING) || would_be(e, MISTAKE_STRUCT) ? grammar_says(e) : NULL;
}

/* ---- trusts-length ------------------------------------------------------------------------------------- */

/* The first length in the bytes of this step that is more than a message may have; 0: there is none. */
static uint64_t announced_too_much(const struct evidence *e, const struct step_record *r)
{
    const struct step *s = evidence_step(e, r);
    const struct framing *framing = evidence_framing(e, s);
    struct bytes rest = r->sent.head;
    struct frame frame = {0};
    enum framed got;

    if (!framing || framing->kind != FRAMING_LENGTH || !framing->max || s->verb != VERB_SENDS)
        return 0;
    while ((got = framing_next(framing, rest, &frame)) == FRAMED_MESSAGE)
        rest = bytes_slice(rest, frame.total, rest.len);
    return got == FRAMED_TOO_LONG ? frame.announced : 0;
}

/* An abort is the program's own check, unless a runtime's check came first and said so. */
static bool aborted_by_runtime(const struct program_record *p)
{
    static const char *const marks[] = {"stack smashing", "buffer overflow", "malloc",       "free()",
                                        "corrupt",        "bad_alloc",       "length_error", "runtime error"};

    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (bytes_find(p->err.head, bytes_of(marks[i])))
            return true;
    return evidence_sanitizer(p) != NULL;
}

/* It has read the length, and waits for what does not come. */
static bool sleeps(const struct step_record *f)
{
    return f && (f->outcome == STEP_STILL_OPEN || f->outcome == STEP_STILL_RUNS) && f->unread == 0 &&
           (f->decided == BY_IDLE || f->decided == BY_TIMER);
}

static const char *what_it_did(const struct evidence *e)
{
    const struct program_record *p = e->program;
    int status = p ? p->exit_status : -1;

    if (p && p->limit && p->readiness != READY_NOT_FOUND && strcmp(p->limit, "memory") == 0)
        return "it took more memory than it may";
    if (p && evidence_is_crash(status) && (p->exited || p->terminated) &&
        (!WIFSIGNALED(status) || WTERMSIG(status) != SIGABRT || aborted_by_runtime(p)))
        return arena_printf(e->arena, "it %s", story_status(e->arena, status));
    return sleeps(e->failed) ? "it sleeps, waiting for as many bytes" : NULL;
}

/* What runtimes say of a size that nothing can have. */
static bool is_about_size(struct bytes error)
{
    static const char *const marks[] = {
        "The value of \"size\"",   /* Node */
        "The value of \"length\"", /* the same */
        "Invalid typed array length",
        "Invalid array length",
        "Array buffer allocation failed",
        "NegativeArraySizeException", /* Java */
        "OutOfMemoryError",
        "MemoryError", /* Python */
        "negative count",
        "negative buffersize",
        "makeslice: len out of range", /* Go */
        "makeslice: cap out of range",
        "std::bad_alloc", /* C++ */
        "std::length_error",
    };

    for (size_t i = 0; i < array_len(marks); i++)
        if (bytes_find(error, bytes_of(marks[i])))
            return true;
    return false;
}

/* The last that was sent to the program before the failed step, or in it; NULL: nothing. */
static const struct excerpt *last_sent(const struct evidence *e)
{
    const struct excerpt *last = NULL;

    for (size_t i = 0; e->shown && i < e->shown->n_steps; i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);

        if (s && s->verb == VERB_SENDS && e->test->peers[s->actor].program == e->program->program)
            last = &e->shown->steps[i].sent;
    }
    return last;
}

static const char *size_was_refused(const struct evidence *e)
{
    const struct excerpt *sent = e->program && is_about_size(words_error(e->program)) ? last_sent(e) : NULL;

    return sent ? arena_printf(e->arena, "the last that was sent to it is %s, and nobody caught %s",
                               story_quote(e->arena, sent), words_uncaught(e))
                : NULL;
}

static const char *detect_trusts_length(const struct evidence *e)
{
    const char *did = what_it_did(e);
    uint64_t length = 0;

    if (size_was_refused(e))
        return size_was_refused(e);
    if (!did || !e->shown)
        return NULL;
    for (size_t i = e->shown->n_steps; i-- > 0 && !length;)
        length = announced_too_much(e, &e->shown->steps[i]);
    if (!length)
        return NULL;
    return arena_printf(e->arena, "a length of %llu was announced, more than a message may have, and %s",
                        (unsigned long long)length, did);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static const struct diagnosis host_order_integer = {
    "host-order-integer", FAMILY_MESSAGE, "an integer is sent in the byte order of this machine",
    "Convert every integer field: htons and htonl before you send, ntohs and ntohl after you received.", 'M'};
static const struct diagnosis struct_padding = {
    "struct-padding", FAMILY_MESSAGE, "a struct is sent as it lies in memory, padding included",
    "Write fields one by one: a struct has padding, where your compiler wants it.", 'M'};
static const struct diagnosis trusts_length = {
    "trusts-length", FAMILY_MESSAGE, "a length that came from the network is used unchecked",
    "Check a length before you use it: a stranger wrote it, and it may be huge.", 'M'};

/* A crash has many causes: one that follows a length which nobody may announce is named by that. */
const struct detector length_detectors[] = {
    {&trusts_length, detect_trusts_length},
    {NULL, NULL},
};

const struct detector integer_detectors[] = {
    {&host_order_integer, detect_host_order},
    {&struct_padding, detect_padding},
    {NULL, NULL},
};
