/* output.c - standard input and output: what a program prints, and what it waits for meanwhile. */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "judge/story.h"
#include "kernel/sockdiag.h"

#include <string.h>

/* ---- unflushed-stdout ---------------------------------------------------------------------------------- */

/* A whole line, if only an empty one, was not held back. */
static bool is_missing(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    return f && f->outcome == STEP_NOT_PRINTED && e->program && f->at >= f->came.total && !f->came_is_message;
}

/* C's stdio holds back all that goes to a pipe, and before it reads from a pipe a line that has no end yet.
 * Who holds back lines for a terminal, too, as others' buffers do, sleeps until more comes, and not in one
 * read, or since messages came together. */
static bool may_be_held_back(const struct evidence *e)
{
    const struct program *p = test_program(e->spec, e->test, e->program->program);

    return p->stdout_is_pipe || (e->failed->on_stdin ? p->stdin_kind == STDIN_OPEN
                                                     : e->failed->decided == BY_IDLE && !e->failed->reading &&
                                                           e->apart != ANSWER_PASSED);
}

/* It was written when the program ended. */
static bool came_at_exit(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    return f->expected.total && f->came.total == 0 && !phrase_expects_regex(e) &&
           excerpt_is_whole(&f->expected) && bytes_find(e->program->out.head, f->expected.head);
}

static const char *detect_unflushed(const struct evidence *e)
{
    if (!is_missing(e) || !may_be_held_back(e))
        return NULL;
    if (e->on_terminal == ANSWER_PASSED)
        return "the same output is there at once when stdout is a terminal, and missing when it is a pipe";
    if (e->on_terminal == ANSWER_UNKNOWN && came_at_exit(e))
        return "nothing came while it ran, and the missing output was there when it had ended";
    return NULL;
}

/* A peer that had said something got an answer then. */
static bool has_acted(const struct evidence *e)
{
    size_t said = SIZE_MAX;

    for (const struct step *s = e->test->steps; s < e->step; s++) {
        if (s->actor_kind != ACTOR_PEER)
            continue;
        if (s->verb == VERB_SENDS)
            said = s->actor;
        else if (s->actor == said && evidence_gets_answers(s))
            return true;
    }
    return false;
}

/* It may as well have printed nothing before its peer had ended the stream. */
static const char *rival_of_unflushed(const struct evidence *e)
{
    if (!test_program(e->spec, e->test, e->program->program)->stdout_is_pipe && !e->failed->on_stdin)
        return has_acted(e) ? NULL : "read-until-eof";
    return e->on_terminal == ANSWER_UNKNOWN && e->failed->reading && !e->failed->on_stdin ? "read-until-eof"
                                                                                          : NULL;
}

/* ---- stdio-copied-by-fork ------------------------------------------------------------------------------ */

static struct bytes first_line(struct bytes text)
{
    const uint8_t *end = text.len ? memchr(text.data, '\n', text.len) : NULL;

    return bytes_slice(text, 0, end ? (size_t)(end - text.data) + 1 : text.len);
}

static uint32_t count_lines(struct bytes text, struct bytes line)
{
    uint32_t n = 0;

    for (struct bytes l; text.len; text = bytes_slice(text, l.len, text.len)) {
        l = first_line(text);
        n += bytes_equal(l, line);
    }
    return n;
}

/* The first line that stands in a more often than in b, where all lines of a stand in b too; else empty. */
static struct bytes repeated(struct bytes a, struct bytes b)
{
    struct bytes found = {0};

    for (struct bytes l; a.len; a = bytes_slice(a, l.len, a.len)) {
        l = first_line(a);
        if (l.data[l.len - 1] != '\n') /* it was ended in the middle of a line */
            break;
        if (count_lines(b, l) == 0)
            return (struct bytes){0};
        if (!found.len && count_lines(a, l) > count_lines(b, l))
            found = l;
    }
    return found;
}

/* Both processes write what was in the buffer at the fork. A terminal has the buffer empty after each line.
 */
static const char *detect_copied(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    struct bytes line;

    if (!f || f->outcome != STEP_NOT_PRINTED || !e->program || e->on_terminal != ANSWER_PASSED ||
        !e->terminal || !excerpt_is_whole(&e->program->out) || !excerpt_is_whole(&e->terminal->out))
        return NULL;
    line = repeated(e->program->out.head, e->terminal->out.head);
    if (!line.len)
        return NULL;
    return arena_printf(e->arena,
                        "%s is printed %u times where stdout is a pipe, and %u where it is a terminal",
                        story_quote(e->arena, &(struct excerpt){.total = line.len, .head = line}),
                        count_lines(e->program->out.head, line), count_lines(e->terminal->out.head, line));
}

/* ---- blocks-on-stdin ----------------------------------------------------------------------------------- */

static const char *detect_blocks_on_stdin(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    const char *unread;

    if (!f || !f->on_stdin || !f->unread || !e->program || (f->decided != BY_IDLE && f->decided != BY_TIMER))
        return NULL;
    unread = f->tcp_state == TCP_STATE_CLOSE_WAIT && f->unread == 1 ? "the end of the connection"
                                                                    : phrase_bytes(e->arena, f->unread);
    return arena_printf(e->arena, "it sleeps in a read of stdin, while its socket has %s to read", unread);
}

/* ---- debug-output-on-stdout ---------------------------------------------------------------------------- */

