/* test_http.c - HTTP messages: where they end, at every cut; what is wrong with them; fields and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "wire/framing.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static const struct http_context request = {HTTP_REQUEST, false};
static const struct http_context response = {HTTP_RESPONSE, false};
static const struct http_context to_head = {HTTP_RESPONSE, true};

static void same(struct bytes a, struct bytes b)
{
    assert_int_equal(a.len, b.len);
    if (a.len)
        assert_memory_equal(a.data, b.data, a.len);
}

/* From memory of just this size, so that ASan sees whoever reads beyond it. */
static enum http_state read_of(struct http_context c, struct bytes in, bool ended, struct http_found *out)
{
    uint8_t *copy = mem_new(in.len);
    enum http_state s;

    if (in.len)
        memcpy(copy, in.data, in.len);
    s = http_read(c, (struct bytes){copy, in.len}, ended, FRAMING_BOUND, out);
    mem_free(copy);
    return s;
}

/* ---- where a message ends --------------------------------------------------------------------------------
 */

static void check_prefixes(struct http_context c, struct bytes message, struct bytes behind)
{
    _cleanup_buf_ struct buf all = BUF_INIT;
    struct http_found f;

    buf_append(&all, message);
    buf_append(&all, behind);
    for (size_t n = 0; n <= all.len; n++) {
        struct bytes in = bytes_slice(buf_view(&all), 0, n);
        enum http_state s = read_of(c, in, false, &f);

        assert_int_equal(s, n < message.len ? HTTP_PARTIAL : HTTP_WHOLE);
        if (n >= message.len) {
            assert_int_equal(f.total, message.len);
            assert_int_equal(f.problem, HTTP_FINE);
            continue;
        }
        assert_true(f.problem >= HTTP_CUT_IN_START);
        assert_int_equal(f.at, n);
        assert_int_equal(f.total, 0);
        assert_int_equal(read_of(c, in, true, &f), n ? HTTP_BROKEN : HTTP_PARTIAL);
    }
}

static void a_message_ends_at_the_same_place_however_it_was_cut(void **state)
{
    static const struct bytes behind[] = {BYTES(""), BYTES("\r\n"), BYTES("HTTP/1.1 200 OK\r\n\r\n"),
                                          BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), BYTES("0\r\n\r\n\0")};

    (void)state;
    for (size_t i = 0; i < array_len(behind); i++) {
        check_prefixes(request, BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), behind[i]);
        check_prefixes(request, BYTES("OPTIONS * HTTP/1.0\r\n\r\n"), behind[i]);
        check_prefixes(request, BYTES("PUT /a HTTP/1.1\r\nhOST:\r\nCONTENT-LENGTH:  3 \r\n\r\n\r\n\r"),
                       behind[i]);
        check_prefixes(request,
                       BYTES("POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n"
                             "3;name=\"v\"\r\n0\r\n\r\nA\r\n0123456789\r\n00\r\nDigest: 1\r\n\r\n"),
                       behind[i]);
        check_prefixes(response, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"), behind[i]);
        check_prefixes(response, BYTES("HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n"), behind[i]);
        check_prefixes(response, BYTES("HTTP/1.1 100 Continue\r\n\r\n"), behind[i]);
        check_prefixes(response, BYTES("HTTP/1.1 204 No Content\r\n\r\n"), behind[i]);
        check_prefixes(response, BYTES("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"), behind[i]);
        check_prefixes(to_head, BYTES("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"), behind[i]);
        check_prefixes(to_head, BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"), behind[i]);
        check_prefixes(response,
                       BYTES("HTTP/1.1 200 a\tb\xe9\r\nA: \x80\r\ntransfer-encoding:chunked\r\n\r\n"
                             "0\r\n\r\n"),
                       behind[i]);
    }
}

static void without_a_length_a_response_ends_with_the_stream(void **state)
{
    struct bytes in = BYTES("HTTP/1.0 200 OK\r\nX: 1\r\n\r\nbody\r\n");
    struct http_found f;

    (void)state;
    assert_int_equal(read_of(response, in, false, &f), HTTP_PARTIAL);
    assert_int_equal(f.problem, HTTP_STILL_OPEN);
    assert_int_equal(f.body, HTTP_BODY_CLOSE);
    assert_int_equal(read_of(response, in, true, &f), HTTP_WHOLE);
    assert_int_equal(f.total, in.len);
    assert_int_equal(f.there, 6);
    assert_int_equal(f.status, 200);
}

