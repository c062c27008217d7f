/* test_spec_rules.c - `rules` of a protocol: what right ones become. Wrong ones are in tests/golden/specs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "spec/rules.h"
#include "spec/yaml.h"

static struct message_def defs[] = {
    {.name = "ADD"},
    {.name = "SUM", .from = FROM_SERVER},
    {.name = "BYE"},
    {.name = "ITEM", .is_item = true},
};
static const struct protocol lines = {.messages = {.defs = defs, .n = 4}};
static const struct protocol http = {.framing = {.kind = FRAMING_HTTP}};

struct loading {
    struct arena arena;
    struct diags diags;
    struct loader loader;
};

static int setup(void **state)
{
    *state = mem_new(sizeof(struct loading));
    return 0;
}

static int teardown(void **state)
{
    struct loading *t = *state;

    diags_deinit(&t->diags);
    arena_deinit(&t->arena);
    mem_free(t);
    return 0;
}

static const struct rules *load_for(struct loading *t, const struct protocol *protocol, const char *text)
{
    const struct node *root;

    t->loader = (struct loader){.diags = &t->diags, .arena = &t->arena};
    diags_source(&t->diags, "spec.yaml", bytes_of(text));
    root = yaml_parse(&t->arena, "spec.yaml", bytes_of(text), &t->diags);
    assert_non_null(root);
    return rules_read(&t->loader, root->items[0], protocol);
}

static const struct rules *load(struct loading *t, const char *text)
{
    return load_for(t, &lines, text);
}

static void assert_move(const struct rules *r, size_t i, struct rules_move wanted)
{
    assert_true(i < r->n_moves);
    assert_int_equal(r->moves[i].from, wanted.from);
    assert_int_equal(r->moves[i].to, wanted.to);
    assert_int_equal(r->moves[i].side, wanted.side);
    assert_int_equal(r->moves[i].message, wanted.message);
}

static void states_and_moves(void **state)
{
    struct loading *t = *state;
    const struct rules *r = load(t, "rules:\n"
                                    "  ready: {client ADD: asked, client BYE: closed}\n"
                                    "  asked: {server SUM: ready}\n"
                                    "  closed: {}\n");

    assert_non_null(r);
    assert_int_equal(t->diags.n, 0);
    assert_int_equal(r->n_states, 3);
    assert_string_equal(r->states[0], "ready");
    assert_string_equal(r->states[2], "closed");
    assert_int_equal(r->n_moves, 3);
    assert_move(r, 0, (struct rules_move){0, 1, RULES_CLIENT, 0});
    assert_move(r, 1, (struct rules_move){0, 2, RULES_CLIENT, 2});
    assert_move(r, 2, (struct rules_move){1, 0, RULES_SERVER, 1});
    assert_string_equal(r->sides[RULES_CLIENT], "client");
}

static void equal_partners(void **state)
{
    struct loading *t = *state;
    const struct rules *r =
        load(t, "rules:\n  new: {dialer  ADD: old}\n  old: {acceptor SUM: old, acceptor BYE: end}\n  end:\n");

    assert_non_null(r);
    assert_move(r, 0, (struct rules_move){0, 1, RULES_CLIENT, 0});
    assert_move(r, 1, (struct rules_move){1, 1, RULES_SERVER, 1});
    assert_string_equal(r->sides[RULES_CLIENT], "dialer");
    assert_string_equal(r->sides[RULES_SERVER], "acceptor");
}

static void of_http(void **state)
{
    struct loading *t = *state;
    const struct rules *r = load_for(
        t, &http, "rules:\n  ready: {client request: waiting}\n  waiting: {server response: ready}\n");

    assert_non_null(r);
    assert_int_equal(t->diags.n, 0);
    assert_move(r, 0, (struct rules_move){0, 1, RULES_CLIENT, HTTP_REQUEST});
    assert_move(r, 1, (struct rules_move){1, 0, RULES_SERVER, HTTP_RESPONSE});
}

static void one_side_of_http_alone(void **state)
{
    struct loading *t = *state;

    assert_non_null(load_for(t, &http, "rules:\n  ready: {client request: ready}\n"));
    assert_int_equal(t->diags.n, 1);
    assert_string_equal(t->diags.diags[0].message, "no rule lets anybody say `response`");
}

static void messages_that_are_http_besides(void **state)
{
    struct loading *t = *state;
    const struct protocol both = {.framing = {.kind = FRAMING_HTTP}, .messages = {.defs = defs, .n = 3}};
    const struct rules *r = load_for(t, &both,
                                     "rules:\n  ready: {client ADD: asked, client BYE: ready}\n"
                                     "  asked: {server SUM: ready, server response: ready}\n");

    assert_non_null(r);
    assert_int_equal(t->diags.n, 0);
    assert_move(r, 3, (struct rules_move){1, 0, RULES_SERVER, 3 + HTTP_RESPONSE});
}

static void too_many_states(void **state)
{
    struct loading *t = *state;
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_text(&text, "rules:\n");
    for (int i = 0; i < 65; i++)
        buf_printf(&text, "  s%d: {client ADD: s0}\n", i);
    buf_byte(&text, 0);
    assert_null(load(t, (const char *)text.data));
    assert_string_equal(t->diags.diags[0].message, "rules have at most 64 states");
}

int main(void)
{
#define rules_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        rules_test(states_and_moves),
        rules_test(equal_partners),
        rules_test(of_http),
        rules_test(one_side_of_http_alone),
        rules_test(messages_that_are_http_besides),
        rules_test(too_many_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