static bool has_line(struct bytes text, struct bytes line)
{
    const uint8_t *at;

    while (line.len && (at = bytes_find(text, line))) {
        size_t from = (size_t)(at - text.data), to = from + line.len;

        if ((from == 0 || text.data[from - 1] == '\n') && (to == text.len || text.data[to] == '\n'))
            return true;
        text = bytes_slice(text, to, text.len);
    }
    return false;
}

/* Peers sent it: then it is no remark, but an answer in the wrong place. */
static bool was_sent(const struct evidence *e, struct bytes line)
{
    for (size_t i = 0; e->shown && i < e->shown->n_steps; i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);
        if (s && s->actor_kind == ACTOR_PEER && bytes_find(e->shown->steps[i].sent.head, line))
            return true;
    }
    return false;
}

/* Another step of the test wants it: it came too early, or too late. */
static bool is_asked_for(const struct evidence *e, struct bytes line)
{
    for (size_t i = 0; i < e->test->n_steps; i++) {
        const struct step *s = &e->test->steps[i];
        const struct template *text = &s->value.text;

        if (s->verb == VERB_PRINTS && s->actor == e->step->actor && s->value.kind == VALUE_BYTES &&
            text->n == 1 && text->pieces[0].kind == PIECE_TEXT && bytes_equal(text->pieces[0].text, line))
            return true;
    }
    return false;
}

/* "> OK 42": a prompt, or a word about what follows. */
static bool is_prompted(struct bytes came, struct bytes want)
{
    size_t n = came.len > want.len ? came.len - want.len : 0;

    return n && want.len >= 2 && strchr(" :>=\t]", came.data[n - 1]) &&
           bytes_equal(bytes_slice(came, n, want.len), want);
}

/* Lines of text with words in them, none of which a peer has sent. */
static bool is_remark(const struct evidence *e, struct bytes text)
{
    bool words = false;

    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] == 0x7f || (text.data[i] < ' ' && !strchr("\n\r\t", text.data[i])) || !text.data[i])
            return false;
        words |= (text.data[i] | 0x20) >= 'a' && (text.data[i] | 0x20) <= 'z';
    }
    for (struct bytes l; text.len; text = bytes_slice(text, l.len, text.len)) {
        l = first_line(text);
        if (l.len > 1 && was_sent(e, l))
            return false;
    }
    return words;
}

/* All that it printed is the right output and, before or behind it, remarks. */
static bool is_among_remarks(const struct evidence *e, struct bytes came, struct bytes want)
{
    const uint8_t *at = want.len >= 2 ? bytes_find(came, want) : NULL;
    struct bytes before, after;

    if (!at)
        return false;
    before = bytes_slice(came, 0, (size_t)(at - came.data));
    after = bytes_slice(came, before.len + want.len, came.len);
    return (before.len || after.len) && (!before.len || is_remark(e, before)) &&
           (!after.len || is_remark(e, after));
}

static const char *detect_debug_output(const struct evidence *e)
{
    const struct step_record *f = e->failed;
    struct bytes came, want;

    if (!f || f->outcome != STEP_NOT_PRINTED || !e->step || !e->program || !f->came.total ||
        phrase_expects_regex(e) || !excerpt_is_whole(&f->expected))
        return NULL;
    came = f->came.head;
    want = f->expected.head;
    if (e->step->verb == VERB_PRINTED) {
        if (!excerpt_is_whole(&f->came) || !is_among_remarks(e, came, want))
            return NULL;
        return "the right output is there, and before or behind it stand words that nobody asked for";
    }
    if (e->step->verb != VERB_PRINTS)
        return NULL;
    if (is_prompted(came, want))
        return arena_printf(e->arena, "the right answer is there, behind other words in the same line: %s",
                            story_quote(e->arena, &f->came));
    if (!was_sent(e, came) && !is_asked_for(e, came) && has_line(e->program->out.head, want))
        return arena_printf(e->arena, "the right line is there, and among others that nobody asked for: %s",
                            story_quote(e->arena, &f->came));
    return NULL;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static const struct diagnosis unflushed_stdout = {
    "unflushed-stdout", FAMILY_PROCESS, "what is printed stays in the program's own buffer",
    "Call fflush(stdout) after each line: into a pipe, stdio writes only when its buffer is full.", 'O'};
static const struct diagnosis stdio_copied_by_fork = {
    "stdio-copied-by-fork", FAMILY_PROCESS,
    "fork copies what is printed and not yet written, and both processes write it",
    "Call fflush(stdout) before fork, and leave the child with _exit.", 'O'};
static const struct diagnosis blocks_on_stdin = {
    "blocks-on-stdin", FAMILY_PROCESS,
    "while it waits for input from its user, it does not listen to the network",
    "Wait on stdin and the socket together, with poll() or a thread for each.", 'R'};
static const struct diagnosis debug_output_on_stdout = {
    "debug-output-on-stdout", FAMILY_PROCESS, "stdout holds more than the results",
    "Print results alone to stdout; prompts, logs and remarks go to stderr.", 'O'};

const struct detector output_detectors[] = {
    {&stdio_copied_by_fork, detect_copied},
    {&unflushed_stdout, detect_unflushed, rival_of_unflushed},
    {&blocks_on_stdin, detect_blocks_on_stdin},
    {&debug_output_on_stdout, detect_debug_output},
    {NULL, NULL},
};