static void an_end_before_a_message_is_no_message(void **state)
{
    struct http_found f;

    (void)state;
    assert_int_equal(read_of(response, BYTES(""), true, &f), HTTP_PARTIAL);
}

/* ---- what is wrong ---------------------------------------------------------------------------------------
 */

#define OK "HTTP/1.1 200 OK\r\n"
#define GET "GET / HTTP/1.1\r\n"
#define HOST GET "Host: x\r\n"
#define CHUNKS OK "Transfer-Encoding: chunked\r\n\r\n"

static const struct {
    enum http_kind kind;
    const char *text;
    enum http_problem problem;
    size_t at;
} wrong[] = {
    {HTTP_RESPONSE, "hello\r\n", HTTP_NO_START, 0},
    {HTTP_RESPONSE, "HTTP1.1 200 OK\r\n", HTTP_NO_START, 0},
    {HTTP_RESPONSE, "200 OK\r\n", HTTP_NO_START, 0},
    {HTTP_RESPONSE, "HT\n", HTTP_NO_START, 0},
    {HTTP_RESPONSE, "\r\n" OK, HTTP_EMPTY_START, 0},
    {HTTP_RESPONSE, "\n" OK, HTTP_EMPTY_START, 0},
    {HTTP_RESPONSE, "HTTP/2.0 200 OK\r\n", HTTP_BAD_VERSION, 0},
    {HTTP_RESPONSE, "HTTP/1.x 200 OK\r\n", HTTP_BAD_VERSION, 0},
    {HTTP_RESPONSE, "HTTP/1.1\r\n", HTTP_BAD_STATUS, 8},
    {HTTP_RESPONSE, "HTTP/1.1 20 OK\r\n", HTTP_BAD_STATUS, 8},
    {HTTP_RESPONSE, "HTTP/1.1  200 OK\r\n", HTTP_BAD_STATUS, 8},
    {HTTP_RESPONSE, "HTTP/1.1\t200 OK\r\n", HTTP_BAD_STATUS, 8},
    {HTTP_RESPONSE, "HTTP/1.1 2000 OK\r\n", HTTP_BAD_STATUS, 8},
    {HTTP_RESPONSE, "HTTP/1.1 099 OK\r\n", HTTP_BAD_STATUS, 8},
    {HTTP_RESPONSE, "HTTP/1.1 600 OK\r\n", HTTP_BAD_STATUS, 8},
    {HTTP_RESPONSE, "HTTP/1.1 200OK\r\n", HTTP_BAD_STATUS, 12},
    {HTTP_RESPONSE, "HTTP/1.1 200\r\n", HTTP_NO_STATUS_SPACE, 12},
    {HTTP_RESPONSE, "HTTP/1.1 200 O\033K\r\n", HTTP_BAD_REASON, 14},
    {HTTP_RESPONSE, "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", HTTP_BARE_LF, 15},
    {HTTP_RESPONSE, OK "Content-Length: 5\n\r\nhello", HTTP_BARE_LF, 34},
    {HTTP_RESPONSE, OK "Content-Length: 5\r\n\nhello", HTTP_BARE_LF, 36},
    {HTTP_RESPONSE, OK "A: b\rC: d\r\n", HTTP_BARE_CR, 21},
    {HTTP_RESPONSE, OK "A: b\r\r\n", HTTP_BARE_CR, 21},
    {HTTP_RESPONSE, OK "A: b\r\n c\r\n", HTTP_FOLDED, 23},
    {HTTP_RESPONSE, OK "A: b\r\n\tc\r\n", HTTP_FOLDED, 23},
    {HTTP_RESPONSE, OK "Content-Length: 5\r\nhello\n", HTTP_NO_COLON, 36},
    {HTTP_RESPONSE, OK "<a href=\"http://x\">\r\n", HTTP_BAD_NAME, 17},
    {HTTP_RESPONSE, OK ": x\r\n", HTTP_BAD_NAME, 17},
    {HTTP_RESPONSE, OK "A b: x\r\n", HTTP_BAD_NAME, 18},
    {HTTP_RESPONSE, OK "Length : 5\r\n", HTTP_SPACE_BEFORE_COLON, 23},
    {HTTP_RESPONSE, OK "Length\t : 5\r\n", HTTP_SPACE_BEFORE_COLON, 23},
    {HTTP_RESPONSE, OK "A: b\001\r\n", HTTP_BAD_VALUE, 21},
    {HTTP_RESPONSE, OK "A: \177\r\n", HTTP_BAD_VALUE, 20},
    {HTTP_RESPONSE, OK "Content-Length: 5x\r\n", HTTP_BAD_LENGTH, 34},
    {HTTP_RESPONSE, OK "Content-Length: -5\r\n", HTTP_BAD_LENGTH, 33},
    {HTTP_RESPONSE, OK "Content-Length: 5, 5\r\n", HTTP_BAD_LENGTH, 34},
    {HTTP_RESPONSE, OK "Content-Length:\r\n", HTTP_BAD_LENGTH, 17},
    {HTTP_RESPONSE, OK "Content-Length: 5\r\ncontent-length: 5\r\n", HTTP_LENGTH_TWICE, 36},
    {HTTP_RESPONSE, OK "Content-Length: 5\r\nContent-Length: 6\r\n", HTTP_LENGTH_TWICE, 36},
    {HTTP_RESPONSE, OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_LENGTH_BESIDE_CODING,
     36},
    {HTTP_RESPONSE, OK "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n", HTTP_LENGTH_BESIDE_CODING,
     45},
    {HTTP_RESPONSE, OK "Transfer-Encoding: gzip\r\n", HTTP_CODING_UNKNOWN, 17},
    {HTTP_RESPONSE, OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", HTTP_CODING_UNKNOWN,
     45},
    {HTTP_RESPONSE, "HTTP/1.1 204 X\r\nContent-Length: 0\r\n\r\n", HTTP_LENGTH_FORBIDDEN, 16},
    {HTTP_RESPONSE, "HTTP/1.1 100 X\r\nContent-Length: 0\r\n\r\n", HTTP_LENGTH_FORBIDDEN, 16},
    {HTTP_RESPONSE, "HTTP/1.1 204 X\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_CODING_FORBIDDEN, 16},
    {HTTP_RESPONSE, "HTTP/1.0 200 X\r\nTransfer-Encoding: chunked\r\n\r\n", HTTP_CODING_FORBIDDEN, 16},
    {HTTP_RESPONSE, OK "Content-Length: 268435457\r\n\r\n", HTTP_BODY_TOO_LONG, 17},
    {HTTP_RESPONSE, OK "Content-Length: 18446744073709551617\r\n\r\n", HTTP_BODY_TOO_LONG, 17},
    {HTTP_RESPONSE, CHUNKS "hello\r\n", HTTP_BAD_CHUNK_SIZE, 47},
    {HTTP_RESPONSE, CHUNKS "0x5\r\n", HTTP_BAD_CHUNK_SIZE, 48},
    {HTTP_RESPONSE, CHUNKS "5 \r\n", HTTP_BAD_CHUNK_SIZE, 48},
    {HTTP_RESPONSE, CHUNKS "-5\r\n", HTTP_BAD_CHUNK_SIZE, 47},
    {HTTP_RESPONSE, CHUNKS "5\nhello\n", HTTP_BARE_LF, 48},
    {HTTP_RESPONSE, CHUNKS "5\r\nhello0\r\n\r\n", HTTP_BAD_CHUNK_END, 55},
    {HTTP_RESPONSE, CHUNKS "4\r\nhello\r\n0\r\n\r\n", HTTP_BAD_CHUNK_END, 54},
    {HTTP_RESPONSE, CHUNKS "6\r\nhello\r\n0\r\n\r\n", HTTP_BAD_CHUNK_END, 56},
    {HTTP_RESPONSE, CHUNKS "ffffffffffffffff\r\n", HTTP_BODY_TOO_LONG, 47},
    {HTTP_RESPONSE, CHUNKS "10000000000000001\r\n", HTTP_BODY_TOO_LONG, 47},
    {HTTP_RESPONSE, CHUNKS "0\r\nx\r\n\r\n", HTTP_NO_COLON, 50},
    {HTTP_REQUEST, "hello\r\n", HTTP_NO_START, 0},
    {HTTP_REQUEST, "\200", HTTP_NO_START, 0},
    {HTTP_REQUEST, " GET / HTTP/1.1\r\n", HTTP_NO_START, 0},
    {HTTP_REQUEST, "\r\n" GET, HTTP_EMPTY_START, 0},
    {HTTP_REQUEST, "GE(T / HTTP/1.1\r\n", HTTP_BAD_METHOD, 2},
    {HTTP_REQUEST, "GET\t/ HTTP/1.1\r\n", HTTP_BAD_METHOD, 3},
    {HTTP_REQUEST, "GET  / HTTP/1.1\r\n", HTTP_BAD_TARGET, 4},
    {HTTP_REQUEST, "GET /\200 HTTP/1.1\r\n", HTTP_BAD_TARGET, 5},
    {HTTP_REQUEST, "GET /\r\n", HTTP_BAD_VERSION, 5},
    {HTTP_REQUEST, "GET / http/1.1\r\n", HTTP_BAD_VERSION, 5},
    {HTTP_REQUEST, "GET /a b HTTP/1.1\r\n", HTTP_BAD_VERSION, 6},
    {HTTP_REQUEST, "GET / HTTP/1.1 \r\n", HTTP_BAD_VERSION, 5},
    {HTTP_REQUEST, "GET / HTTP/1.1\n", HTTP_BARE_LF, 14},
    {HTTP_REQUEST, GET "\r\n", HTTP_HOST_MISSING, 16},
    {HTTP_REQUEST, GET "User-Agent: x\r\n\r\n", HTTP_HOST_MISSING, 31},
    {HTTP_REQUEST, HOST "host: y\r\n", HTTP_HOST_TWICE, 25},
};

/* Once it is broken nothing that comes can change why, and before that it was partial. */
static void check_wrong(size_t i)
{
    struct http_context c = {wrong[i].kind, false};
    struct bytes in = bytes_of(wrong[i].text);
    bool broken = false;
    struct http_found f;

    for (size_t n = 0; n <= in.len; n++) {
        enum http_state s = read_of(c, bytes_slice(in, 0, n), false, &f);

        if (s != HTTP_BROKEN)
            assert_int_equal(s, HTTP_PARTIAL);
        assert_true(!broken || s == HTTP_BROKEN);
        broken = s == HTTP_BROKEN;
        if (broken && (f.problem != wrong[i].problem || f.at != wrong[i].at))
            fail_msg("%s: problem %d at %zu after %zu bytes", wrong[i].text, f.problem, f.at, n);
    }
    if (!broken)
        fail_msg("%s: not broken", wrong[i].text);
}

static void each_problem_is_told_with_its_place(void **state)
{
    bool seen[HTTP_STILL_OPEN + 1] = {false};

    (void)state;
    for (size_t i = 0; i < array_len(wrong); i++) {
        check_wrong(i);
        seen[wrong[i].problem] = true;
    }
    for (enum http_problem p = HTTP_NO_START; p < HTTP_CUT_IN_START; p++)
        if (p != HTTP_HEAD_TOO_LONG && p != HTTP_TOO_MANY_HEADERS)
            assert_true(seen[p]);
}

static void says(struct http_context c, struct bytes in, bool ended, enum http_problem problem,
                 const char *text)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct http_found f;

    assert_int_equal(read_of(c, in, ended, &f), ended && in.len ? HTTP_BROKEN : HTTP_PARTIAL);
    assert_int_equal(f.problem, problem);
    http_describe(c, &f, &out);
    buf_byte(&out, 0);
    assert_non_null(strstr((const char *)out.data, text));
}

