/* test_diagnose_words.c - what programs say on stderr before they end, and the status that they end with. */
#include "failure.h"

static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                                "  tool: {run: ./tool, args: \"${origin.port}\"}\n"
                                "protocol: {framing: line}\n"
                                "peers:\n  alice: {connects: server}\n  origin: {listens: tcp}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - alice sends: \"x\"\n"
                                "      - alice gets: \"X\"\n"
                                "      - tool exits: 0\n"
                                "      - tool exits: 3\n"
                                "      - tool exits: {not: 0}\n";

enum { GETS = 1, EXITS_0, EXITS_3, EXITS_NOT_0 };

static bool evidence_has(struct failure *x, const char *part)
{
    return strstr(x->d.out.findings[0].evidence, part);
}

/* ---- errors that nobody caught ------------------------------------------------------------------------- */

static void the_line_of_the_students_own(void **state)
{
    static const struct {
        const char *err, *part;
    } cases[] = {
        {"Traceback (most recent call last):\n  File \"/box/./up\", line 20, in serve\n    print(1)\n"
         "  File \"/usr/lib/python3.11/socket.py\", line 7, in close\n    x()\nOSError: [Errno 9] Bad\n",
         "nobody caught `OSError: [Errno 9] Bad`, of `up:20`"},
        {"Exception in thread \"main\" java.net.SocketException: gone\n"
         "\tat java.base/sun.nio.ch.Net.poll(Native Method)\n\tat Server.serve(Server.java:41)\n"
         "\tat Server.main(Server.java:9)\n",
         "java.net.SocketException: gone`, of `Server.java:41`"},
        {"/box/up.js:3\n  throw er;\n\nError: read ECONNRESET\n    at TCP.onread (node:internal/x:2:1)\n"
         "    at serve (/box/up.js:12:7)\n",
         "caught `Error: read ECONNRESET`, of `up.js:12`"},
        {"Error [ERR_STREAM_DESTROYED]: gone\n    at serve (/box/up.js:12:7)\n",
         "caught `Error [ERR_STREAM_DESTROYED]: gone`, of `up.js:12`"},
        {"Error [ERR_BAD]\n    at serve (/box/up.js:12:7)\n", "the last that it said is"},
        {"Error [ERR_BAD]: gone\n", "the last that it said is `Error [ERR_BAD]: gone`"},
        {"panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nruntime.f()\n"
         "\t/usr/lib/go/src/runtime/panic.go:88 +0x1d\nmain.main()\n\t/box/up.go:7 +0x1d\n",
         "out of range [3]`, of `up.go:7`"},
        {"terminate called after throwing an instance of 'std::out_of_range'\n  what():  vector::at\n",
         "nobody caught `what():  vector::at`"},
        {"Error: cannot connect\n", "the last that it said is `Error: cannot connect`"},
        {"starts\n\nbind: Permission denied\n", "the last that it said is `bind: Permission denied`"},
    };
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, GETS, STEP_RESET);
    x.p->exited = true;
    x.p->exit_status = EXITED(1);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        x.p->err = excerpt_text(x.r, cases[i].err);
        IS(&x, "exited-early");
        if (!evidence_has(&x, cases[i].part))
            fail_msg("“%s” has no “%s”", x.d.out.findings[0].evidence, cases[i].part);
    }
    failure_deinit(&x);
}

static void a_crash_says_why(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, GETS, STEP_RESET);
    x.p->exited = true;
    x.p->exit_status = SIGABRT;
    x.p->err = excerpt_text(x.r, "hello\n*** stack smashing detected ***: terminated\n");
    IS(&x, "crashed");
    assert_true(evidence_has(&x, ": `*** stack smashing detected ***: terminated`"));
    x.p->err = excerpt_text(x.r, "==7==ERROR: AddressSanitizer: heap-use-after-free\n"
                                 "    #0 0x1 in memcpy ../../../src/libsanitizer/a.inc:827\n"
                                 "    #1 0x2 in serve /box/up.c:33:5\n");
    IS(&x, "crashed");
    assert_true(evidence_has(&x, "`AddressSanitizer: heap-use-after-free`, of `up.c:33`"));
    x.p->exit_status = SIGSEGV; /* what it said before is no reason */
    x.p->err = excerpt_text(x.r, "hello\n");
    IS(&x, "crashed");
    assert_false(evidence_has(&x, "hello"));
    failure_deinit(&x);
}

static void no_more_may_be_written(void **state)
{
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, GETS, STEP_RESET);
    x.p->err = excerpt_text(x.r, "OSError: [Errno 27] File too large\n");
    IS(&x, "killed-by-limit");
    x.p->readiness = READY_NOT_FOUND;
    IS(&x, "none");
    failure_deinit(&x);
}

/* ---- statuses ------------------------------------------------------------------------------------------ */

static void ends(struct failure *x, uint32_t step, int status, const char *err)
{
    failure_init(x, spec_text, step, STEP_OTHER_EXIT);
    x->f->exit_status = x->p->exit_status = status;
    x->p->err = excerpt_text(x->r, err);
}

static void another_status(void **state)
{
    struct failure x;

    (void)state;
    ends(&x, EXITS_3, EXITED(1), "tool: refused\n");
    IS(&x, "wrong-exit-status");
    assert_true(evidence_has(&x, "exited with status 1, where status 3 was expected"));
    assert_true(evidence_has(&x, "`tool: refused`"));
    failure_deinit(&x);
    ends(&x, EXITS_3, EXITED(0), "tool: refused\n"); /* it has noticed */
    IS(&x, "wrong-exit-status");
    failure_deinit(&x);
    ends(&x, EXITS_3, EXITED(0), "");
    IS(&x, "none");
    failure_deinit(&x);
    ends(&x, EXITS_NOT_0, EXITED(0), "tool: refused\n");
    IS(&x, "wrong-exit-status");
    assert_true(evidence_has(&x, "any status but 0"));
    failure_deinit(&x);
    ends(&x, EXITS_3, SIGTERM, "tool: refused\n");
    IS(&x, "none");
    failure_deinit(&x);
}

static void a_failure_where_none_was_expected(void **state)
{
    struct failure x;

    (void)state;
    ends(&x, EXITS_0, EXITED(1), "tool: no answer\n");
    IS(&x, "exited-early");
    assert_true(evidence_has(&x, "exited with status 1, where status 0 was expected; the last"));
    failure_deinit(&x);
    ends(&x, EXITS_0, EXITED(1), ""); /* no end that the spec knows has this status */
    IS(&x, "wrong-exit-status");
    assert_true(x.d.out.findings[0].one_of);
    assert_string_equal(x.d.out.findings[1].diagnosis->id, "exited-early"); /* who knows */
    failure_deinit(&x);
    ends(&x, EXITS_0, EXITED(3), "");
    IS(&x, "none");
    failure_deinit(&x);
    ends(&x, EXITS_3, EXITED(1), "Traceback (most recent call last):\nValueError: x\n");
    IS(&x, "exited-early");
    failure_deinit(&x);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_line_of_the_students_own),
        cmocka_unit_test(a_crash_says_why),
        cmocka_unit_test(no_more_may_be_written),
        cmocka_unit_test(another_status),
        cmocka_unit_test(a_failure_where_none_was_expected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
