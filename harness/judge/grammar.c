/*
 * grammar.c - see grammar.h. First what the bytes would have meant, where that is known: it is what a student
 * has to change. Else where they go wrong, and what should stand there.
 */
#include "judge/grammar.h"
#include "judge/phrases.h"
#include "wire/message.h"

/* ---- what they would have meant ------------------------------------------------------------------------ */

static const char *of_field(const struct evidence *e, const char *field)
{
    return field ? arena_printf(e->arena, "the field %s", field) : "each integer";
}

static const char *bytes_by(const struct evidence *e, int64_t by)
{
    int64_t n = by < 0 ? -by : by;

    return arena_printf(e->arena, "%lld byte%s %s", (long long)n, n == 1 ? "" : "s",
                        by < 0 ? "too few" : "too many");
}

static const char *meant(const struct evidence *e)
{
    const struct syntax_record *s = &e->failed->syntax;

    switch ((enum mistake)s->mistake) {
    case MISTAKE_NONE: return NULL;
    case MISTAKE_BYTE_ORDER:
        if (s->mistake_came && s->mistake_meant)
            return arena_printf(e->arena, "%s has its bytes the wrong way round: %s, which would be %s",
                                of_field(e, s->mistake_field), s->mistake_came, s->mistake_meant);
        return arena_printf(e->arena, "%s has its bytes the wrong way round", of_field(e, s->mistake_field));
    case MISTAKE_STRUCT_PADDING:
        if (s->mistake_field)
            return arena_printf(
                e->arena,
                "its fields lie as in a C struct, with padding, and %s has a larger type than the "
                "protocol's",
                of_field(e, s->mistake_field));
        return "its fields lie as in a C struct, with padding between them that the protocol does not have";
    case MISTAKE_STRUCT:
        return "it is a C struct as it lies in memory: with padding, and in the byte order of this machine";
    case MISTAKE_EXTRA_NUL: return "there is a NUL byte too many in it";
    case MISTAKE_MISSING_NUL: return "the NUL byte that ends a text is missing";
    case MISTAKE_EXTRA_END: return "there is a line end too many in it";
    case MISTAKE_MISSING_END: return "a line end is missing in it";
    case MISTAKE_CRLF: return "its lines end with CR LF, where the protocol has LF";
    case MISTAKE_LF: return "its lines end with LF, where the protocol has CR LF";
    case MISTAKE_LENGTH:
        return arena_printf(e->arena, "%s says %s: %s", of_field(e, s->mistake_field), s->mistake_came,
                            bytes_by(e, s->by));
    case MISTAKE_LENGTH_SELF:
        return arena_printf(e->arena, "%s says %s: it counts its own %lld bytes, too",
                            of_field(e, s->mistake_field), s->mistake_came, (long long)s->by);
    case MISTAKE_LENGTH_HEADER:
        return arena_printf(e->arena, "%s says %s: it counts the %lld bytes of the header, too",
                            of_field(e, s->mistake_field), s->mistake_came, (long long)s->by);
    }
    return NULL;
}

/* ---- where they go wrong ------------------------------------------------------------------------------- */

static const char *place(const struct evidence *e)
{
    const struct syntax_record *s = &e->failed->syntax;
    const char *message = s->message ? s->message : "a message";

    if (s->field)
        return arena_printf(e->arena, "as %s, at byte %llu, in the field %s", message,
                            (unsigned long long)s->offset, s->field);
    return arena_printf(e->arena, "as %s, at byte %llu", message, (unsigned long long)s->offset);
}

static const char *differs(const struct evidence *e)
{
    const struct syntax_record *s = &e->failed->syntax;

    return arena_printf(e->arena, "%s should be %s, but is %s", s->field ? s->field : "it",
                        s->expected ? s->expected : "another", s->came ? s->came : "missing");
}

static const char *wrong(const struct evidence *e)
{
    const struct syntax_record *s = &e->failed->syntax;

    switch ((enum syntax_kind)s->kind) {
    case SYNTAX_NONE: return NULL;
    case SYNTAX_ENDS: return arena_printf(e->arena, "%s, it ends too early", place(e));
    case SYNTAX_MORE: return arena_printf(e->arena, "%s, it should have ended", place(e));
    case SYNTAX_LITERAL:
        return arena_printf(e->arena, "%s, %s should stand there", place(e),
                            s->expected ? s->expected : "more");
    case SYNTAX_TYPE:
        return arena_printf(e->arena, "%s, there is no %s", place(e), s->type ? s->type : "such value");
    case SYNTAX_RANGE: return arena_printf(e->arena, "%s, the number is out of range", place(e));
    case SYNTAX_CONSTANT: return differs(e);
    case SYNTAX_COMPUTED: return arena_printf(e->arena, "by the rest of the message, %s", differs(e));
    case SYNTAX_PADDING:
        return arena_printf(e->arena, "%s, %s", place(e),
                            s->offset >= e->failed->came.total ? "the zeros that pad it are missing"
                                                               : "the padding is not zeros up to its end");
    case SYNTAX_EXPRESSION:
        return arena_printf(e->arena, "%s: %s", place(e), s->why ? s->why : "it cannot be computed");
    case SYNTAX_LIMIT: return arena_printf(e->arena, "%s, there are too many items", place(e));
    }
    return NULL;
}

const char *grammar_says(const struct evidence *e)
{
    const char *mistake = meant(e);

    if (mistake)
        return mistake;
    return e->failed->reason ? phrase_text(e->arena, e->failed->reason) : wrong(e);
}

/* ---- rules and checks ---------------------------------------------------------------------------------- */

const char *grammar_breach(const struct evidence *e)
{
    const struct breach_record *b = &e->failed->breach;

    return arena_printf(e->arena, "%s said %s in the state %s, where it may say %s", phrase_program(e),
                        b->came ? b->came : "something", b->state ? b->state : "it was in",
                        b->allowed && b->allowed[0] ? b->allowed : "nothing");
}

const char *grammar_check(const struct evidence *e)
{
    const char *source = e->step && e->step->value.source ? e->step->value.source : "a check";

    if (e->failed->reason)
        return arena_printf(e->arena, "the check %s does not hold: %s", phrase_text(e->arena, source),
                            phrase_text(e->arena, e->failed->reason));
    return arena_printf(e->arena, "the check %s does not hold", phrase_text(e->arena, source));
}
