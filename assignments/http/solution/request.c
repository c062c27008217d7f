/* request.c - takes a request apart: its line, its headers, and the path that it asks for. */
#include "request.h"

#include <string.h>
#include <strings.h>

/* A piece of the input. Requests are no C strings: nothing ends them but their own syntax. */
struct text {
    const char *at;
    size_t n;
};

static bool is(struct text t, const char *word)
{
    return t.n == strlen(word) && memcmp(t.at, word, t.n) == 0;
}

static bool is_in_any_case(struct text t, const char *word)
{
    return t.n == strlen(word) && strncasecmp(t.at, word, t.n) == 0;
}

/* Cuts what stands before `end` off the front of *rest. Returns false when there is no `end` in it. */
static bool cut(struct text *rest, const char *end, struct text *front)
{
    size_t n = strlen(end);
    const char *found = memmem(rest->at, rest->n, end, n);

    if (!found)
        return false;
    *front = (struct text){rest->at, (size_t)(found - rest->at)};
    rest->at += front->n + n;
    rest->n -= front->n + n;
    return true;
}

static struct text trim(struct text t)
{
    while (t.n > 0 && (t.at[0] == ' ' || t.at[0] == '\t'))
        t.at++, t.n--;
    while (t.n > 0 && (t.at[t.n - 1] == ' ' || t.at[t.n - 1] == '\t'))
        t.n--;
    return t;
}

/* Methods and names of headers are made of these (RFC 9110, 5.6.2). */
static bool is_token(struct text t)
{
    static const char allowed[] = "!#$%&'*+-.^_`|~0123456789"
                                  "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    for (size_t i = 0; i < t.n; i++)
        if (t.at[i] == '\0' || !strchr(allowed, t.at[i]))
            return false;
    return t.n > 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
        return (c | 0x20) - 'a' + 10;
    return -1;
}

/* "/a%20b.txt?x=1" is "/a b.txt". Decoded once, before anybody looks for `..` in it. */
static bool read_target(struct text target, char path[MAX_HEAD])
{
    struct text rest = target;
    size_t n = 0;

    cut(&rest, "?", &target); /* what is asked of the file does not matter here */
    for (size_t i = 0; i < target.n; i++) {
        char c = target.at[i];
        if (c == '%') {
            int high = i + 2 < target.n ? hex_digit(target.at[i + 1]) : -1;
            int low = i + 2 < target.n ? hex_digit(target.at[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high << 4 | low);
            i += 2;
        }
        if (c == '\0') /* it would end the name early, for the kernel */
            return false;
        path[n++] = c;
    }
    path[n] = '\0';
    return path[0] == '/';
}

static void read_line(struct text line, struct request *r, bool *old)
{
    struct text method, target, version = line;

    if (!cut(&version, " ", &method) || !cut(&version, " ", &target) || !is_token(method))
        return;
    *old = is(version, "HTTP/1.0");
    if ((!*old && !is(version, "HTTP/1.1")) || !read_target(target, r->path))
        return;
    r->head = is(method, "HEAD");
    r->status = r->head || is(method, "GET") ? 200 : 501;
}

/* One header, "Name: value". The case of its name does not matter. */
static bool read_header(struct text line, bool *host, bool *close)
{
    struct text name, value = line;

    if (!cut(&value, ":", &name) || !is_token(name)) /* a space before the colon is no part of a token */
        return false;
    if (is_in_any_case(name, "Host")) {
        if (*host) /* two of them: which one is meant? */
            return false;
        *host = true;
    }
    if (is_in_any_case(name, "Connection") && is_in_any_case(trim(value), "close"))
        *close = true;
    /* A body would follow, and nothing that is done here needs one: it is not read. */
    if (is_in_any_case(name, "Content-Length") || is_in_any_case(name, "Transfer-Encoding"))
        *close = true;
    return true;
}

bool request_read(const char *in, size_t n, struct request *r)
{
    struct text rest = {in, n < MAX_HEAD ? n : MAX_HEAD}, head, line;
    bool host = false, old = false, right = true;

    memset(r, 0, sizeof(*r));
    r->status = 400;
    r->bytes = n;
    if (!cut(&rest, "\r\n\r\n", &head)) {
        r->close = true;
        return n >= MAX_HEAD; /* too long ever to be read: 400 */
    }
    r->bytes = head.n + 4;

    rest = (struct text){head.at, head.n + 2}; /* so that the last line ends like the others */
    if (cut(&rest, "\r\n", &line))
        read_line(line, r, &old);
    while (cut(&rest, "\r\n", &line))
        right = read_header(line, &host, &r->close) && right;
    if (!right || (!host && !old))
        r->status = 400;
    /* Where a request is broken, nobody knows where the next one begins. */
    if (old || r->status == 400)
        r->close = true;
    return true;
}
