/* http.c - HTTP: headers that are missing or not recognised, bodies whose end is told wrong or overlooked,
 * and paths that lead out. */
#include "base/mem.h"
#include "judge/diagnose/diagnose.h"
#include "judge/diagnose/path.h"
#include "judge/phrases.h"
#include "wire/http_head.h"

#include <string.h>
#include <sys/wait.h>

/* ---- what the detectors look at ------------------------------------------------------------------------ */

static bool is_http(const struct evidence *e, const struct step *s)
{
    const struct framing *f = evidence_framing(e, s);

    return f && f->kind == FRAMING_HTTP;
}

/* It fails only where bytes are cut apart, or come together. */
static bool depends_on_pieces(const struct evidence *e)
{
    return e->whole == ANSWER_PASSED || e->apart == ANSWER_PASSED;
}

static bool peer_asks(const struct evidence *e, const struct step *s)
{
    return e->test->peers[s->actor].kind == PEER_CONNECTS;
}

/* What the last step of a peer that speaks HTTP has sent; of any, or of `actor` alone. *by: that step. */
static struct bytes sent_last(const struct evidence *e, size_t actor, const struct step **by)
{
    for (size_t i = e->shown ? e->shown->n_steps : 0; i-- > 0;) {
        const struct step_record *r = &e->shown->steps[i];
        const struct step *s = evidence_step(e, r);

        if (r == e->failed || !s || s->verb != VERB_SENDS || !is_http(e, s) ||
            (actor != SIZE_MAX && s->actor != actor))
            continue;
        *by = s;
        return excerpt_is_whole(&r->sent) ? r->sent.head : (struct bytes){0};
    }
    return (struct bytes){0};
}

/* The request whose answer the failed step waits for. */
static struct bytes asked(const struct evidence *e)
{
    const struct step *by;
    struct bytes sent = {0};

    if (e->step && is_http(e, e->step) && peer_asks(e, e->step))
        sent = sent_last(e, e->step->actor, &by);
    for (uint32_t i = 0; e->failed && i < e->failed->item && sent.len; i++)
        sent = bytes_slice(sent, http_answered(sent, 200), sent.len);
    return sent;
}

struct came {
    enum http_state state;
    struct http_found found;
    struct bytes bytes; /* their beginning */
};

/* What came in the failed step, read as HTTP. */
static bool came_as(const struct evidence *e, struct came *out)
{
    const struct step_record *f = e->failed;
    struct http_context c;

    if (!f || !e->step || !is_http(e, e->step) || !f->came.total || depends_on_pieces(e))
        return false;
    c.kind = peer_asks(e, e->step) ? HTTP_RESPONSE : HTTP_REQUEST;
    c.to_head = http_asks_head(asked(e));
    out->bytes = f->came.head;
    out->state = http_read(c, f->came.head, false, UINT64_MAX, &out->found);
    if (out->found.body == HTTP_BODY_LENGTH && !excerpt_is_whole(&f->came)) {
        out->found.there = f->came.total - out->found.head;
        if (out->found.there >= out->found.announced)
            out->state = HTTP_WHOLE;
    }
    return true;
}

static struct http_found asked_as(const struct evidence *e)
{
    struct http_found f;

    http_read((struct http_context){.kind = HTTP_REQUEST}, asked(e), false, UINT64_MAX, &f);
    return f;
}

static bool is_success(const struct came *c)
{
    return c->found.status >= 200 && c->found.status < 300;
}

/* A header of the message that is called `name`, but is not spelled so. Empty: there is none. */
static struct bytes odd_name(enum http_kind kind, struct bytes message, const char *name)
{
    struct http_start start;
    struct http_field f;
    struct http_found found;
    size_t pos = 0;

    if (http_start_read(kind, message, &pos, &start, &found) != HTTP_WHOLE)
        return (struct bytes){0};
    while (http_field_read(message, &pos, &f, &found) == HTTP_WHOLE && f.name.len)
        if (http_same(f.name, name) && !bytes_equal(f.name, bytes_of(name)))
            return f.name;
    return (struct bytes){0};
}

