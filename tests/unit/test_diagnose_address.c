/* test_diagnose_address.c - ports and addresses: what several plays tell, and which address a peer speaks to.
 */
#include "records.h"

#include "run/reach.h"

#include <netinet/in.h>

#define ADDRESS_TWO 0x7f000002u
#define ADDRESS_NINE 0x7f000009u

/* Steps: 0 alice sends, 1 far sends, 2 ulla sends, 3 fred sends. */
static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  line: {run: ./line, args: \"${port}\", listens: tcp}\n"
    "  both: {run: ./both, args: \"${port.a} ${port.b}\", listens: {a: tcp, b: udp}}\n"
    "  free: {run: ./free, listens: tcp, port: found}\n"
    "peers:\n"
    "  alice: {connects: line}\n"
    "  far: {connects: line, at: 127.0.0.2}\n"
    "  ulla: {connects: both.b}\n"
    "  fred: {connects: free}\n"
    "tests:\n  - id: t\n    steps:\n"
    "      - alice sends: \"ab\"\n      - far sends: \"ab\"\n      - ulla sends: \"ab\"\n      - fred sends: "
    "\"ab\"\n";

enum { ALICE, FAR, ULLA, FRED };
enum { LINE, BOTH, FREE };

struct bench {
    struct docket d;
    struct trials trials;
    struct evidence e;
};

/* A play that failed in this step. The last of them is the one that is shown. */
static struct program_record *fail_in(struct bench *b, uint32_t step, enum outcome outcome)
{
    const struct case_key key = {.fresh = true};
    struct record *r = docket_record(&b->d);
    struct case_record *c = add_case(r, &key);
    struct step_record *f;

    for (uint32_t i = 0; i < step; i++)
        add_step(r, c, i, STEP_PASSED);
    f = add_step(r, c, step, outcome);
    b->e = (struct evidence){.spec = b->d.spec,
                             .test = &b->d.spec->tests[0],
                             .arena = &b->d.arena,
                             .trials = &b->trials,
                             .record = r,
                             .shown = c,
                             .failed = f,
                             .step = &b->d.spec->tests[0].steps[step]};
    b->e.program = evidence_program(b->e.test, r, b->e.step, f);
    return record_program(r, b->e.program->program);
}

/* … for it listened on this port instead of the one that it was given at its first endpoint. */
static struct program_record *listen_elsewhere(struct bench *b, uint16_t given, uint16_t port)
{
    struct program_record *p = fail_in(b, ALICE, STEP_NOT_LISTENING);

    p->readiness = READY_OTHER_PORT;
    p->ports[0] = given;
    p->listeners[0].port = port;
    return p;
}

static struct program_record *listen_at(struct bench *b, uint32_t step, enum outcome outcome,
                                        const char *address, uint32_t ipv4)
{
    struct program_record *p = fail_in(b, step, outcome);
    struct listener_record *l = &p->listeners[p->n_listeners - 1];

    l->address = arena_text(&b->d.arena, address);
    l->ipv4 = ipv4;
    l->loopback = true;
    return p;
}

static const char *name_of(struct bench *b)
{
    b->trials = trials_of((const struct record *const *)b->d.records, b->d.n, &b->d.arena);
    mem_free(b->d.out.findings);
    b->d.out = (struct test_result){0};
    diagnose(&b->e, &b->d.out);
    assert_in_range(b->d.out.n_findings, 0, 1);
    return b->d.out.n_findings ? b->d.out.findings[0].diagnosis->id : "none";
}

static bool tells(const struct bench *b, const char *part)
{
    return strstr(b->d.out.findings[0].evidence, part) != NULL;
}

#define IS(b, id) assert_string_equal(name_of(b), id)

/* ---- another port -------------------------------------------------------------------------------------- */

static void hard_coded_port(void **state)
{
    struct bench b = {0};

    (void)state;
    docket_init(&b.d, spec_text);
    listen_elsewhere(&b, 20000, 8080);
    IS(&b, "none"); /* once is no rule */
    listen_elsewhere(&b, 20000, 8080);
    IS(&b, "none"); /* the same given port twice tells nothing */
    listen_elsewhere(&b, 20001, 8080);
    IS(&b, "hard-coded-port");
    assert_true(tells(&b, "20001") && tells(&b, "8080"));
    docket_deinit(&b.d);
}

static void another_port_each_time(void **state)
{
    struct bench b = {0};

    (void)state;
    docket_init(&b.d, spec_text);
    listen_elsewhere(&b, 20000, 8080);
    listen_elsewhere(&b, 20001, 8081);
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* A fixed port may be among those from which the kernel chooses. */
static void hard_coded_or_not_bound(void **state)
{
    struct bench b = {0};

    (void)state;
    docket_init(&b.d, spec_text);
    listen_elsewhere(&b, 20000, 50007);
    IS(&b, "port-not-bound");
    listen_elsewhere(&b, 20001, 50007);
    IS(&b, "hard-coded-port");
    docket_deinit(&b.d);

    docket_init(&b.d, spec_text);
    listen_elsewhere(&b, 20000, 50007);
    listen_elsewhere(&b, 20001, 50008);
    IS(&b, "port-not-bound");
    docket_deinit(&b.d);
}

static void swapped_is_not_hard_coded(void **state)
{
    struct bench b = {0};

    (void)state;
    docket_init(&b.d, spec_text);
    listen_elsewhere(&b, 0x4e20, 0x204e);
    listen_elsewhere(&b, 0x4e21, 0x214e);
    IS(&b, "missing-htons");
    docket_deinit(&b.d);

    docket_init(&b.d, spec_text); /* by chance the port that it always takes is the swapped one */
    listen_elsewhere(&b, 0x4e21, 0x204e);
    listen_elsewhere(&b, 0x4e20, 0x204e);
    IS(&b, "missing-htons");
    docket_deinit(&b.d);
}

static void another_program_or_transport(void **state)
{
    struct bench b = {0};
    struct program_record *p;

    (void)state;
    docket_init(&b.d, spec_text);
    p = listen_elsewhere(&b, 20000, 8080);
    p->listeners[0].transport = TRANSPORT_UDP;
    listen_elsewhere(&b, 20001, 8080);
    IS(&b, "none");
    p->program = BOTH;
    p->listeners[0].transport = TRANSPORT_TCP;
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* ---- another address ----------------------------------------------------------------------------------- */

static void loopback_only(void **state)
{
    struct bench b = {0};
    struct program_record *p;

    (void)state;
    docket_init(&b.d, spec_text);
    p = listen_at(&b, FAR, STEP_REFUSED, "127.0.0.1", INADDR_LOOPBACK);
    IS(&b, "loopback-only");
    assert_true(tells(&b, "127.0.0.1 only") && tells(&b, "far speaks to it at 127.0.0.2"));
    p->listeners[0].ipv4 = ADDRESS_TWO; /* that is where far speaks to */
    IS(&b, "none");
    p->listeners[0].ipv4 = 0;
    IS(&b, "none");
    p->listeners[0].ipv4 = INADDR_LOOPBACK;
    p->listeners[0].port++; /* some other socket of its */
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* Whoever it can reach cannot blame the address. */
static void not_for_those_who_reach_it(void **state)
{
    struct bench b = {0};

    (void)state;
    docket_init(&b.d, spec_text);
    listen_at(&b, ALICE, STEP_REFUSED, "127.0.0.1", INADDR_LOOPBACK);
    IS(&b, "none");
    listen_at(&b, ALICE, STEP_NOT_LISTENING, "127.0.0.9", ADDRESS_NINE)->readiness = READY_OTHER_ADDRESS;
    IS(&b, "loopback-only");
    docket_deinit(&b.d);
}

/* Who speaks to 127.0.0.1 may also go by the machine's name, whatever address that has. Who speaks to another
 * address may not. */
static void by_the_machines_name(void **state)
{
    static const uint32_t names[] = {0x7f000101, 0xc0000202};
    struct listener_record l = {.loopback = true};

    (void)state;
    for (size_t i = 0; i < array_len(names); i++) {
        l.ipv4 = names[i];
        l.loopback = i == 0;
        assert_int_equal(reach_address(&l, INADDR_LOOPBACK), names[i]);
        assert_int_equal(reach_address(&l, ADDRESS_TWO), 0);
    }
    l.ipv4 = ADDRESS_NINE;
    l.loopback = true;
    assert_int_equal(reach_address(&l, INADDR_LOOPBACK), 0);
    l.ipv4 = 0;
    assert_int_equal(reach_address(&l, ADDRESS_TWO), ADDRESS_TWO);
    l.no_ipv4 = true;
    assert_int_equal(reach_address(&l, INADDR_LOOPBACK), 0);
}

static void of_two_endpoints_the_peers(void **state)
{
    struct bench b = {0};
    struct program_record *p;

    (void)state;
    docket_init(&b.d, spec_text);
    p = listen_at(&b, ULLA, STEP_REFUSED, "127.0.0.9", ADDRESS_NINE);
    assert_int_equal(p->program, BOTH);
    IS(&b, "loopback-only");
    p->listeners[1].ipv4 = 0;
    p->listeners[0].loopback = true; /* the other one's */
    p->listeners[0].ipv4 = ADDRESS_NINE;
    IS(&b, "none");
    docket_deinit(&b.d);
}

static void six(void **state)
{
    struct bench b = {0};
    struct program_record *p;

    (void)state;
    docket_init(&b.d, spec_text);
    p = listen_at(&b, ALICE, STEP_NOT_LISTENING, "::1", 0);
    p->readiness = READY_OTHER_ADDRESS;
    p->listeners[0].no_ipv4 = p->listeners[0].ipv6 = true;
    IS(&b, "loopback-only");
    assert_true(tells(&b, "at ::1 only"));
    p->listeners[0].loopback = false; /* all addresses, but IPV6_V6ONLY: that is another mistake */
    IS(&b, "none");
    docket_deinit(&b.d);
}

/* A port of its own choice is no wrong one. */
static void found(void **state)
{
    struct bench b = {0};
    struct program_record *p;

    (void)state;
    docket_init(&b.d, spec_text);
    for (int i = 0; i < 2; i++) {
        p = fail_in(&b, FRED, STEP_REFUSED);
        assert_int_equal(p->program, FREE);
        p->ports[0] = (uint16_t)(5000 + i);
        p->listeners[0].port = (uint16_t)(5000 + i);
    }
    IS(&b, "none");
    p->listeners[0].loopback = true;
    p->listeners[0].ipv4 = ADDRESS_NINE;
    IS(&b, "loopback-only");
    p->ports[0] = 0; /* not ready: the port is not known */
    IS(&b, "loopback-only");
    docket_deinit(&b.d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hard_coded_port),
        cmocka_unit_test(another_port_each_time),
        cmocka_unit_test(hard_coded_or_not_bound),
        cmocka_unit_test(swapped_is_not_hard_coded),
        cmocka_unit_test(another_program_or_transport),
        cmocka_unit_test(loopback_only),
        cmocka_unit_test(not_for_those_who_reach_it),
        cmocka_unit_test(by_the_machines_name),
        cmocka_unit_test(of_two_endpoints_the_peers),
        cmocka_unit_test(six),
        cmocka_unit_test(found),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
