/* test_advice.c - what costs no points: told of tests that passed and of tests that failed, and only where it
 * is certain. */
#include "records.h"

#include <netinet/in.h>

static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: udp}\n"
    "protocol: {framing: datagram}\n"
    "peers:\n  alice: {connects: server, at: 127.0.0.2}\n"
    "tests:\n  - id: t\n    points: 4\n    steps:\n      - alice sends: \"ab\"\n      - alice gets: \"AB\"\n";

#define ASKED 0x7f000002u

/* arg: whether it passes. The answer comes from another address than was asked. */
static bool takes_a_detour(struct docket *d, struct record *r, struct case_record *c)
{
    c->detour = (struct detour_record){.peer = 1, .asked = ASKED, .answered = INADDR_LOOPBACK};
    return *(const bool *)d->model.arg ? true : got_nothing(r, c);
}

static struct docket played(bool passes)
{
    static const bool answers[] = {false, true};

    return judged(spec_text, takes_a_detour, &answers[passes]);
}

static void of_a_test_that_passed(void **state)
{
    struct docket d = played(true);

    (void)state;
    assert_int_equal(d.out.verdict, VERDICT_PASS);
    assert_true(d.out.score == 4);
    assert_int_equal(d.out.n_findings, 1);
    assert_true(d.out.findings[0].advice);
    assert_string_equal(docket_finding(&d), "multihomed-source");
    assert_string_equal(d.out.findings[0].evidence,
                        "alice asked 127.0.0.2, and the answer came from 127.0.0.1");
    assert_null(findings_name(d.out.findings, d.out.n_findings));
    docket_deinit(&d);
}

static void of_a_test_that_failed(void **state)
{
    struct docket d = played(false);

    (void)state;
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_true(d.out.n_findings >= 1);
    assert_true(d.out.findings[d.out.n_findings - 1].advice);
    docket_deinit(&d);
}

static void advised(struct docket *d, size_t n)
{
    assert_int_equal(docket_judge(d), JUDGED);
    assert_int_equal(d->out.n_findings, n);
}

static void only_where_the_kernel_chose(void **state)
{
    struct docket d = played(true);
    struct listener_record *l = d.records[0]->programs[0].listeners;

    (void)state;
    advised(&d, 1);
    l->ipv4 = ASKED; /* bound to the address itself: then it has another socket, and chose that */
    advised(&d, 0);
    l->ipv4 = INADDR_LOOPBACK;
    advised(&d, 0);
    l->ipv4 = INADDR_ANY;
    l->transport = TRANSPORT_TCP;
    advised(&d, 0);
    l->transport = TRANSPORT_UDP;
    d.records[0]->cases[0].detour.peer = 0;
    advised(&d, 0);
    docket_deinit(&d);
}

static void only_of_a_student(void **state)
{
    struct docket d = played(true);

    (void)state;
    d.spec->programs[0].owner = 1;
    advised(&d, 0);
    d.spec->programs[0].owner = 0;
    advised(&d, 1);
    docket_deinit(&d);
}

static void is_no_diagnosis(void **state)
{
    (void)state;
    assert_true(diagnosis_is_advice(diagnosis_find("multihomed-source")));
    assert_false(diagnosis_is_advice(diagnosis_find("eof-spin")));
}

/* ---- what TCP holds back ------------------------------------------------------------------------------- */

static const char stream_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
    "  other: {run: ./other, args: \"${port}\", listens: tcp}\n"
    "protocol: {framing: line}\n"
    "peers:\n  alice: {connects: server}\n  bob: {connects: other}\n"
    "tests:\n  - id: t\n    under: [whole, {at: [1]}, {at: [2]}]\n    steps:\n      - alice sends: \"ab\"\n"
    "      - alice gets: \"AB\"\n      - bob gets: \"x\"\n";

static bool is_held_back(struct docket *d, struct record *r, struct case_record *c)
{
    (void)r;
    c->stall =
        (struct stall_record){.peer = 1, .times = *(const uint32_t *)d->model.arg, .came = 2, .held = 5};
    return true;
}

static void once_is_no_habit(void **state)
{
    static const uint32_t once = 1;
    struct docket d = judged(stream_text, is_held_back, &once);
    struct case_record *cases = d.records[0]->cases;

    (void)state;
    assert_int_equal(d.cases.n, 3);
    advised(&d, 1);
    assert_string_equal(docket_finding(&d), "nagle-stall");
    assert_non_null(strstr(d.out.findings[0].evidence, "3 times server"));
    assert_non_null(strstr(d.out.findings[0].evidence, "2 bytes, and then 5 bytes, to alice"));
    cases[1].stall.times = 0;
    cases[1].stall.peer = 0;
    advised(&d, 0);
    cases[0].stall.times = 2;
    advised(&d, 1);
    cases[0].stall.peer = 2; /* one of each of two programs, twice and once */
    advised(&d, 0);
    d.spec->programs[0].owner = 1;
    cases[0].stall.times = 3;
    advised(&d, 1);
    assert_non_null(strstr(d.out.findings[0].evidence, "3 times other"));
    docket_deinit(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(of_a_test_that_passed),
        cmocka_unit_test(of_a_test_that_failed),
        cmocka_unit_test(only_where_the_kernel_chose),
        cmocka_unit_test(only_of_a_student),
        cmocka_unit_test(is_no_diagnosis),
        cmocka_unit_test(once_is_no_habit),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