const char *http_bare_lf(const struct evidence *e)
{
    struct came c;

    if (!came_as(e, &c) || c.found.problem != HTTP_BARE_LF)
        return NULL;
    return arena_printf(e->arena,
                        "the line that ends at byte %zu ends with LF (0x0a) alone, where CR LF should be",
                        c.found.at + 1);
}

/* ---- host-header --------------------------------------------------------------------------------------- */

static const char *detect_host_header(const struct evidence *e)
{
    struct came c;

    if (!came_as(e, &c))
        return NULL;
    if (c.found.problem == HTTP_HOST_MISSING)
        return "its request is one of HTTP/1.1, and has no header `Host`";
    if (is_success(&c) && asked_as(e).problem == HTTP_HOST_MISSING)
        return arena_printf(e->arena, "a request of HTTP/1.1 without `Host` was answered with status %u",
                            c.found.status);
    return NULL;
}

/* ---- blank-line-missing -------------------------------------------------------------------------------- */

/* The headers go on to the end of what came, and that is no header that is still under way. */
static bool lacks_its_end(struct bytes b)
{
    size_t line = b.len;

    while (line && b.data[line - 1] != '\n')
        line--;
    return line && !memchr(b.data + line, ':', b.len - line);
}

static const char *detect_blank_line(const struct evidence *e)
{
    struct came c;

    if (!came_as(e, &c))
        return NULL;
    if (c.found.problem == HTTP_NO_COLON ||
        (c.found.problem == HTTP_BAD_NAME && c.found.at && c.bytes.data[c.found.at - 1] == '\n'))
        return arena_printf(e->arena,
                            "behind its headers, at byte %zu, stands a line that is none, and no empty line",
                            c.found.at + 1);
    if (c.found.problem == HTTP_CUT_IN_HEAD && excerpt_is_whole(&e->failed->came) && lacks_its_end(c.bytes))
        return "no empty line came behind its headers";
    return NULL;
}

/* ---- content-length-off -------------------------------------------------------------------------------- */

/* The peer has got a message before: what stands before this one may be the rest of that. */
static bool is_the_next(const struct evidence *e)
{
    for (uint32_t i = 0; e->failed->step != STEP_AFTER && i < e->failed->step; i++)
        if (evidence_gets_answers(&e->test->steps[i]) && e->test->steps[i].actor == e->step->actor)
            return true;
    return e->failed->step == STEP_AFTER || e->failed->item > 0 || e->step->verb == VERB_GETS_END;
}

#define OFF_BY 2u /* more is another mistake: a body that was not sent to its end */

/* The body is right as far as the header lets it be read, and the header is only a little off the mark: what
 * it leaves is not waited for. A body that ends before a zero byte is another mistake. */
static const char *cuts_short(const struct evidence *e, const struct came *c)
{
    struct bytes want = phrase_wanted_field(e, "body");
    uint64_t there = c->found.there;

    if (c->state != HTTP_WHOLE || c->found.body != HTTP_BODY_LENGTH || !there || there >= want.len ||
        want.len - there > OFF_BY || !want.data[there] ||
        !bytes_equal(bytes_slice(c->bytes, c->found.head, there), bytes_slice(want, 0, there)))
        return NULL;
    return arena_printf(e->arena, "`Content-Length` says %llu, and the body has %zu bytes",
                        (unsigned long long)there, want.len);
}

static const char *came_more(const struct evidence *e, size_t many)
{
    return arena_printf(e->arena, "%zu byte%s more came than the `Content-Length` before them says", many,
                        many == 1 ? "" : "s");
}

/* Has the peer got a message of HTTP in the case that is shown? */
static bool got_http(const struct evidence *e, size_t peer)
{
    for (size_t i = 0; e->shown && i < e->shown->n_steps; i++) {
        const struct step *s = evidence_step(e, &e->shown->steps[i]);

        if (s && s->verb == VERB_GETS && s->actor_kind == ACTOR_PEER && s->actor == peer && is_http(e, s))
            return true;
    }
    return false;
}

