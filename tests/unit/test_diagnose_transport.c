/* test_diagnose_transport.c - Unix sockets, TLS and broadcast: what their mistakes are called. */
#include "records.h"

#include "judge/story.h"
#include "peer/tls.h"

static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  unix: {run: ./unix, args: \"${path}\", listens: unix}\n"
                                "  secret: {run: ./secret, args: \"${port}\", listens: tls}\n"
                                "  dupe: {run: ./dupe, args: \"${liar.port}\"}\n"
                                "  safe: {run: ./safe, args: \"${honest.port}\"}\n"
                                "  seek: {run: ./seek, args: \"${hearer.port}\"}\n"
                                "peers:\n"
                                "  alice: {connects: unix}\n"
                                "  bob: {connects: secret}\n"
                                "  liar: {listens: tls, tls: {cert: expired}}\n"
                                "  honest: {listens: tls}\n"
                                "  hearer: {listens: udp, broadcast: true}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - alice sends: \"ab\"\n"
                                "      - bob gets end:\n"
                                "      - liar accepts: conn\n"
                                "      - conn gets reset:\n"
                                "      - dupe exits: 4\n"
                                "      - honest accepts: fair\n"
                                "      - fair gets reset:\n"
                                "      - safe exits: 4\n"
                                "      - hearer gets: \"WHO\"\n";

enum { ALICE, BOB, LIAR, CONN, DUPE, HONEST, FAIR, SAFE, HEARER };

struct bench {
    struct docket d;
    struct evidence e;
    struct step_record *f;
    struct program_record *p;
};

static void fail_in(struct bench *b, uint32_t step, enum outcome outcome)
{
    const struct case_key key = {.fresh = true};
    struct record *r;
    struct case_record *c;

    *b = (struct bench){0};
    docket_init(&b->d, spec_text);
    r = docket_record(&b->d);
    c = add_case(r, &key);
    for (uint32_t i = 0; i < step; i++)
        add_step(r, c, i, STEP_PASSED);
    b->f = add_step(r, c, step, outcome);
    b->e = (struct evidence){.spec = b->d.spec,
                             .test = &b->d.spec->tests[0],
                             .arena = &b->d.arena,
                             .record = r,
                             .shown = c,
                             .failed = b->f,
                             .step = &b->d.spec->tests[0].steps[step]};
    b->e.program = evidence_program(b->e.test, r, b->e.step, b->f);
    b->p = record_program(r, b->e.program->program);
}

static const char *name_of(struct bench *b)
{
    mem_free(b->d.out.findings);
    b->d.out = (struct test_result){0};
    diagnose(&b->e, &b->d.out);
    return b->d.out.n_findings ? b->d.out.findings[0].diagnosis->id : "none";
}

#define IS(b, id) assert_string_equal(name_of(b), id)

static void says(struct bench *b, const char *part)
{
    const char *story = story_headline(&b->e);

    if (!strstr(story, part))
        fail_msg("\"%s\" is not in \"%s\"", part, story);
}

static void a_path_in_the_way(void **state)
{
    struct bench b;

    (void)state;
    fail_in(&b, ALICE, STEP_NOT_LISTENING);
    b.p->readiness = READY_NEVER;
    b.p->n_listeners = 0;
    IS(&b, "never-listened");
    says(&b, "never listened on the Unix socket unix.sock");
    b.p->path_left = true;
    IS(&b, "unix-path");
    b.p->exited = true;
    b.p->ready_after = 0;
    b.p->exit_status = 1 << 8;
    says(&b, "before it listened on the Unix socket unix.sock");
    docket_deinit(&b.d);
}

static void another_kind_of_socket(void **state)
{
    struct bench b;

    (void)state;
    fail_in(&b, ALICE, STEP_NOT_LISTENING);
    b.p->readiness = READY_OTHER_TRANSPORT;
    b.p->listeners[0] = (struct listener_record){.transport = TRANSPORT_TCP, .port = 8080};
    IS(&b, "wrong-transport");
    says(&b, "should listen on the Unix socket unix.sock, but has a TCP socket");
    b.p->readiness = READY_OTHER_PORT;
    b.p->listeners[0] =
        (struct listener_record){.transport = TRANSPORT_UNIX, .address = arena_text(&b.d.arena, "/tmp/x")};
    IS(&b, "none");
    says(&b, "the Unix socket unix.sock, but listens on the Unix socket /tmp/x");
    docket_deinit(&b.d);
}

static void ends_of_tls(void **state)
{
    struct bench b;

    (void)state;
    fail_in(&b, BOB, STEP_RESET);
    IS(&b, "none");
    b.f->tls = arena_text(&b.d.arena, TLS_NO_CLOSE_NOTIFY);
    IS(&b, "no-close-notify");
    says(&b, "it ended the connection without close_notify");
    b.f->tls = arena_text(&b.d.arena, TLS_FOREIGN "\"hello\"");
    IS(&b, "not-encrypted");
    b.f->tls = arena_text(&b.d.arena, "it sent the alert unknown CA");
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void who_is_trusted(void **state)
{
    struct bench b;

    (void)state;
    fail_in(&b, CONN, STEP_CAME_UNASKED);
    IS(&b, "no-certificate-check");
    docket_deinit(&b.d);
    fail_in(&b, DUPE, STEP_OTHER_EXIT);
    b.f->exit_status = 0;
    IS(&b, "no-certificate-check");
    b.f->exit_status = 3 << 8; /* it did find something wrong */
    assert_string_not_equal(name_of(&b), "no-certificate-check");
    docket_deinit(&b.d);
    fail_in(&b, FAIR, STEP_CAME_UNASKED); /* there was nothing to be found */
    assert_string_not_equal(name_of(&b), "no-certificate-check");
    docket_deinit(&b.d);
    fail_in(&b, SAFE, STEP_OTHER_EXIT);
    b.f->exit_status = 0;
    assert_string_not_equal(name_of(&b), "no-certificate-check");
    docket_deinit(&b.d);
}

static void leave_to_broadcast(void **state)
{
    static const char words[] = "seek: sendto: Permission denied\n";
    struct bench b;

    (void)state;
    fail_in(&b, HEARER, STEP_TOO_LITTLE);
    assert_string_not_equal(name_of(&b), "no-so-broadcast");
    b.p->err = excerpt_of(&b.d.arena, bytes_of(words));
    IS(&b, "no-so-broadcast");
    b.f->outcome = STEP_OTHER_CAME; /* it did send */
    assert_string_not_equal(name_of(&b), "no-so-broadcast");
    docket_deinit(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_in_the_way),  cmocka_unit_test(another_kind_of_socket),
        cmocka_unit_test(ends_of_tls),        cmocka_unit_test(who_is_trusted),
        cmocka_unit_test(leave_to_broadcast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