static void what_is_missing_is_told(void **state)
{
    (void)state;
    for (int ended = 0; ended < 2; ended++) {
        says(response, BYTES("HTTP/1.1 2"), ended, HTTP_CUT_IN_START, "no end");
        says(response, BYTES(OK "Content-Length: 5\r\nhello"), ended, HTTP_CUT_IN_HEAD, "empty line");
        says(response, BYTES(OK "Content-Length: 6\r\n\r\nhello"), ended, HTTP_CUT_IN_BODY,
             "`Content-Length` says 6, and the body has 5 bytes");
        says(response, BYTES(OK "Content-Length: 5\r\n\r\nh"), ended, HTTP_CUT_IN_BODY,
             "the body has 1 byte");
        says(response, BYTES(CHUNKS "5\r\nhello\r\n"), ended, HTTP_CUT_IN_CHUNKS, "chunk of size 0");
    }
    says(response, BYTES(OK "\r\nhello"), false, HTTP_STILL_OPEN, "Content-Length");
}

static void every_problem_has_a_sentence(void **state)
{
    (void)state;
    for (enum http_problem p = HTTP_FINE; p <= HTTP_STILL_OPEN; p++) {
        struct http_found f = {.problem = p};
        _cleanup_buf_ struct buf of_request = BUF_INIT, of_response = BUF_INIT;

        http_describe(request, &f, &of_request);
        http_describe(response, &f, &of_response);
        assert_true(of_request.len > 10);
        assert_int_equal(bytes_equal(buf_view(&of_request), buf_view(&of_response)), p != HTTP_NO_START);
    }
}

