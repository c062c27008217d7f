/* body.c - the body of a message that holds what elsewhere ends its head. */
#include "judge/diagnose/diagnose.h"
#include "judge/phrases.h"

/* Of HTTP alone: where messages are lines, several of them may be what was expected. */
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

static const char *detect_transparency(const struct evidence *e)
{
    const char *how;

    if (!is_about_all_of_it(e) || e->whole == ANSWER_PASSED || !speaks_http(e))
        return NULL;
    how = where_it_ends(e->failed->expected.head, e->failed->came.head, bytes_of("\r\n\r\n"));
    if (!how)
        return NULL;
    return arena_printf(
        e->arena, "the body holds empty lines, as one ends the head, and what came of it %s of these", how);
}

static const struct diagnosis body_transparency = {
    "body-transparency", FAMILY_MESSAGE, "bytes of the body are taken for the end of a message",
    "Look for the end of the head once; behind it count bytes, whatever they are.", 'M'};

const struct detector body_detectors[] = {
    {&body_transparency, detect_transparency},
    {NULL, NULL},
};
