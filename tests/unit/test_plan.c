/* test_plan.c - which cases a test has, what each of them sends, and the ports that programs are given. */
#include "records.h"

#include "base/addr.h"
#include "base/fd.h"
#include "run/ports.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- plans --------------------------------------------------------------------------------------------- */

#define BEGIN                                                                                                \
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"                                                   \
    "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"                                           \
    "  bin: {run: ./bin, args: \"${port.a} ${port.b}\", listens: {a: tcp, b: tcp}}\n"                        \
    "  echo: {run: ./echo, args: \"${port}\", listens: udp}\n"                                               \
    "protocols:\n  line: {framing: line}\n  crlf: {framing: crlf}\n  u16: {framing: {length: u16be}}\n"      \
    "  u8: {framing: {length: u8}}\n  four: {framing: {fixed: 4}}\n  none: {framing: none}\n"                \
    "  udp: {framing: datagram}\n"                                                                           \
    "  words: {framing: crlf, messages: {ADD: \"ADD {a:int} {b:int}\"}}\n"                                   \
    "  shorts: {framing: {length: u16be}, messages: {S: {fields: [{a: u16be}, {b: u8}]}}}\n"                 \
    "peers:\n  alice: {connects: server, protocol: line}\n  carla: {connects: server, protocol: crlf}\n"     \
    "  lena: {connects: server, protocol: u16}\n  otto: {connects: server, protocol: u8}\n"                  \
    "  fred: {connects: server, protocol: four}\n  nora: {connects: server, protocol: none}\n"               \
    "  ulla: {connects: echo, protocol: udp}\n"                                                              \
    "  wanda: {connects: server, protocol: words}\n  sam: {connects: server, protocol: shorts}\n"            \
    "tests:\n  - id: t\n"

struct bench {
    struct spec *spec;
    struct case_list cases;
    struct arena arena;
};

static void setup(struct bench *b, const char *text, uint64_t seed)
{
    *b = (struct bench){.spec = spec_of(text)};
    assert_int_equal(plan_cases(b->spec, 0, seed, &b->cases, NULL), 0);
}

static void teardown(struct bench *b)
{
    case_list_deinit(&b->cases);
    arena_deinit(&b->arena);
    spec_free(b->spec);
}

/* The splits of all cases, one after another. */
static const char *splits_of(struct bench *b)
{
    struct buf text = BUF_INIT;
    const char *copy;

    for (size_t i = 0; i < b->cases.n; i++) {
        buf_text(&text, i ? " " : "");
        split_text(&b->cases.keys[i].split, &text);
    }
    copy = (const char *)arena_bytes(&b->arena, buf_view(&text)).data;
    buf_deinit(&text);
    return copy;
}

static void expands(const char *text, const char *splits)
{
    struct bench b;

    setup(&b, text, 0);
    assert_string_equal(splits_of(&b), splits);
    teardown(&b);
}

#define PLAN(under, steps) BEGIN "    under: [" under "]\n    steps:\n" steps

static void simple_plans(void **state)
{
    (void)state;
    expands(BEGIN "    steps:\n      - alice sends: \"ab\"\n", "whole");
    expands(PLAN("whole", "      - alice sends: \"ab\"\n"), "whole");
    expands(PLAN("bytes, whole", "      - alice sends: \"ab\"\n"), "bytes whole");
    expands(PLAN("{chunks: 2}, {chunks: 1}", "      - alice sends: \"ab\"\n"), "chunks:2 chunks:1");
    expands(PLAN("coalesced", "      - alice sends: \"ab\"\n      - alice sends: \"cd\"\n"), "coalesced");
}

static void thinned(void **state)
{
    struct bench b;

    (void)state;
    setup(&b, PLAN("whole, every-cut, bytes", "      - alice sends: \"abcdefgh\"\n"), 0);
    plan_thin(&b.cases, 10);
    assert_int_equal(b.cases.n, 10);
    plan_thin(&b.cases, 4);
    assert_string_equal(splits_of(&b), "whole 1:at:3 1:at:6 bytes");
    plan_thin(&b.cases, 2);
    assert_string_equal(splits_of(&b), "whole bytes");
    teardown(&b);
}

static void cuts(void **state)
{
    (void)state;
    expands(PLAN("every-cut",
                 "      - alice sends: \"ab\"\n      - alice gets: \"OK\"\n      - alice sends: \"c\"\n"),
            "1:at:1 1:at:2 3:at:1");
    expands(PLAN("every-cut", "      - alice sends: \"\"\n      - alice sends: !raw \"\"\n"
                              "      - alice sends: !raw \"x\"\n      - nora sends: \"ab\"\n"),
            "4:at:1");
    expands(PLAN("every-cut", "      - alice sends: [\"a\", !raw \"b\"]\n"), "1:at:1 1:at:2");
    expands(PLAN("every-2-cuts", "      - alice sends: \"abc\"\n"), "1:at:1,2 1:at:1,3 1:at:2,3");
    expands(PLAN("every-2-cuts", "      - alice sends: \"ab\"\n      - carla sends: \"a\"\n"),
            "1:at:1,2 2:at:1,2");
    /* datagrams are not cut */
    expands(PLAN("every-cut", "      - ulla sends: \"abc\"\n      - alice sends: \"a\"\n"), "2:at:1");
}

static void given_offsets(void **state)
{
    (void)state;
    expands(PLAN("{at: [1, 3]}", "      - alice sends: \"abc\"\n      - alice sends: \"a\"\n"),
            "1:at:1,3;2:at:1");
    expands(PLAN("{at: [1]}, {at: [2]}", "      - alice sends: \"ab\"\n"), "1:at:1 1:at:2");
}

static void fields(void **state)
{
    (void)state;
    /* the content's middle, its edge to the line feed, the edge between two messages, and so on */
    expands(PLAN("fields", "      - alice sends: [\"abc\", \"d\"]\n"), "1:at:1 1:at:3 1:at:4 1:at:5");
    expands(PLAN("fields", "      - carla sends: \"abcd\"\n"), "1:at:2 1:at:4 1:at:5");
    expands(PLAN("fields", "      - lena sends: \"abcd\"\n"), "1:at:1 1:at:2 1:at:4");
    expands(PLAN("fields", "      - otto sends: \"ab\"\n"), "1:at:1 1:at:2");
    expands(PLAN("fields", "      - fred sends: [\"abcd\", \"efgh\"]\n      - lena sends: \"\"\n"),
            "1:at:2 1:at:4 1:at:6 2:at:1");
}

static void fields_of_messages(void **state)
{
    (void)state;
    expands(PLAN("fields", "      - wanda sends: {ADD: {a: 12, b: 345}}\n"),
            "1:at:2 1:at:4 1:at:5 1:at:6 1:at:7 1:at:8 1:at:10 1:at:11");
    expands(PLAN("fields", "      - wanda sends: \"any\"\n"), "1:at:1 1:at:3 1:at:4");
    expands(PLAN("fields", "      - sam sends: [{S: {a: 1}}, {S: {b: 1}}]\n"),
            "1:at:1 1:at:2 1:at:3 1:at:4 1:at:5 1:at:6 1:at:7 1:at:8 1:at:9");
}

static void each_row_has_its_own(void **state)
{
    struct bench b;

    (void)state;
    setup(&b,
          BEGIN "    under: [whole, every-cut]\n    examples: [{x: \"a\"}, {x: \"bc\"}]\n    steps:\n"
                "      - alice sends: \"${x}\"\n",
          5);
    assert_string_equal(splits_of(&b), "whole 1:at:1 whole 1:at:1 1:at:2");
    for (size_t i = 0; i < b.cases.n; i++) {
        assert_int_equal(b.cases.keys[i].row, i >= 2);
        assert_int_equal(b.cases.keys[i].plan, b.cases.keys[i].split.kind != SPLIT_WHOLE);
        assert_int_equal(b.cases.keys[i].seed, 5);
        assert_false(b.cases.keys[i].fresh || b.cases.keys[i].experiment);
    }
    teardown(&b);
}

/* All cases, and then all of them again: what fails seldom is not asked for twice in a row. */
static void repeated_in_rounds(void **state)
{
    (void)state;
    expands(BEGIN "    repeat: 2\n    under: [whole, every-cut]\n    steps:\n      - alice sends: \"ab\"\n",
            "whole 1:at:1 1:at:2 whole 1:at:1 1:at:2");
}

#define RANDOM_PLAN                                                                                          \
    PLAN("{random: 40}, whole, {random: 3}",                                                                 \
         "      - alice sends: \"0123456789\"\n      - alice gets: \"OK\"\n"                                 \
         "      - alice sends: \"a\"\n      - alice sends: !raw \"x\"\n")

static void random_is_reproducible(void **state)
{
    struct bench a, b, other;
    size_t same = 0;

    (void)state;
    setup(&a, RANDOM_PLAN, 1);
    setup(&b, RANDOM_PLAN, 1);
    setup(&other, RANDOM_PLAN, 2);
    assert_int_equal(a.cases.n, 44);
    assert_string_equal(splits_of(&a), splits_of(&b));
    assert_string_not_equal(splits_of(&a), splits_of(&other));
    for (size_t i = 0; i < 40; i++) {
        const struct split *s = &a.cases.keys[i].split;

        assert_in_range(split_count(s), 2, 5);
        assert_int_equal(s->n, 2);
        assert_int_equal(s->cuts[0].step, 0);
        assert_in_range(s->cuts[0].at[0], 1, 10);
        assert_int_equal(s->cuts[1].step, 2);
        assert_int_equal(s->cuts[1].at[0], 1);
        same += split_equal(s, &a.cases.keys[0].split);
    }
    assert_true(same < 10);
    assert_int_equal(a.cases.keys[40].split.kind, SPLIT_WHOLE);
    teardown(&a);
    teardown(&b);
    teardown(&other);
}

/* A longer list begins with the cases of a shorter one: more of them break no replay. */
static void random_is_a_prefix(void **state)
{
    struct bench few, many;

    (void)state;
    setup(&few, PLAN("{random: 3}", "      - alice sends: \"0123456789\"\n"), 9);
    setup(&many, PLAN("{random: 30}", "      - alice sends: \"0123456789\"\n"), 9);
    for (size_t i = 0; i < 3; i++)
        assert_true(split_equal(&few.cases.keys[i].split, &many.cases.keys[i].split));
    teardown(&few);
    teardown(&many);
}

/* Each seed is a case, and the same in any place. */
static void impaired_by_seeds(void **state)
{
    static const uint32_t impairments[] = {0, 2, 1, 1, 1}, seeds[] = {0, 1, 1, 2, 3};
    struct bench b;

    (void)state;
    setup(&b,
          "spec: 1\nname: t\nprograms:\n  echo: {run: ./echo, args: \"${port}\", listens: udp}\n"
          "impairments:\n  rough: [{drop: {share: 12.5%}}]\n  late: [{delay: {by: 5ms}, to: echo}]\n"
          "peers:\n  ulla: {connects: echo}\ntests:\n  - id: t\n    under: [whole, late, {rough: 3}]\n"
          "    steps:\n      - ulla sends: \"x\"\n",
          9);
    assert_int_equal(b.cases.n, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(b.cases.keys[i].impairment, impairments[i]);
        assert_int_equal(b.cases.keys[i].impaired_by, seeds[i]);
        assert_int_equal(b.cases.keys[i].split.kind, SPLIT_WHOLE);
    }
    assert_int_equal(b.spec->impairments[0].rules[0].what.share, IMPAIR_ALL / 8);
    assert_int_equal(b.spec->impairments[0].rules[0].to, SIZE_MAX);
    assert_int_equal(b.spec->impairments[1].rules[0].what.delay, 5000000);
    assert_int_equal(b.spec->impairments[1].rules[0].to, 0);
    teardown(&b);
}

static void too_many(void **state)
{
    struct spec *s = spec_of(PLAN("{random: 10000}", "      - alice sends: \"ab\"\n"));
    struct case_list cases = {0};
    struct err e = {0};

    (void)state;
    s->tests[0].under[0].count = PLAN_MAX_CASES; /* the loader allows less */
    assert_int_equal(plan_cases(s, 0, 0, &cases, &e), 0);
    assert_int_equal(cases.n, PLAN_MAX_CASES);
    case_list_deinit(&cases);
    s->tests[0].under[0].count++;
    assert_int_equal(plan_cases(s, 0, 0, &cases, &e), -E2BIG);
    assert_string_equal(e.text,
                        "t.yaml:30: test t has more than 20000 cases: use shorter messages or fewer cuts");
    assert_true(cases.n <= PLAN_MAX_CASES);
    case_list_deinit(&cases);
    assert_null(cases.keys);
    spec_free(s);
}

static void keys_are_copied_deeply(void **state)
{
    struct bench b;
    struct case_key copy;

    (void)state;
    setup(&b, PLAN("every-cut", "      - alice sends: \"abc\"\n"), 0);
    copy = case_key_copy(&b.cases.keys[1]);
    assert_true(split_equal(&copy.split, &b.cases.keys[1].split));
    case_list_deinit(&b.cases);
    assert_int_equal(copy.split.cuts[0].at[0], 2);
    split_deinit(&copy.split);
    teardown(&b);
}

/* ---- what is sent -------------------------------------------------------------------------------------- */

static void lengths(void **state)
{
    struct bench b;
    uint32_t n[5];

    (void)state;
    setup(&b,
          BEGIN "    examples: [{x: \"a\"}, {x: [\"b\", \"cd\"]}]\n    steps:\n"
                "      - alice sends: \"${x}\"\n      - alice gets: \"OK\"\n      - lena sends: \"abc\"\n"
                "      - ulla sends: \"abc\"\n      - alice sends: \"${server.port}\"\n",
          0);
    plan_lengths(b.spec, 0, 0, 0, n);
    assert_memory_equal(n, ((uint32_t[]){2, 0, 5, 0, 6}), sizeof n);
    plan_lengths(b.spec, 0, 1, 0, n);
    assert_memory_equal(n, ((uint32_t[]){5, 0, 5, 0, 6}), sizeof n);
    teardown(&b);
}

static void outgoing(void **state)
{
    struct bench b;
    struct outgoing o;

    (void)state;
    setup(&b,
          BEGIN "    steps:\n      - alice sends: [\"ab\", !raw \"c\", !hex \"00\", \"\"]\n"
                "      - lena sends: [\"ab\", \"\"]\n      - alice sends: \"${seed}\"\n",
          0);
    o = plan_outgoing(b.spec, 0, 0, 0, 0, &b.arena);
    assert_true(bytes_equal(o.bytes, (struct bytes){(const uint8_t *)"ab\nc\0\n", 6}));
    assert_int_equal(o.n, 4);
    assert_memory_equal(o.ends, ((uint32_t[]){3, 4, 5, 6}), 16);
    o = plan_outgoing(b.spec, 0, 1, 0, 0, &b.arena);
    assert_true(bytes_equal(o.bytes, (struct bytes){(const uint8_t *)"\0\2ab\0\0", 6}));
    assert_memory_equal(o.ends, ((uint32_t[]){4, 6}), 8);
    o = plan_outgoing(b.spec, 0, 2, 0, 1234567, &b.arena);
    assert_true(bytes_equal(o.bytes, bytes_of("1234567\n")));
    teardown(&b);
}

static void too_long_for_its_length(void **state)
{
    struct arena a = {0};
    struct bytes long_one = arena_bytes(&a, (struct bytes){(const uint8_t[256]){0}, 256});
    struct message items[] = {{.content = {(const uint8_t *)"a", 1}, .framed = true},
                              {long_one, true, NULL, NULL}};
    const struct messages m = {items, 2};
    const struct framing u8 = {.kind = FRAMING_LENGTH, .width = 1},
                         u16 = {.kind = FRAMING_LENGTH, .width = 2};
    struct outgoing o;

    (void)state;
    assert_int_equal(outgoing_make(&m, &u8, &a, &o), -EMSGSIZE);
    assert_int_equal(o.bytes.len, 0);
    assert_int_equal(outgoing_make(&m, &u16, &a, &o), 0);
    assert_int_equal(o.bytes.len, 3 + 258);
    arena_deinit(&a);
}

static void names_are_bound(void **state)
{
    static const uint16_t ports[] = {20001, 20002, 20003, 20004};
    struct bench b;
    struct bindings bound;
    struct messages m;

    (void)state;
    setup(
        &b,
        BEGIN
        "    examples: [{x: \"a\", y: \"b\"}, {x: \"c\", y: [\"d\", !raw \"e\", !regex '^f']}]\n    steps:\n"
        "      - alice sends: [\"${server.port} ${bin.port.b} ${echo.port} ${server.host} ${x} ${seed} "
        "$$\"]\n"
        "      - alice gets: \"${y}\"\n",
        0);
    assert_int_equal(port_count(b.spec), 4);
    assert_int_equal(port_index(b.spec, 1, 1), 2);
    bound = (struct bindings){b.spec, &b.spec->tests[0], 0, 7, ports};
    m = messages_resolve(&b.spec->tests[0].steps[0].value, &bound, &b.arena);
    assert_int_equal(m.n, 1);
    assert_true(bytes_equal(m.items[0].content, bytes_of("20001 20003 20004 127.0.0.1 a 7 $")));
    m = messages_resolve(&b.spec->tests[0].steps[1].value, &bound, &b.arena);
    assert_int_equal(m.n, 1);
    assert_true(bytes_equal(m.items[0].content, bytes_of("b")));
    bound.row = 1;
    m = messages_resolve(&b.spec->tests[0].steps[0].value, &bound, &b.arena);
    assert_true(bytes_equal(m.items[0].content, bytes_of("20001 20003 20004 127.0.0.1 c 7 $")));
    m = messages_resolve(&b.spec->tests[0].steps[1].value, &bound, &b.arena);
    assert_int_equal(m.n, 3);
    assert_true(m.items[0].framed && !m.items[1].framed);
    assert_true(bytes_equal(m.items[1].content, bytes_of("e")));
    assert_non_null(m.items[2].regex);
    assert_string_equal(m.items[2].source, "!regex '^f'");
    teardown(&b);
}

/* ---- ports --------------------------------------------------------------------------------------------- */

enum { MANY = 200 };

struct chosen_ports {
    struct sockdiag diag;
    uint16_t ports[MANY];
    int locks[MANY];
    size_t n;
};

static void choose(struct chosen_ports *c, uint64_t seed, bool net_private, size_t n)
{
    struct rng r = rng_seed(seed, 1);

    *c = (struct chosen_ports){.n = n};
    memset(c->locks, -1, sizeof c->locks);
    assert_int_equal(sockdiag_init(&c->diag), 0);
    assert_int_equal(ports_choose(&r, net_private, &c->diag, NULL, 0, c->ports, c->locks, n), 0);
}

static void give_back(struct chosen_ports *c)
{
    ports_release(c->locks, c->n);
    for (size_t i = 0; i < c->n; i++)
        assert_int_equal(c->locks[i], -1);
    sockdiag_deinit(&c->diag);
}

static uint16_t swapped(uint16_t port)
{
    return (uint16_t)(port << 8 | port >> 8);
}

static void check_ports(const struct chosen_ports *c)
{
    for (size_t i = 0; i < c->n; i++) {
        assert_in_range(c->ports[i], 20000, 32767);
        assert_true(swapped(c->ports[i]) >= 1024); /* or a program without htons could not even bind it */
        for (size_t k = 0; k < c->n; k++) {
            assert_true(i == k || c->ports[i] != c->ports[k]);
            assert_int_not_equal(swapped(c->ports[i]), c->ports[k]);
        }
    }
}

static void ports_of_ones_own(void **state)
{
    struct chosen_ports a, b;

    (void)state;
    choose(&a, 1, true, MANY);
    choose(&b, 1, true, MANY);
    check_ports(&a);
    assert_memory_equal(a.ports, b.ports, sizeof a.ports);
    for (size_t i = 0; i < MANY; i++)
        assert_int_equal(a.locks[i], -1);
    give_back(&a);
    give_back(&b);
}

/* With the same seed at the same time, and none twice. */
static void shared_ports_are_locked(void **state)
{
    struct chosen_ports a, b;

    (void)state;
    choose(&a, 1, false, MANY / 2);
    choose(&b, 1, false, MANY / 2);
    check_ports(&a);
    check_ports(&b);
    for (size_t i = 0; i < a.n; i++) {
        assert_true(a.locks[i] >= 0);
        for (size_t k = 0; k < b.n; k++)
            assert_int_not_equal(a.ports[i], b.ports[k]);
    }
    give_back(&a);
    give_back(&b);
}

static void used_ports_are_passed_over(int type)
{
    uint64_t seed = (uint64_t)getpid(); /* other tests may choose at the same time */
    struct chosen_ports a, b;
    struct addr at;
    int fd;

    choose(&a, seed, false, 3);
    at = addr_v4(INADDR_LOOPBACK, a.ports[1]);
    fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, &at.sa, at.len), 0);
    if (type == SOCK_STREAM)
        assert_int_equal(listen(fd, 1), 0);
    give_back(&a);
    choose(&b, seed, false, 3);
    for (size_t i = 0; i < 3; i++)
        assert_int_not_equal(b.ports[i], a.ports[1]);
    give_back(&b);
    fd_close(fd);
}

static void ports_in_use(void **state)
{
    (void)state;
    used_ports_are_passed_over(SOCK_STREAM);
    used_ports_are_passed_over(SOCK_DGRAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simple_plans),
        cmocka_unit_test(thinned),
        cmocka_unit_test(cuts),
        cmocka_unit_test(given_offsets),
        cmocka_unit_test(fields),
        cmocka_unit_test(fields_of_messages),
        cmocka_unit_test(each_row_has_its_own),
        cmocka_unit_test(repeated_in_rounds),
        cmocka_unit_test(random_is_reproducible),
        cmocka_unit_test(random_is_a_prefix),
        cmocka_unit_test(impaired_by_seeds),
        cmocka_unit_test(too_many),
        cmocka_unit_test(keys_are_copied_deeply),
        cmocka_unit_test(lengths),
        cmocka_unit_test(outgoing),
        cmocka_unit_test(too_long_for_its_length),
        cmocka_unit_test(names_are_bound),
        cmocka_unit_test(ports_of_ones_own),
        cmocka_unit_test(shared_ports_are_locked),
        cmocka_unit_test(ports_in_use),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