/* ---- bounds ----------------------------------------------------------------------------------------------
 */

static void a_head_is_bounded(void **state)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct http_found f;

    (void)state;
    buf_text(&b, OK "A: ");
    while (b.len < HTTP_HEAD_MAX)
        buf_byte(&b, 'a');
    assert_int_equal(read_of(response, buf_view(&b), false, &f), HTTP_PARTIAL);
    buf_text(&b, "\r\n\r\n");
    assert_int_equal(read_of(response, buf_view(&b), false, &f), HTTP_BROKEN);
    assert_int_equal(f.problem, HTTP_HEAD_TOO_LONG);
    memcpy(b.data + HTTP_HEAD_MAX - 4, "\r\n\r\n", 4);
    assert_int_equal(read_of(to_head, buf_view(&b), false, &f), HTTP_WHOLE);
}

static void headers_are_counted(void **state)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct http_found f;

    (void)state;
    buf_text(&b, OK);
    for (unsigned i = 0; i < HTTP_HEADERS_MAX; i++)
        buf_text(&b, "A:\r\n");
    buf_text(&b, "\r\n");
    assert_int_equal(read_of(to_head, buf_view(&b), false, &f), HTTP_WHOLE);
    b.len -= 2;
    buf_text(&b, "A:\r\n");
    assert_int_equal(read_of(to_head, buf_view(&b), false, &f), HTTP_BROKEN);
    assert_int_equal(f.problem, HTTP_TOO_MANY_HEADERS);
    assert_int_equal(f.at, b.len - 4);
}

