/* test_spec_relay.c - relays and impairments as they are understood, in the language's own example. */
#include "spec/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define GOLDEN "tests/golden/specs/"

static int load(void **state)
{
    struct diags diags = {0};

    *state = spec_load(GOLDEN "ok-relay/spec.yaml", &diags);
    diags_deinit(&diags);
    return *state ? 0 : -1;
}

static int unload(void **state)
{
    spec_free(*state);
    return 0;
}

enum { RRECV, RSEND };

static void a_relay_has_a_port_and_goes_to_a_program(void **state)
{
    const struct spec *s = *state;
    const struct peer *link = &s->tests[0].peers[0];

    assert_int_equal(s->n_peers, 1);
    assert_int_equal(link->kind, PEER_RELAYS);
    assert_int_equal(link->transport, TRANSPORT_UDP);
    assert_int_equal(link->program, RRECV); /* it stays the one that it goes to */
    assert_int_equal(link->impair, SIZE_MAX);
    assert_true(peer_has_port(link));
    assert_true(peer_is_impaired(&s->tests[0], 0));
    assert_false(peer_relays_stream(link));
    assert_true(program_names_peer(&s->programs[RSEND], 0));
    assert_false(program_names_peer(&s->programs[RRECV], 0));
}

static void impairments_are_lists_of_rules(void **state)
{
    const struct spec *s = *state;
    const struct impair_rule *lossy = s->impairments[0].rules, *rough = s->impairments[1].rules;

    assert_int_equal(s->n_impairments, 2);
    assert_int_equal(spec_impairment(s, bytes_of("rough")), 1);
    assert_int_equal(spec_impairment(s, bytes_of("roughly")), SIZE_MAX);
    assert_int_equal(s->impairments[0].n, 2);
    assert_int_equal(lossy[0].what.kind, IMPAIR_DROP);
    assert_int_equal(lossy[0].what.n_nth, 2);
    assert_int_equal(lossy[0].what.nth[1], 5);
    assert_int_equal(lossy[0].what.share, IMPAIR_ALL);
    assert_int_equal(lossy[0].to, RRECV);
    assert_int_equal(lossy[1].what.kind, IMPAIR_DUPLICATE);
    assert_int_equal(lossy[1].to, SIZE_MAX);
    assert_int_equal(rough[0].what.share, IMPAIR_ALL / 5);
    assert_int_equal(rough[1].what.kind, IMPAIR_REORDER);
    assert_int_equal(rough[1].what.by, 2);
}

static void each_rule_finds_its_ways(void **state)
{
    const struct spec *s = *state;
    const struct test *t = &s->tests[0];
    struct impair_rule rule = s->impairments[0].rules[0];
    bool ways[2];

    assert_true(impair_ways(s, t, 0, &rule, ways));
    assert_true(ways[IMPAIR_THERE] && !ways[IMPAIR_BACK]);
    rule.to = RSEND; /* whose arguments name the relay */
    assert_true(impair_ways(s, t, 0, &rule, ways));
    assert_true(!ways[IMPAIR_THERE] && ways[IMPAIR_BACK]);
    rule.to = SIZE_MAX;
    assert_true(impair_ways(s, t, 0, &rule, ways));
    assert_true(ways[IMPAIR_THERE] && ways[IMPAIR_BACK]);
}

static void tests_are_played_under_them(void **state)
{
    const struct spec *s = *state;
    const struct test *t = &s->tests[0];

    assert_int_equal(t->n_under, 3);
    assert_int_equal(t->under[0].kind, PLAN_WHOLE);
    assert_int_equal(t->under[1].kind, PLAN_IMPAIRED);
    assert_int_equal(t->under[1].impairment, 0);
    assert_int_equal(t->under[1].count, 1);
    assert_int_equal(t->under[2].impairment, 1);
    assert_int_equal(t->under[2].count, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_relay_has_a_port_and_goes_to_a_program),
        cmocka_unit_test(impairments_are_lists_of_rules),
        cmocka_unit_test(each_rule_finds_its_ways),
        cmocka_unit_test(tests_are_played_under_them),
    };

    return cmocka_run_group_tests(tests, load, unload);
}
