/* test_spec_rules.c - `rules` of a protocol: what right ones become, and what is said of wrong ones. */
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
static const struct message_set set = {.defs = defs, .n = 4};

struct loading {
    struct arena arena;
    struct diags diags;
    struct loader loader;
    struct buf shown;
};

static int setup(void **state)
{
    *state = mem_new(sizeof(struct loading));
    return 0;
}

static int teardown(void **state)
{
    struct loading *t = *state;

    buf_deinit(&t->shown);
    diags_deinit(&t->diags);
    arena_deinit(&t->arena);
    mem_free(t);
    return 0;
}

static const struct rules *load(struct loading *t, const char *text, const struct message_set *messages)
{
    const struct node *root;
    const struct rules *rules;

    t->loader = (struct loader){.diags = &t->diags, .arena = &t->arena};
    diags_source(&t->diags, "spec.yaml", bytes_of(text));
    root = yaml_parse(&t->arena, "spec.yaml", bytes_of(text), &t->diags);
    assert_non_null(root);
    rules = rules_read(&t->loader, root->items[0], messages);
    for (size_t i = 0; i < t->diags.n; i++) {
        const struct diag *d = &t->diags.diags[i];

        buf_printf(&t->shown, "%d:%d %s%s%s\n", d->mark.line, d->mark.col, d->message, d->note ? ": " : "",
                   d->note ? d->note : "");
    }
    buf_byte(&t->shown, 0);
    return rules;
}

static void assert_says(struct loading *t, const char *text, const char *wanted)
{
    assert_null(load(t, text, &set));
    assert_string_equal((const char *)t->shown.data, wanted);
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
    const struct rules *r = load(t,
                                 "rules:\n"
                                 "  ready: {client ADD: asked, client BYE: closed}\n"
                                 "  asked: {server SUM: ready}\n"
                                 "  closed: {}\n",
                                 &set);

    assert_non_null(r);
    assert_string_equal((const char *)t->shown.data, "");
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
        load(t, "rules:\n  new: {dialer  ADD: old}\n  old: {acceptor SUM: old, acceptor BYE: end}\n  end:\n",
             &set);

    assert_non_null(r);
    assert_move(r, 0, (struct rules_move){0, 1, RULES_CLIENT, 0});
    assert_move(r, 1, (struct rules_move){1, 1, RULES_SERVER, 1});
    assert_string_equal(r->sides[RULES_CLIENT], "dialer");
    assert_string_equal(r->sides[RULES_SERVER], "acceptor");
}

static void wrong_keys(void **state)
{
    assert_says(
        *state,
        "rules:\n"
        "  ready:\n"
        "    ADD: ready\n"
        "    client: ready\n"
        "    client ADD or BYE: ready\n"
        "    clint ADD: ready\n"
        "    client ADDD: ready\n"
        "    client SUM: ready\n"
        "    client ADD: ready\n"
        "    client  ADD: ready\n"
        "    dialer BYE: ready\n",
        "3:5 `ADD` is not one side and one message: write `client ADD` or `server ADD`\n"
        "4:5 `client` is not one side and one message: write both, like `client ADD`\n"
        "5:5 `client ADD or BYE` is not one side and one message: each message has a key of its own, "
        "like `client ADD`\n"
        "6:5 no side is called `clint`: did you mean `client`?\n"
        "7:12 there is no message `ADDD`: did you mean `ADD`?\n"
        "8:5 no client says `SUM`: its definition has `from: server`\n"
        "10:5 `client  ADD` stands twice in one state\n"
        "11:5 `dialer` here, but `client ADDD` at line 7: the sides are client and server, or, of equal "
        "partners, dialer and acceptor\n");
}

static void wrong_states(void **state)
{
    assert_says(
        *state,
        "rules:\n"
        "  ready: {client ADD: askd, server BYE: over}\n"
        "  asked: {server SUM, server BYE: ready}\n"
        "  odd state: {client ADD: ready}\n"
        "  listed: [client ADD]\n"
        "  more: {client ADD: [ready, asked]}\n",
        "4:3 a state cannot be called `odd state`: names are made of A-Z a-z 0-9 _ -\n"
        "2:23 there is no state `askd`: did you mean `asked`?\n"
        "2:41 there is no state `over`: a state in which nothing more is said is written `done: {}`\n"
        "3:11 `server SUM` leads to no state: each message says which state is next, like {client ADD: "
        "asked, client QUIT: done}\n"
        "5:11 a state is a map of messages, but a list stands here: like `listed: {client ADD: asked}`; "
        "one in which nothing more is said is `{}`\n"
        "6:22 the next state is one value, but a list stands here\n");
}

static void not_a_map(void **state)
{
    assert_says(*state, "rules: ready\n",
                "1:8 `rules` is a map of states, but a text stands here: like {ready: {client ADD: asked}, "
                "asked: {server SUM: ready}}\n");
}

static void empty(void **state)
{
    assert_says(*state, "rules: {}\n",
                "1:8 `rules` is a map of states, but an empty one stands here: like {ready: {client ADD: "
                "asked}, asked: {server SUM: ready}}\n");
}

/* Warnings: the rules are there, but they can hardly be meant. */
static void unreachable(void **state)
{
    struct loading *t = *state;

    assert_non_null(load(t, "rules:\n  ready: {client ADD: ready}\n  asked: {server SUM: ready}\n", &set));
    assert_string_equal(
        (const char *)t->shown.data,
        "3:3 no message leads to `asked`: a connection begins in the first state, which is `ready`\n"
        "1:1 no rule lets anybody say `BYE`\n");
}

/* Of messages that were wrong nothing is said twice. */
static void messages_that_were_wrong(void **state)
{
    struct loading *t = *state;

    assert_null(load(t, "rules:\n  ready: {client ANY: ready, client MORE: redy}\n", NULL));
    assert_string_equal((const char *)t->shown.data,
                        "2:43 there is no state `redy`: did you mean `ready`?\n");
}

static void no_messages(void **state)
{
    struct loading *t = *state;
    struct message_set none = {0};

    assert_null(load(t, "rules:\n  ready: {client ADD: ready}\n", &none));
    assert_string_equal(
        (const char *)t->shown.data,
        "2:18 there is no message `ADD`: rules are about the protocol's `messages`, and there are none\n");
}

static void too_many_states(void **state)
{
    struct loading *t = *state;
    _cleanup_buf_ struct buf text = BUF_INIT;

    buf_text(&text, "rules:\n");
    for (int i = 0; i < 65; i++)
        buf_printf(&text, "  s%d: {client ADD: s0}\n", i);
    buf_byte(&text, 0);
    assert_null(load(t, (const char *)text.data, &set));
    assert_string_equal(t->diags.diags[0].message, "rules have at most 64 states");
}

int main(void)
{
#define rules_test(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        rules_test(states_and_moves), rules_test(equal_partners),
        rules_test(wrong_keys),       rules_test(wrong_states),
        rules_test(not_a_map),        rules_test(empty),
        rules_test(unreachable),      rules_test(messages_that_were_wrong),
        rules_test(no_messages),      rules_test(too_many_states),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