static void a_body_is_bounded(void **state)
{
    struct bytes counted = BYTES(OK "Content-Length: 5\r\n\r\nhello"),
                 chunks = BYTES(CHUNKS "5\r\nhello\r\n0\r\n\r\n");
    struct bytes open = BYTES(OK "\r\nhello");
    struct http_found f;

    (void)state;
    assert_int_equal(http_read(response, counted, false, 5, &f), HTTP_WHOLE);
    assert_int_equal(http_read(response, counted, false, 4, &f), HTTP_BROKEN);
    assert_int_equal(f.problem, HTTP_BODY_TOO_LONG);
    assert_int_equal(http_read(response, chunks, false, 8, &f), HTTP_WHOLE);
    assert_int_equal(http_read(response, chunks, false, 7, &f), HTTP_BROKEN);
    assert_int_equal(f.problem, HTTP_BODY_TOO_LONG);
    assert_int_equal(http_read(response, open, true, 5, &f), HTTP_WHOLE);
    assert_int_equal(http_read(response, open, true, 4, &f), HTTP_BROKEN);
    assert_int_equal(f.problem, HTTP_BODY_TOO_LONG);
}

/* ---- fields ----------------------------------------------------------------------------------------------
 */

static void is_text(const struct datum *d, const char *text)
{
    _cleanup_buf_ struct buf out = BUF_INIT;

    assert_non_null(d);
    datum_text(d, &out);
    same(buf_view(&out), bytes_of(text));
}

static void a_request_is_a_record(void **state)
{
    struct bytes in =
        BYTES("PUT /a?b=c HTTP/1.1\r\nHost: x:80\r\nACCEPT: a\r\naccept:b \r\nContent-Length: 3\r\n\r\na\0b");
    struct arena a = {0};
    struct http_found f;
    struct datum d;

    (void)state;
    assert_true(http_decode(request, in, &a, &d, &f));
    assert_int_equal(d.n, 5);
    is_text(datum_get(&d, "method"), "PUT");
    is_text(datum_get(&d, "target"), "/a?b=c");
    is_text(datum_get(&d, "version"), "HTTP/1.1");
    is_text(datum_get(&d, "headers"), "{host: x:80, accept: a, b, content-length: 3}");
    is_text(http_header(datum_get(&d, "headers"), "Content-Length"), "3");
    assert_null(http_header(datum_get(&d, "headers"), "Content-Type"));
    same(datum_get(&d, "body")->bytes, BYTES("a\0b"));
    assert_ptr_equal(datum_get(&d, "target")->wire.data, in.data + 4);
    assert_ptr_equal(http_header(datum_get(&d, "headers"), "host")->wire.data, in.data + 27);
    assert_ptr_equal(datum_get(&d, "body")->wire.data, in.data + in.len - 3);
    arena_deinit(&a);
}

