/* message_scan.c - words, numbers and expressions in the text of a definition: see message_parts.h. */
#include "wire/message_parts.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool scan_fail(struct scan *s, size_t offset, const char *cure, const char *fmt, ...)
{
    _cleanup_buf_ struct buf message = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(&message, fmt, ap);
    va_end(ap);
    *s->problem = (struct message_problem){
        .origin = s->origin,
        .offset = offset,
        .message = (const char *)arena_bytes(s->arena, buf_view(&message)).data,
        .cure = cure,
    };
    return false;
}

bool scan_is(const struct scan *s, char c)
{
    return s->at < s->end && s->text.data[s->at] == (uint8_t)c;
}

bool scan_take(struct scan *s, char c)
{
    if (!scan_is(s, c))
        return false;
    s->at++;
    return true;
}

static bool is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

void scan_blanks(struct scan *s)
{
    while (s->at < s->end && is_blank(s->text.data[s->at]))
        s->at++;
}

static bool begins_name(uint8_t c)
{
    return c == '_' || isalpha(c);
}

static bool is_of_name(uint8_t c)
{
    return begins_name(c) || isdigit(c);
}

static size_t name_end(const struct scan *s, size_t at)
{
    while (at < s->end && is_of_name(s->text.data[at]))
        at++;
    return at;
}

static char *copy(const struct scan *s, size_t from, size_t to)
{
    return (char *)arena_bytes(s->arena, bytes_slice(s->text, from, to - from)).data;
}

char *scan_name(struct scan *s)
{
    size_t from = s->at;

    if (from >= s->end || !begins_name(s->text.data[from]))
        return NULL;
    s->at = name_end(s, from);
    return copy(s, from, s->at);
}

static int digit_of(uint8_t c, unsigned base)
{
    int digit = isdigit(c) ? c - '0' : base == 16 && isxdigit(c) ? tolower(c) - 'a' + 10 : -1;

    return digit;
}

bool scan_number(struct scan *s, uint64_t *out)
{
    size_t from = s->at;
    unsigned base = 10;
    uint64_t number = 0;

    if (s->end - s->at > 2 && s->text.data[from] == '0' && (s->text.data[from + 1] | 32) == 'x') {
        base = 16;
        s->at += 2;
    }
    if (s->at >= s->end || digit_of(s->text.data[s->at], base) < 0)
        return scan_fail(s, from, "like 4 or 0x1f", "a number is missing here");
    for (; s->at < s->end && digit_of(s->text.data[s->at], base) >= 0; s->at++)
        if (__builtin_mul_overflow(number, base, &number) ||
            __builtin_add_overflow(number, (uint64_t)digit_of(s->text.data[s->at], base), &number))
            return scan_fail(s, from, NULL, "this number has more than 64 bits");
    *out = number;
    return true;
}

/* ---- expressions --------------------------------------------------------------------------------- */

/* Behind the closing quote; s->end when there is none. */
static size_t quote_end(const struct scan *s, size_t at)
{
    uint8_t quote = s->text.data[at++];

    for (; at < s->end && s->text.data[at] != quote; at++)
        if (s->text.data[at] == '\\')
            at++;
    return at < s->end ? at + 1 : s->end + 1;
}

static bool ends_with_word(const struct scan *s, size_t at, const char *word)
{
    size_t end = name_end(s, at);

    return end - at == strlen(word) && memcmp(s->text.data + at, word, end - at) == 0;
}

/* `==`, `<=`, `~=` are parts of an expression; `=` alone is none. */
static size_t equals_sign(const struct scan *s, size_t at)
{
    bool behind = at > s->at && strchr("<>~=", s->text.data[at - 1]);

    return at + 1 < s->end && s->text.data[at + 1] == '=' ? 2 : behind;
}

#define NESTING_MAX 64u

bool scan_expr_end(struct scan *s, size_t *end)
{
    char open[NESTING_MAX];
    size_t depth = 0, at = s->at;

    while (at < s->end) {
        uint8_t c = s->text.data[at];
        static const char opening[] = "([{", closing[] = ")]}";
        const char *closes = c ? strchr(closing, c) : NULL, *opens = c ? strchr(opening, c) : NULL;

        if (depth == 0 && (c == ',' || c == ')'))
            break;
        if (c == '=') {
            size_t len = equals_sign(s, at);
            if (depth == 0 && len == 0)
                break;
            at += len ? len : 1;
            continue;
        }
        if (begins_name(c)) {
            if (depth == 0 && (ends_with_word(s, at, "if") || ends_with_word(s, at, "via")))
                break;
            at = name_end(s, at);
            continue;
        }
        if (c == '"' || c == '\'') {
            size_t behind = quote_end(s, at);
            if (behind > s->end)
                return scan_fail(s, at, NULL, "this quote is not closed");
            at = behind;
            continue;
        }
        if (opens && depth == NESTING_MAX)
            return scan_fail(s, at, NULL, "more than %u brackets within each other", NESTING_MAX);
        if (opens)
            open[depth++] = closing[opens - opening];
        else if (closes && (depth == 0 || open[--depth] != *closes))
            return scan_fail(s, at, NULL, "this `%c` closes nothing", c);
        at++;
    }
    if (depth > 0)
        return scan_fail(s, at, NULL, "a `%c` is missing here", open[depth - 1]);
    *end = at;
    return true;
}