/* After all was said and read some bytes are left over. */
static const char *left_over(const struct evidence *e)
{
    const struct step_record *f = e->failed;

    if (!f || f->step != STEP_AFTER || f->outcome != STEP_CAME_UNASKED || depends_on_pieces(e) ||
        !got_http(e, f->item) || f->came.total > OFF_BY)
        return NULL;
    return came_more(e, (size_t)f->came.total);
}

static const char *detect_content_length(const struct evidence *e)
{
    struct came c;
    uint64_t few;
    size_t many;

    if (!came_as(e, &c))
        return left_over(e);
    if (cuts_short(e, &c))
        return cuts_short(e, &c);
    few = c.found.announced - c.found.there;
    if (c.found.problem == HTTP_CUT_IN_BODY && c.state == HTTP_PARTIAL && few && few <= OFF_BY)
        return arena_printf(e->arena, "`Content-Length` says %llu, and the body has %llu bytes",
                            (unsigned long long)c.found.announced, (unsigned long long)c.found.there);
    /* What is left of a body stands before the next message, or alone. */
    if ((c.found.problem != HTTP_NO_START && c.found.problem != HTTP_EMPTY_START) || !is_the_next(e))
        return NULL;
    for (many = 1; many < c.bytes.len && many <= OFF_BY; many++)
        if (bytes_equal(bytes_slice(c.bytes, many, 5), bytes_of("HTTP/")))
            break;
    if (many > OFF_BY)
        return NULL;
    return came_more(e, many);
}

/* ---- header-case, keep-alive-hang ---------------------------------------------------------------------- */

static const char *spelled(const struct evidence *e, struct bytes name, const char *then)
{
    return arena_printf(e->arena, "a header's name is spelled `%.*s`, and %s", (int)name.len,
                        (const char *)name.data, then);
}

/* Of a server. */
static const char *request_case(const struct evidence *e)
{
    const struct step *by;
    struct came c;
    struct bytes odd;

    if (!e->step || e->step->actor_kind != ACTOR_PEER)
        return NULL;
    if (e->step->verb == VERB_GETS_END && e->failed->outcome == STEP_STILL_OPEN) {
        odd = odd_name(HTTP_REQUEST, sent_last(e, e->step->actor, &by), "Connection");
        return odd.len ? spelled(e, odd, "the connection stays open") : NULL;
    }
    odd = odd_name(HTTP_REQUEST, asked(e), "Host");
    if (!odd.len || !came_as(e, &c) || c.found.status != 400)
        return NULL;
    return spelled(e, odd, "the request got status 400");
}

/* A program that has a whole response and does not end; else nothing. */
static struct bytes has_response(const struct evidence *e)
{
    const struct step *by = NULL;
    struct bytes sent = {0};
    struct http_found found;

    if (e->failed && e->step && e->step->actor_kind == ACTOR_PROGRAM &&
        e->failed->outcome == STEP_STILL_RUNS && e->failed->unread == 0 && !depends_on_pieces(e))
        sent = sent_last(e, SIZE_MAX, &by);
    if (!sent.len || peer_asks(e, by) ||
        http_read((struct http_context){.kind = HTTP_RESPONSE}, sent, false, UINT64_MAX, &found) !=
            HTTP_WHOLE)
        return (struct bytes){0};
    return sent;
}

static const char *detect_header_case(const struct evidence *e)
{
    struct bytes response = has_response(e), odd = odd_name(HTTP_RESPONSE, response, "Content-Length");

    if (!odd.len)
        odd = odd_name(HTTP_RESPONSE, response, "Transfer-Encoding");
    return odd.len ? spelled(e, odd, "it waits for the connection's end") : request_case(e);
}

