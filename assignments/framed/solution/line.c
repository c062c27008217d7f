/* line.c - the mode `line`: requests and answers are lines of text. */
#include "client.h"

#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Reads "-12" at *at, not past end. strtoll would do more than the protocol allows: it skips blanks, takes a
 * plus sign, and needs a terminated string. Returns false when there is no number, or it does not fit. */
static bool read_number(const char **at, const char *end, int64_t *number)
{
    const char *p = *at;
    bool negative = p < end && *p == '-';
    if (negative)
        p++;
    const char *digits = p;
    int64_t n = 0;
    /* Counts downwards, for there is one negative number more than there are positive ones. */
    for (; p < end && *p >= '0' && *p <= '9'; p++)
        if (__builtin_mul_overflow(n, 10, &n) || __builtin_sub_overflow(n, *p - '0', &n))
            return false;
    if (p == digits)
        return false;
    if (!negative && __builtin_sub_overflow(0, n, &n))
        return false;
    *at = p;
    *number = n;
    return true;
}

static bool read_literal(const char **at, const char *end, const char *text)
{
    size_t n = strlen(text);
    if ((size_t)(end - *at) < n || memcmp(*at, text, n) != 0)
        return false;
    *at += n;
    return true;
}

/* Answers one line, given without its line feed. */
static void answer_line(struct client *c, const char *line, size_t length)
{
    const char *at = line, *end = line + length;
    int64_t a, b, sum;
    char answer[64];

    if (!read_literal(&at, end, "ADD ") || !read_number(&at, end, &a) || !read_literal(&at, end, " ") ||
        !read_number(&at, end, &b) || at != end)
        strcpy(answer, "ERR say ADD and two 64-bit integers\n");
    else if (__builtin_add_overflow(a, b, &sum))
        strcpy(answer, "ERR the sum does not fit 64 bits\n");
    else
        snprintf(answer, sizeof(answer), "OK %" PRId64 "\n", sum);
    client_answer(c, answer, strlen(answer)); /* strlen: the terminating zero byte stays here */
}

bool line_serve_one(struct client *c)
{
    char *feed = memchr(c->in, '\n', c->in_used);
    size_t length = feed ? (size_t)(feed - c->in) : c->in_used;
    bool too_long = length > MAX_LINE;

    if (too_long && !c->skipping) {
        static const char error[] = "ERR the line is longer than 1024 bytes\n";
        client_answer(c, error, sizeof(error) - 1);
    }
    if (!feed) {
        /* Of a line that is too long we keep nothing but the fact, until its line feed comes. */
        if (too_long)
            c->skipping = true;
        if (c->skipping)
            client_consume(c, c->in_used);
        return false;
    }
    if (!too_long && !c->skipping)
        answer_line(c, c->in, length);
    c->skipping = false;
    client_consume(c, length + 1);
    return true;
}