static bool is_word(const char *name, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(name, words[i]) == 0)
            return true;
    return false;
}

/* Names that are none in Lua. */
static bool is_keyword(const char *name)
{
    static const char *const words[] = {
        "and", "break", "do",  "else", "elseif", "end",    "false",  "for",  "function", "goto",  "if",
        "in",  "local", "nil", "not",  "or",     "repeat", "return", "then", "true",     "until", "while"};

    return is_word(name, words, sizeof words / sizeof *words);
}

static bool read_text(const struct scan *s, struct message_expr *out)
{
    struct bytes all = bytes_slice(s->text, s->at, s->end - s->at);
    uint8_t quote = all.data[0];
    size_t behind = quote_end(s, s->at);

    if ((quote != '"' && quote != '\'') || behind != s->end || memchr(all.data, '\\', all.len))
        return false;
    out->kind = EXPR_CONSTANT;
    out->constant = datum_bytes(arena_bytes(s->arena, bytes_slice(all, 1, all.len - 2)));
    return true;
}

/* An integer, or a number with a fraction. False: it is neither; *bad: and it was reported. */
static bool read_number(struct scan s, struct message_expr *out, bool *bad)
{
    bool negative = scan_take(&s, '-');
    uint64_t number;
    char *end;
    double real;

    if (s.at >= s.end || !isdigit(s.text.data[s.at]))
        return false;
    real = strtod(out->text, &end);
    *bad = !scan_number(&s, &number);
    if (!*bad && s.at == s.end && negative && number > UINT64_C(1) << 63)
        *bad = !scan_fail(&s, out->at, NULL, "this number has more than 64 bits");
    if (*bad)
        return false;
    if (s.at < s.end && *end) /* an expression that begins with a number */
        return false;
    out->kind = EXPR_CONSTANT;
    out->constant = s.at < s.end ? (struct datum){.kind = DATUM_REAL, .real = real}
                    : negative   ? datum_int((int64_t)(0 - number))
                                 : datum_uint(number);
    return true;
}

/* A name, size(name), count(name). */
static bool read_simple(struct scan s, struct message_expr *out)
{
    char *name = scan_name(&s), *inner;

    if (!name || is_keyword(name))
        return false;
    scan_blanks(&s);
    if (s.at == s.end) {
        out->kind = EXPR_NAME;
        out->name = name;
        return true;
    }
    if (!scan_take(&s, '(') || (strcmp(name, "size") != 0 && strcmp(name, "count") != 0))
        return false;
    scan_blanks(&s);
    inner = scan_name(&s);
    scan_blanks(&s);
    if (!inner || is_keyword(inner) || !scan_take(&s, ')') || s.at != s.end)
        return false;
    out->kind = strcmp(name, "size") == 0 ? EXPR_SIZE : EXPR_COUNT;
    out->name = inner;
    return true;
}

bool scan_expr(struct scan *s, const char *what, struct message_expr *out)
{
    struct scan part = *s;
    bool bad = false;

    scan_blanks(&part);
    s->at = part.at;
    if (!scan_expr_end(s, &part.end))
        return false;
    s->at = part.end;
    while (part.end > part.at && is_blank(part.text.data[part.end - 1]))
        part.end--;
    if (part.end == part.at)
        return scan_fail(s, part.at, "like 4, a field's name, size(body)", "%s is missing here", what);
    if (memchr(part.text.data + part.at, 0, part.end - part.at))
        return scan_fail(s, part.at, NULL, "a NUL byte stands here");
    *out = (struct message_expr){
        .kind = EXPR_OTHER, .text = copy(s, part.at, part.end), .origin = s->origin, .at = part.at};
    if (!read_text(&part, out) && !read_number(part, out, &bad) && !bad)
        read_simple(part, out);
    return !bad;
}

void message_expr_names(const struct message_expr *e,
                        void (*see)(void *ctx, const char *name, size_t offset, bool call), void *ctx)
{
    struct arena a = {0};
    struct message_problem unused;
    struct scan s = {&a, bytes_of(e->text), 0, strlen(e->text), NULL, &unused};
    bool member = false; /* behind a dot */

    while (s.at < s.end) {
        size_t from = s.at;
        uint8_t c = s.text.data[from];
        const char *name = scan_name(&s);

        if (name) {
            scan_blanks(&s);
            if (!member && !is_keyword(name))
                see(ctx, name, e->at + from, scan_is(&s, '('));
        } else if (c == '"' || c == '\'') {
            s.at = quote_end(&s, from);
        } else if (isdigit(c)) { /* 0x1f holds no name */
            s.at = name_end(&s, from);
        } else {
            s.at++;
        }
        member = c == '.' && !member; /* `a.b`, not `a..b` */
    }
    arena_deinit(&a);
}
