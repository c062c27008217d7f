/* test_diagnose_transport.c - Unix sockets and broadcast: what their mistakes are called. */
#include "records.h"

#include "judge/story.h"

static const char spec_text[] = "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
                                "  unix: {run: ./unix, args: \"${path}\", listens: unix}\n"
                                "  seek: {run: ./seek, args: \"${hearer.port}\"}\n"
                                "peers:\n"
                                "  alice: {connects: unix}\n"
                                "  hearer: {listens: udp, broadcast: true}\n"
                                "tests:\n  - id: t\n    steps:\n"
                                "      - alice sends: \"ab\"\n"
                                "      - hearer gets: \"WHO\"\n";

enum { ALICE, HEARER };

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

static void leave_to_broadcast(void **state)
{
    static const char words[] = "seek: sendto: Permission denied\n";
    static const char code[] = "seek: send EACCES 10.1.255.255:4000\n"; /* as Node says it */
    struct bench b;

    (void)state;
    fail_in(&b, HEARER, STEP_TOO_LITTLE);
    assert_string_not_equal(name_of(&b), "no-so-broadcast");
    b.p->err = excerpt_of(&b.d.arena, bytes_of(words));
    IS(&b, "no-so-broadcast");
    b.p->err = excerpt_of(&b.d.arena, bytes_of(code));
    IS(&b, "no-so-broadcast");
    b.f->outcome = STEP_OTHER_CAME; /* it did send */
    assert_string_not_equal(name_of(&b), "no-so-broadcast");
    b.f->outcome = STEP_TOO_LITTLE;
    b.p->err = excerpt_of(&b.d.arena, bytes_of("seek: send ENETUNREACH 10.1.255.255:4000\n"));
    assert_string_not_equal(name_of(&b), "no-so-broadcast");
    docket_deinit(&b.d);
    fail_in(&b, ALICE, STEP_NO_CONNECTION); /* of something else */
    b.p->err = excerpt_of(&b.d.arena, bytes_of(code));
    assert_string_not_equal(name_of(&b), "no-so-broadcast");
    docket_deinit(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_path_in_the_way),
        cmocka_unit_test(another_kind_of_socket),
        cmocka_unit_test(leave_to_broadcast),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
