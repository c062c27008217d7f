/* body.c - the body of a message that holds what elsewhere ends its head, or what stands behind it. */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"
#include "judge/story.h"

#include <sys/wait.h>

/* Empty lines, of HTTP alone: where messages are lines, several of them may be what was expected. */
static bool speaks_http(const struct evidence *e)
{
    for (size_t i = 0; i < e->test->n_steps; i++) {
        const struct framing *f = evidence_framing(e, &e->test->steps[i]);

        if (f && f->kind == FRAMING_HTTP)
            return true;
    }
    return false;
}

static bool is_about_all_of_it(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    return f && (f->outcome == STEP_NOT_PRINTED || f->outcome == STEP_OTHER_FILE) && e->program &&
           !phrase_expects_regex(e) && excerpt_is_whole(&f->expected) && excerpt_is_whole(&f->came);
}

static size_t offset_of(struct bytes text, struct bytes part)
{
    const uint8_t *at = bytes_find(text, part);

    return at ? (size_t)(at - text.data) : SIZE_MAX;
}

/* All before the first terminator came, or all behind the last, and maybe some of the terminator itself. One
 * that ends the body says nothing. */
static const char *where_it_ends(struct bytes body, struct bytes came, struct bytes terminator)
{
    size_t first = offset_of(body, terminator), last = first, more;

    if (first == SIZE_MAX || came.len == 0)
        return NULL;
    while ((more = offset_of(bytes_slice(body, last + 1, body.len), terminator)) != SIZE_MAX)
        last += 1 + more;
    if (last + terminator.len >= body.len)
        return NULL;
    if (first > 0 && came.len >= first && came.len <= first + terminator.len &&
        bytes_equal(bytes_slice(body, 0, came.len), came))
        return "ends at the first";
    if (bytes_equal(bytes_slice(body, last + terminator.len, body.len), came))
        return "begins behind the last";
    return NULL;
}

/* ---- lines behind the body ----------------------------------------------------------------------------- */

/* Where a line of the body, but not its first, is this one; SIZE_MAX: none is. */
static size_t line_of_body(struct bytes body, struct bytes line, struct bytes delimiter)
{
    size_t from = 0, more;

    while ((more = offset_of(bytes_slice(body, from, body.len), delimiter)) != SIZE_MAX) {
        from += more + delimiter.len;
        if (bytes_equal(bytes_slice(body, from, line.len), line))
            return from;
    }
    return SIZE_MAX;
}

/* Nothing came of it, for the program has ended with a failure. */
static bool has_given_up(const struct evidence *e)
{
    const struct program_record *p = e->program;

    return e->failed->came.total == 0 && p->exited && p->exit_status >= 0 && WIFEXITED(p->exit_status) &&
           WEXITSTATUS(p->exit_status) != 0;
}

/* The line behind the body that the body holds too, so that what came goes wrong just there: at its begin, or
 * else in it; or nothing came. Empty: there is none. */
static struct bytes line_taken(const struct framing *f, struct bytes body, struct bytes behind,
                               struct bytes came)
{
    size_t wrong = bytes_common(came, body), latest = 0;
    struct bytes found = {0};
    struct frame frame;

    while (wrong < body.len && framing_next(f, behind, &frame) == FRAMED_MESSAGE) {
        size_t at = line_of_body(body, bytes_slice(behind, 0, frame.total), f->delimiter);

        if (frame.body.len && at != SIZE_MAX && at > latest &&
            (came.len == 0 || (at <= wrong && wrong <= at + frame.total))) {
            found = frame.body;
            latest = at;
        }
        behind = bytes_slice(behind, frame.total, behind.len);
    }
    return found;
}

/* The body was sent in one of lines, with more of these behind it. */
static const char *ends_at_a_line(const struct evidence *e)
{
    struct bytes body = e->failed->expected.head, line = {0};

    for (size_t i = 0; body.len && e->shown && i < e->shown->n_steps && !line.len; i++) {
        const struct step_record *r = &e->shown->steps[i];
        const struct step *s = evidence_step(e, r);
        const struct framing *f = evidence_framing(e, s);
        size_t at;

        if (!f || f->kind != FRAMING_DELIMITER || e->test->peers[s->actor].program != e->program->program)
            continue;
        at = excerpt_is_whole(&r->sent) ? offset_of(r->sent.head, body) : SIZE_MAX;
        if (at != SIZE_MAX)
            line = line_taken(f, body, bytes_slice(r->sent.head, at + body.len, r->sent.head.len),
                              e->failed->came.head);
    }
    if (!line.len)
        return NULL;
    return arena_printf(e->arena, "a line of the body is %s, as one behind it is, and %s",
                        story_quote(e->arena, &(struct excerpt){.total = line.len, .head = line}),
                        has_given_up(e) ? "nothing came of it" : "there what came of it goes wrong");
}

static const char *detect_transparency(const struct evidence *e)
{
    const char *how;

    if (!is_about_all_of_it(e) || e->whole == ANSWER_PASSED || evidence_is_crash(e->program->exit_status))
        return NULL;
    if (!speaks_http(e))
        return e->failed->came.total || has_given_up(e) ? ends_at_a_line(e) : NULL;
    how = where_it_ends(e->failed->expected.head, e->failed->came.head, bytes_of("\r\n\r\n"));
    if (!how)
        return NULL;
    return arena_printf(
        e->arena, "the body holds empty lines, as one ends the head, and what came of it %s of these", how);
}

static const struct diagnosis body_transparency = {"body-transparency", FAMILY_MESSAGE,
                                                   "bytes of the body are taken for the end of a message",
                                                   "Where a length is told, count so many bytes, whatever "
                                                   "they are, and look for the next line only behind them.",
                                                   'M'};

/* Who printed nothing may have failed for anything else. */
static const char *rival_of_transparency(const struct evidence *e)
{
    return !speaks_http(e) && has_given_up(e) ? "exited-early" : NULL;
}

const struct detector body_detectors[] = {
    {&body_transparency, detect_transparency, rival_of_transparency},
    {NULL, NULL},
};