static void a_response_is_a_record(void **state)
{
    struct arena a = {0};
    struct http_found f;
    struct datum d;

    (void)state;
    assert_true(http_decode(response, BYTES("HTTP/1.0 404 Not Here\r\n\r\ngone"), &a, &d, &f));
    is_text(datum_get(&d, "version"), "HTTP/1.0");
    assert_int_equal(datum_get(&d, "status")->kind, DATUM_INT);
    assert_int_equal(datum_get(&d, "status")->i, 404);
    is_text(datum_get(&d, "reason"), "Not Here");
    is_text(datum_get(&d, "headers"), "{}");
    is_text(datum_get(&d, "body"), "gone");
    assert_true(http_decode(to_head, BYTES(OK "Content-Length: 4\r\n\r\n"), &a, &d, &f));
    is_text(datum_get(&d, "body"), "");
    arena_deinit(&a);
}

static void a_chunked_body_is_put_together(void **state)
{
    struct arena a = {0};
    struct http_found f;
    struct datum d;

    (void)state;
    assert_true(http_decode(response,
                            BYTES(CHUNKS "5;x=1\r\nhello\r\n1\r\n\n\r\n0\r\nX-Sum: 1\r\nx-sum: 2\r\n\r\n"),
                            &a, &d, &f));
    is_text(datum_get(&d, "body"), "hello\n");
    is_text(datum_get(&d, "trailers"), "{x-sum: 1, 2}");
    arena_deinit(&a);
}

static void what_is_not_one_whole_message_is_none(void **state)
{
    struct arena a = {0};
    struct http_found f;
    struct datum d;

    (void)state;
    assert_false(http_decode(response, BYTES(OK "Content-Length: 1\r\n\r\nab"), &a, &d, &f));
    assert_int_equal(f.problem, HTTP_FINE);
    assert_int_equal(f.total, 39);
    assert_false(http_decode(response, BYTES(OK "Content-Length: 3\r\n\r\nab"), &a, &d, &f));
    assert_int_equal(f.problem, HTTP_CUT_IN_BODY);
    arena_deinit(&a);
}

static struct datum text(const char *s)
{
    return datum_bytes(bytes_of(s));
}

#define RECORD(n_, names_, items_)                                                                           \
    {                                                                                                        \
        .kind = DATUM_RECORD, .n = (n_), .names = (names_), .items = (items_)                                \
    }

static void encodes(enum http_kind kind, const struct datum *d, const char *expected)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    const char *field;

    assert_true(http_encode(kind, d, &out, &field));
    same(buf_view(&out), bytes_of(expected));
}

