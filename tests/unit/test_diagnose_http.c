/* test_diagnose_http.c - HTTP: each mistake, and what only looks like it. */
#include "failure.h"

#include "judge/story.h"

/* Steps: 0 alice sends, 1 alice gets, 2 alice gets end; 3 origin accepts, 4 conn gets, 5 conn sends, 6 hget
 * exits; 7 lina sends, 8 lina gets (lines); 9 alice gets a body with a zero byte, 10 one of
 * six letters. */
static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  httpd: {run: ./httpd, args: \"${port}\", listens: tcp}\n"
    "  line: {run: ./line, args: \"${port}\", listens: tcp}\n"
    "  hget: {run: ./hget, args: \"${origin.port}\", stdin: open}\n"
    "protocols:\n  http: {framing: http}\n  line: {framing: line}\n"
    "peers:\n  alice: {connects: httpd, protocol: http}\n  origin: {listens: tcp, protocol: http}\n"
    "  lina: {connects: line, protocol: line}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - alice sends: \"x\"\n      - alice gets: !regex '^HTTP'\n      - alice gets end:\n"
    "      - origin accepts: conn\n      - conn gets: !regex '^GET'\n      - conn sends: \"x\"\n"
    "      - hget exits: 0\n"
    "      - lina sends: \"x\"\n      - lina gets: \"y\"\n"
    "      - alice gets: {response: {body: \"ab\\0cd\"}}\n"
    "      - alice gets: {response: {body: \"fgrgen\"}}\n";

enum { ASKS, ANSWER, END, ACCEPTS, REQUEST, ANSWERS, EXITS, LINE_SENDS, LINE, BODY, TEXT };

#define GET "GET / HTTP/1.1\r\n"
#define HOST "Host: x\r\n"
#define OK "HTTP/1.1 200 OK\r\n"
#define LENGTH "Content-Length: 5\r\n"

struct story {
    uint32_t step;
    enum outcome outcome;
    const char *sent; /* by the last `sends` before the step */
    const char *came;
    const char *name;
};

static void check(const struct story *s)
{
    struct failure x;
    uint32_t sends = s->step > ANSWERS ? ANSWERS : ASKS;

    failure_init(&x, spec_text, s->step, s->outcome);
    if (s->sent)
        x.c->steps[s->step == LINE ? (uint32_t)LINE_SENDS : sends].sent =
            excerpt_of(&x.r->arena, bytes_of(s->sent));
    failure_got(&x, (struct bytes){0}, bytes_of(s->came), s->outcome == STEP_OTHER_CAME);
    if (strcmp(failure_name(&x), s->name) != 0)
        fail_msg("%s after %s: %s, not %s", s->came, s->sent, failure_name(&x), s->name);
    failure_deinit(&x);
}

#define CHECK_ALL(stories)                                                                                   \
    for (size_t i = 0; i < array_len(stories); i++)                                                          \
    check(&(stories)[i])

static void requests_need_a_host(void **state)
{
    static const struct story stories[] = {
        {REQUEST, STEP_BAD_FRAME, NULL, GET "\r\n", "host-header"},
        {REQUEST, STEP_BAD_FRAME, NULL, GET "X: y\r\n\r\n", "host-header"},
        {REQUEST, STEP_OTHER_CAME, NULL, GET HOST "\r\n", "none"},
        {REQUEST, STEP_OTHER_CAME, NULL, "GET / HTTP/1.0\r\n\r\n", "none"},
        {ANSWER, STEP_OTHER_CAME, GET "\r\n", OK LENGTH "\r\nhello", "host-header"},
        {ANSWER, STEP_OTHER_CAME, GET "\r\n", "HTTP/1.1 404 No\r\n" LENGTH "\r\nhello", "none"},
        {ANSWER, STEP_OTHER_CAME, GET HOST "\r\n", OK LENGTH "\r\nhello", "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

static void lines_end_with_both(void **state)
{
    static const struct story stories[] = {
        {ANSWER, STEP_BAD_FRAME, GET HOST "\r\n", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
         "wrong-line-ending"},
        {ANSWER, STEP_BAD_FRAME, GET HOST "\r\n", OK "Content-Length: 5\n\nhello", "wrong-line-ending"},
        {REQUEST, STEP_BAD_FRAME, NULL, "GET / HTTP/1.1\nHost: x\n\n", "wrong-line-ending"},
        {ANSWER, STEP_OTHER_CAME, GET HOST "\r\n", OK LENGTH "\r\na\nb\nc", "none"}, /* of the body */
    };

    (void)state;
    CHECK_ALL(stories);
}

static void an_empty_line_ends_the_headers(void **state)
{
    static const struct story stories[] = {
        {ANSWER, STEP_TOO_LITTLE, GET HOST "\r\n", OK LENGTH, "blank-line-missing"},
        {ANSWER, STEP_TOO_LITTLE, GET HOST "\r\n", OK LENGTH "hello", "blank-line-missing"},
        {ANSWER, STEP_BAD_FRAME, GET HOST "\r\n", OK LENGTH "hello\n", "blank-line-missing"},
        {ANSWER, STEP_BAD_FRAME, GET HOST "\r\n", OK LENGTH "<a href=\"http://x\">\n", "blank-line-missing"},
        {REQUEST, STEP_TOO_LITTLE, NULL, GET HOST, "blank-line-missing"},
        {ANSWER, STEP_TOO_LITTLE, GET HOST "\r\n", OK "Content-Length: 5", "none"},
        {ANSWER, STEP_BAD_FRAME, GET HOST "\r\n", OK "Content Length: 5\r\n\r\nhello", "none"},
        {ANSWER, STEP_TOO_LITTLE, GET HOST "\r\n", "HTTP/1.1 20", "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

static void lengths_are_exact(void **state)
{
    static const struct story stories[] = {
        {ANSWER, STEP_TOO_LITTLE, GET HOST "\r\n", OK LENGTH "\r\nhell", "content-length-off"},
        {ANSWER, STEP_ENDED, GET HOST "\r\n", OK LENGTH "\r\nhel", "content-length-off"},
        {BODY, STEP_BAD_FRAME, GET HOST "\r\n", "o" OK LENGTH "\r\nhello", "content-length-off"},
        {BODY, STEP_BAD_FRAME, GET HOST "\r\n", "\r\n" OK LENGTH "\r\nhello", "content-length-off"},
        {ANSWER, STEP_BAD_FRAME, GET HOST "\r\n", "\n" OK LENGTH "\r\nhello",
         "none"}, /* nothing came before */
        {TEXT, STEP_OTHER_CAME, NULL, OK "Content-Length: 4\r\n\r\nfgrg", "content-length-off"},
        {TEXT, STEP_OTHER_CAME, NULL, OK "Content-Length: 3\r\n\r\nfgr", "none"},
        {TEXT, STEP_OTHER_CAME, NULL, OK "Content-Length: 4\r\n\r\nabcd", "none"},
        {ANSWER, STEP_TOO_LITTLE, GET HOST "\r\n", OK LENGTH "\r\nhe", "none"},
        {ANSWER, STEP_OTHER_CAME, GET HOST "\r\n", OK LENGTH "\r\nhello", "none"},
        {ANSWER, STEP_BAD_FRAME, GET HOST "\r\n", "hello" OK LENGTH "\r\nhello", "none"},
        {ANSWER, STEP_OTHER_CAME, "HEAD / HTTP/1.1\r\n" HOST "\r\n", OK LENGTH "\r\n", "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

static void the_case_of_names_does_not_count(void **state)
{
    static const struct story stories[] = {
        {ANSWER, STEP_OTHER_CAME, GET "host: x\r\n\r\n", "HTTP/1.1 400 No\r\n" LENGTH "\r\nhello",
         "header-case"},
        {ANSWER, STEP_OTHER_CAME, GET HOST "\r\n", "HTTP/1.1 400 No\r\n" LENGTH "\r\nhello", "none"},
        {ANSWER, STEP_OTHER_CAME, GET "host: x\r\n\r\n", "HTTP/1.1 404 No\r\n" LENGTH "\r\nhello", "none"},
        {END, STEP_STILL_OPEN, GET HOST "CONNECTION: close\r\n\r\n", "", "header-case"},
        {END, STEP_STILL_OPEN, GET HOST "Connection: close\r\n\r\n", "", "none"},
        {EXITS, STEP_STILL_RUNS, OK "content-length: 5\r\n\r\nhello", "", "header-case"},
        {EXITS, STEP_STILL_RUNS, OK "TRANSFER-ENCODING: chunked\r\n\r\n0\r\n\r\n", "", "header-case"},
        {EXITS, STEP_STILL_RUNS, OK "content-length: 5\r\n\r\nhell", "", "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

static void a_length_ends_a_body(void **state)
{
    static const struct story stories[] = {
        {EXITS, STEP_STILL_RUNS, OK LENGTH "\r\nhello", "", "keep-alive-hang"},
        {EXITS, STEP_STILL_RUNS, OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "", "keep-alive-hang"},
        {EXITS, STEP_STILL_RUNS, OK "\r\nhello", "", "none"},
        {EXITS, STEP_OTHER_EXIT, OK LENGTH "\r\nhello", "", "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

static void what_was_not_read_keeps_nobody(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, EXITS, STEP_STILL_RUNS);
    x.c->steps[ANSWERS].sent = excerpt_of(&x.r->arena, BYTES(OK LENGTH "\r\nhello"));
    assert_string_equal(failure_name(&x), "keep-alive-hang");
    x.p->exit_status = EXITED(3); /* when the end came, something was missing */
    assert_string_not_equal(failure_name(&x), "keep-alive-hang");
    x.p->exit_status = EXITED(0);
    assert_string_equal(failure_name(&x), "keep-alive-hang");
    x.f->unread = 5;
    assert_string_not_equal(failure_name(&x), "keep-alive-hang");
    failure_deinit(&x);
}

#define FOUND OK LENGTH "\r\nhello"

static void paths_stay_below_the_folder(void **state)
{
    static const struct story stories[] = {
        {ANSWER, STEP_OTHER_CAME, "GET /../x HTTP/1.1\r\n" HOST "\r\n", FOUND, "path-traversal"},
        {ANSWER, STEP_OTHER_CAME, "GET /a/%2E%2e%2fx HTTP/1.1\r\n" HOST "\r\n", FOUND, "path-traversal"},
        {ANSWER, STEP_OTHER_CAME, "GET //etc/passwd HTTP/1.1\r\n" HOST "\r\n", FOUND, "path-traversal"},
        {ANSWER, STEP_OTHER_CAME, "GET /..x HTTP/1.1\r\n" HOST "\r\n", FOUND, "none"},
        {ANSWER, STEP_OTHER_CAME, "GET /%zz../x HTTP/1.1\r\n" HOST "\r\n", FOUND, "none"},
        {ANSWER, STEP_OTHER_CAME, "GET /../x HTTP/1.1\r\n" HOST "\r\n",
         "HTTP/1.1 500 No\r\n" LENGTH "\r\nhello", "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

static void other_protocols_are_none_of_it(void **state)
{
    static const struct story stories[] = {
        {LINE, STEP_OTHER_CAME, GET "\r\n", OK LENGTH "hello", "none"},
        {LINE, STEP_TOO_LITTLE, "GET /../x HTTP/1.1\r\n", FOUND, "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

static void bodies_are_no_strings(void **state)
{
    static const struct story stories[] = {
        {BODY, STEP_OTHER_CAME, NULL, OK "Content-Length: 2\r\n\r\nab", "strlen-on-binary"},
        {BODY, STEP_OTHER_CAME, NULL, OK "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n",
         "strlen-on-binary"},
        {BODY, STEP_OTHER_CAME, NULL, OK "Content-Length: 1\r\n\r\na", "none"},
        {BODY, STEP_OTHER_CAME, NULL, OK "Content-Length: 2\r\n\r\nxy", "none"},
    };

    (void)state;
    CHECK_ALL(stories);
}

/* A stream's mistakes have names of their own. */
static void what_passes_in_one_piece_is_right(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, ANSWER, STEP_OTHER_CAME);
    x.c->steps[ASKS].sent = excerpt_of(&x.r->arena, BYTES(GET "host: x\r\n\r\n"));
    failure_got(&x, (struct bytes){0}, BYTES("HTTP/1.1 400 No\r\n" LENGTH "\r\nhello"), true);
    assert_string_equal(failure_name(&x), "header-case");
    x.e.whole = ANSWER_PASSED;
    assert_string_not_equal(failure_name(&x), "header-case");
    failure_deinit(&x);
}

static void the_item_tells_which_request_is_answered(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, ANSWER, STEP_OTHER_CAME);
    x.c->steps[ASKS].sent =
        excerpt_of(&x.r->arena, BYTES(GET HOST "\r\nGET /../x HTTP/1.1\r\n" HOST "\r\n" GET HOST "\r\n"));
    failure_got(&x, (struct bytes){0}, BYTES(FOUND), true);
    assert_string_equal(failure_name(&x), "none");
    x.f->item = 1;
    assert_string_equal(failure_name(&x), "path-traversal");
    x.f->item = 2;
    assert_string_equal(failure_name(&x), "none");
    failure_deinit(&x);
}

static void headlines_say_what_breaks_the_protocol(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, ANSWER, STEP_BAD_FRAME);
    failure_got(&x, (struct bytes){0}, BYTES("HTTP/1.1 200 OK\n"), false);
    assert_null(strstr(story_headline(&x.e), "CR LF"));
    x.f->reason = (char *)"this line does not end with CR LF";
    assert_non_null(strstr(story_headline(&x.e), "200 OK\\n` came: this line does not end with CR LF"));
    x.f->outcome = STEP_TOO_LITTLE;
    assert_non_null(
        strstr(story_headline(&x.e), "but only `HTTP/1.1 200 OK\\n` came: this line does not end"));
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_need_a_host),
        cmocka_unit_test(lines_end_with_both),
        cmocka_unit_test(an_empty_line_ends_the_headers),
        cmocka_unit_test(lengths_are_exact),
        cmocka_unit_test(the_case_of_names_does_not_count),
        cmocka_unit_test(a_length_ends_a_body),
        cmocka_unit_test(what_was_not_read_keeps_nobody),
        cmocka_unit_test(paths_stay_below_the_folder),
        cmocka_unit_test(other_protocols_are_none_of_it),
        cmocka_unit_test(bodies_are_no_strings),
        cmocka_unit_test(what_passes_in_one_piece_is_right),
        cmocka_unit_test(the_item_tells_which_request_is_answered),
        cmocka_unit_test(headlines_say_what_breaks_the_protocol),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