/* Who waits for the end has all that it wants when that comes. */
static bool misses_something(const struct program_record *p)
{
    return p && p->exit_status >= 0 && WIFEXITED(p->exit_status) && WEXITSTATUS(p->exit_status) != 0;
}

static const char *detect_keep_alive(const struct evidence *e)
{
    if (!has_response(e).len || misses_something(e->program))
        return NULL;
    return "it has the whole response, which tells where its body ends, and waits for the connection's end";
}

/* ---- path-traversal ------------------------------------------------------------------------------------ */

static int hex_digit(uint8_t c)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = c ? strchr(digits, c | 0x20) : NULL;

    return at ? (int)(at - digits) : -1;
}

static void decode(struct bytes target, struct buf *out)
{
    for (size_t i = 0; i < target.len; i++) {
        bool escaped = target.data[i] == '%' && i + 2 < target.len;
        int high = escaped ? hex_digit(target.data[i + 1]) : -1,
            low = escaped ? hex_digit(target.data[i + 2]) : -1;

        if (high >= 0 && low >= 0) {
            buf_byte(out, (uint8_t)(high << 4 | low));
            i += 2;
        } else
            buf_byte(out, target.data[i]);
    }
}

static bool leads_out(struct bytes target)
{
    _cleanup_buf_ struct buf path = BUF_INIT;
    struct bytes b;

    decode(target, &path);
    b = buf_view(&path);
    return bytes_find(b, bytes_of("/../")) || bytes_equal(bytes_slice(b, 0, 2), bytes_of("//"));
}

static const char *detect_traversal(const struct evidence *e)
{
    struct bytes request = asked(e);
    struct http_start start;
    struct http_found found;
    struct came c;
    size_t pos = 0;

    if (path_granted(e))
        return path_granted(e);
    if (http_start_read(HTTP_REQUEST, request, &pos, &start, &found) != HTTP_WHOLE ||
        !leads_out(start.target) || !came_as(e, &c) || !is_success(&c))
        return NULL;
    return arena_printf(e->arena, "`%.*s` was answered with status %u, and a file", (int)start.target.len,
                        (const char *)start.target.data, c.found.status);
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static const struct diagnosis host_header = {
    "host-header", FAMILY_MESSAGE, "a request of HTTP/1.1 lacks `Host`, or is served without it",
    "HTTP/1.1 requires Host: send it, and refuse a request without it with status 400.", 'M'};
static const struct diagnosis blank_line_missing = {
    "blank-line-missing", FAMILY_MESSAGE, "no empty line stands between the headers and the body",
    "End the headers with an empty line: \"\\r\\n\\r\\n\" behind the last one, also where no body follows.",
    'M'};
static const struct diagnosis content_length_off = {
    "content-length-off", FAMILY_MESSAGE, "Content-Length is not the length of the body",
    "Count the bytes behind the empty line, no more and no fewer: without the zero byte that ends a string "
    "in memory.",
    'M'};
static const struct diagnosis header_case = {
    "header-case", FAMILY_MESSAGE, "a header is not recognised when its name is spelled in another case",
    "Compare the names of headers without regard to case, as strcasecmp does.", 'M'};
static const struct diagnosis keep_alive_hang = {
    "keep-alive-hang", FAMILY_STREAM, "waits for the connection's end, where the response tells its length",
    "Stop when the body is there, as Content-Length or the last chunk says: the connection may stay open.",
    'R'};
static const struct diagnosis path_traversal = {"path-traversal", FAMILY_SERVER,
                                                "serves files from outside its folder",
                                                "Resolve the path, decoded and with all its dots (realpath "
                                                "does it), then check that it is below the folder.",
                                                'E'};

const struct detector http_detectors[] = {
    {&path_traversal, detect_traversal},
    {&host_header, detect_host_header},
    {&blank_line_missing, detect_blank_line},
    {&content_length_off, detect_content_length},
    {&header_case, detect_header_case},
    {&keep_alive_hang, detect_keep_alive},
    {NULL, NULL},
};