static void what_is_left_out_is_filled_in(void **state)
{
    const char *names[] = {"status", "body"};
    struct datum items[] = {datum_int(404), text("no")}, nothing = RECORD(0, NULL, NULL);
    struct datum gone = RECORD(1, names, items), with_body = RECORD(2, names, items);

    (void)state;
    encodes(HTTP_REQUEST, &nothing, "GET / HTTP/1.1\r\n\r\n");
    encodes(HTTP_RESPONSE, &nothing, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
    encodes(HTTP_RESPONSE, &gone, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
    encodes(HTTP_RESPONSE, &with_body, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\n\r\nno");
    items[0] = text("304");
    encodes(HTTP_RESPONSE, &gone, "HTTP/1.1 304 Not Modified\r\n\r\n");
    items[0] = text("2xx");
    encodes(HTTP_RESPONSE, &gone, "HTTP/1.1 2xx \r\n\r\n");
    items[0] = datum_int(204);
    encodes(HTTP_RESPONSE, &gone, "HTTP/1.1 204 No Content\r\n\r\n");
    names[0] = "method";
    items[0] = text("PUT");
    encodes(HTTP_REQUEST, &with_body, "PUT / HTTP/1.1\r\nContent-Length: 2\r\n\r\nno");
}

static void headers_are_written_as_given(void **state)
{
    const char *header_names[] = {"HOST", "content-LENGTH", "X"}, *names[] = {"headers", "body"};
    struct datum twice[] = {text("a"), text("b")};
    struct datum headers[] = {text("x"), datum_int(9), {.kind = DATUM_LIST, .items = twice, .n = 2}};
    struct datum items[] = {RECORD(3, header_names, headers), text("hello")}, d = RECORD(2, names, items);

    (void)state;
    encodes(HTTP_REQUEST, &d, "GET / HTTP/1.1\r\nHOST: x\r\ncontent-LENGTH: 9\r\nX: a\r\nX: b\r\n\r\nhello");
    headers[1] = (struct datum){0};
    encodes(HTTP_REQUEST, &d, "GET / HTTP/1.1\r\nHOST: x\r\nX: a\r\nX: b\r\n\r\nhello");
}

static void bodies_are_chunked_on_request(void **state)
{
    const char *header_names[] = {"Transfer-Encoding"}, *names[] = {"headers", "body"};
    struct datum headers[] = {text("chunked")}, pieces[] = {text("hello world"), text(""), text("!")};
    struct datum items[] = {RECORD(1, header_names, headers), text("hello")}, d = RECORD(2, names, items);

    (void)state;
    encodes(HTTP_RESPONSE, &d, CHUNKS "5\r\nhello\r\n0\r\n\r\n");
    items[1] = (struct datum){.kind = DATUM_LIST, .items = pieces, .n = 3};
    encodes(HTTP_RESPONSE, &d, CHUNKS "b\r\nhello world\r\n1\r\n!\r\n0\r\n\r\n");
    headers[0] = text("gzip");
    encodes(HTTP_RESPONSE, &d, OK "Transfer-Encoding: gzip\r\n\r\nhello world!");
}

static void what_cannot_be_written_is_named(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct datum list = {.kind = DATUM_LIST}, record = RECORD(0, NULL, NULL);
    const char *names[] = {"target"}, *field = NULL;
    struct datum d = RECORD(1, names, &list);

    (void)state;
    assert_false(http_encode(HTTP_REQUEST, &d, &out, &field));
    assert_string_equal(field, "target");
    names[0] = "headers";
    assert_false(http_encode(HTTP_REQUEST, &d, &out, &field));
    assert_string_equal(field, "headers");
    names[0] = "body";
    d.items = &record;
    assert_false(http_encode(HTTP_REQUEST, &d, &out, &field));
    assert_string_equal(field, "body");
}

/* ---- conversations ---------------------------------------------------------------------------------------
 */

static void responses_answer_requests_in_order(void **state)
{
    struct bytes sent =
        BYTES("HEAD / HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\n"
              "HEAD HEAD /");
    size_t n;

    (void)state;
    assert_true(http_asks_head(sent));
    assert_int_equal(http_answered(sent, 100), 0);
    n = http_answered(sent, 200);
    assert_int_equal(n, 28);
    sent = bytes_slice(sent, n, sent.len);
    assert_false(http_asks_head(sent));
    sent = bytes_slice(sent, http_answered(sent, 404), sent.len);
    assert_true(http_asks_head(sent));
    assert_int_equal(http_answered(sent, 101), sent.len);
    assert_false(http_asks_head(BYTES("HEADS /")));
    assert_int_equal(http_answered(BYTES("bad\r\nHEAD / HTTP/1.0\r\n\r\n"), 400), 24);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_ends_at_the_same_place_however_it_was_cut),
        cmocka_unit_test(without_a_length_a_response_ends_with_the_stream),
        cmocka_unit_test(an_end_before_a_message_is_no_message),
        cmocka_unit_test(each_problem_is_told_with_its_place),
        cmocka_unit_test(what_is_missing_is_told),
        cmocka_unit_test(every_problem_has_a_sentence),
        cmocka_unit_test(a_head_is_bounded),
        cmocka_unit_test(headers_are_counted),
        cmocka_unit_test(a_body_is_bounded),
        cmocka_unit_test(a_request_is_a_record),
        cmocka_unit_test(a_response_is_a_record),
        cmocka_unit_test(a_chunked_body_is_put_together),
        cmocka_unit_test(what_is_not_one_whole_message_is_none),
        cmocka_unit_test(what_is_left_out_is_filled_in),
        cmocka_unit_test(headers_are_written_as_given),
        cmocka_unit_test(bodies_are_chunked_on_request),
        cmocka_unit_test(what_cannot_be_written_is_named),
        cmocka_unit_test(responses_answer_requests_in_order),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
