/* test_rules.c - conversations held against a state machine, and all of them against brute force. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/rng.h"
#include "wire/rules.h"

#define C RULES_CLIENT
#define S RULES_SERVER
enum { ADD, SUM, ERROR, BYE, HELLO };

static const char *const message_names[] = {"ADD", "SUM", "ERROR", "BYE", "HELLO"};

static const char *states[] = {"ready", "asked", "closed"};
static struct rules_move calc_moves[] = {
    {0, 1, C, ADD}, {1, 0, S, SUM}, {1, 0, S, ERROR}, {0, 2, S, BYE}, {1, 2, S, BYE},
};
static const struct rules calc = {states, 3, calc_moves, array_len(calc_moves), {"client", "server"}};

/* Plays "+ADD -SUM": + is what our side sends, - what the program says. Returns the verdict on the last. */
static enum rules_verdict play_on(struct rules_check *c, const char *script)
{
    enum rules_verdict v = RULES_KEPT;
    char word[16];
    int used;

    for (; sscanf(script, "%15s%n", word, &used) == 1; script += used) {
        size_t m = 0;

        while (m < array_len(message_names) && strcmp(message_names[m], word + 1) != 0)
            m++;
        if (m == array_len(message_names))
            m = SIZE_MAX;
        v = word[0] == '+' ? rules_sent(c, m) : rules_came(c, m);
    }
    return v;
}

static enum rules_verdict play(const struct rules *r, enum rules_side program, const char *script)
{
    struct rules_check c;
    enum rules_verdict v;

    rules_check_init(&c, r, program);
    v = play_on(&c, script);
    rules_check_deinit(&c);
    return v;
}

static void in_turn(void **state)
{
    (void)state;
    assert_int_equal(play(&calc, S, "+ADD -SUM +ADD -ERROR"), RULES_KEPT);
    assert_int_equal(play(&calc, S, "+ADD -SUM -SUM"), RULES_BROKEN); /* two answers */
    assert_int_equal(play(&calc, S, "-SUM"), RULES_BROKEN);           /* unasked */
    assert_int_equal(play(&calc, S, "-ADD"), RULES_BROKEN);           /* what the other side says */
    assert_int_equal(play(&calc, S, "+ADD -SUM -SUM -SUM"), RULES_OFF);
    assert_int_equal(play(&calc, C, "-ADD +SUM -ADD"), RULES_KEPT);
    assert_int_equal(play(&calc, C, "-ADD -ADD"), RULES_BROKEN); /* asks again without an answer */
}

static void pipelined(void **state)
{
    (void)state;
    assert_int_equal(play(&calc, S, "+ADD +ADD +ADD -SUM -ERROR -SUM"), RULES_KEPT);
    assert_int_equal(play(&calc, S, "+ADD +ADD -SUM -SUM -SUM"), RULES_BROKEN);
    assert_int_equal(play(&calc, S, "+ADD +ADD -SUM +ADD -SUM -SUM"), RULES_KEPT);
}

static void crossing(void **state)
{
    (void)state;
    /* BYE was said before ADD was read, or behind it; either way nothing may follow. */
    assert_int_equal(play(&calc, S, "+ADD -BYE"), RULES_KEPT);
    assert_int_equal(play(&calc, S, "+ADD -BYE -SUM"), RULES_BROKEN);
    /* Nothing before its cause: ADD was sent when BYE was here, so it is ours that is out of place. */
    assert_int_equal(play(&calc, S, "-BYE +ADD"), RULES_OFF);
    assert_int_equal(play(&calc, S, "-BYE +ADD -SUM"), RULES_OFF);
    assert_int_equal(play(&calc, S, "-BYE -BYE"), RULES_BROKEN);
}

/* A message of ours that fits nowhere excuses what comes behind it, and only that. */
static void ours_is_never_judged(void **state)
{
    (void)state;
    assert_int_equal(play(&calc, S, "+HELLO"), RULES_OFF);
    assert_int_equal(play(&calc, S, "+HELLO -ERROR -SUM -HELLO"), RULES_OFF);
    assert_int_equal(play(&calc, S, "-SUM +HELLO"), RULES_OFF);
    assert_int_equal(play(&calc, C, "+SUM"), RULES_KEPT); /* it may cross with the client's ADD */
    assert_int_equal(play(&calc, C, "+SUM -ADD"), RULES_KEPT);
    assert_int_equal(play(&calc, C, "+SUM -ADD -ADD"), RULES_KEPT);
    assert_int_equal(play(&calc, C, "+SUM -ADD -ADD -ADD"), RULES_BROKEN);
    assert_int_equal(play(&calc, C, "+BYE -ADD +SUM"), RULES_OFF);
}

static void what_is_no_message(void **state)
{
    (void)state;
    assert_int_equal(play(&calc, S, "+ADD -???"), RULES_OFF);
    assert_int_equal(play(&calc, S, "+ADD -??? -HELLO"), RULES_OFF);
    assert_int_equal(play(&calc, S, "+??? -HELLO"), RULES_OFF);
}

static void the_server_greets(void **state)
{
    static const char *names[] = {"new", "greeted"};
    static struct rules_move moves[] = {{0, 1, S, HELLO}, {1, 1, C, ADD}, {1, 1, S, SUM}};
    static const struct rules greet = {names, 2, moves, array_len(moves), {"client", "server"}};

    (void)state;
    assert_int_equal(play(&greet, S, "-HELLO +ADD -SUM"), RULES_KEPT);
    assert_int_equal(play(&greet, S, "+ADD -HELLO"), RULES_KEPT); /* we did not wait, which is ours to do */
    assert_int_equal(play(&greet, S, "+ADD -SUM"), RULES_BROKEN);
    assert_int_equal(play(&greet, C, "+HELLO -ADD"), RULES_KEPT);
    assert_int_equal(play(&greet, C, "-ADD"), RULES_BROKEN);
    assert_int_equal(play(&greet, C, "-ADD +HELLO"), RULES_OFF);
}

static void a_breach_tells(void **state)
{
    struct arena a = {0};
    struct rules_check c;
    struct rules_breach b;

    (void)state;
    rules_check_init(&c, &calc, S);
    assert_int_equal(play_on(&c, "+ADD -SUM +ADD -HELLO"), RULES_BROKEN);
    b = rules_breach(&c, &a);
    assert_int_equal(b.side, RULES_SERVER);
    assert_int_equal(b.message, HELLO);
    assert_int_equal(b.n_states, 2); /* it may not have read the second ADD */
    assert_string_equal(b.states[0], "ready");
    assert_string_equal(b.states[1], "asked");
    assert_int_equal(b.n_allowed, 3);
    assert_int_equal(b.allowed[0], SUM);
    assert_int_equal(b.allowed[1], ERROR);
    assert_int_equal(b.allowed[2], BYE);
    rules_check_deinit(&c);

    rules_check_init(&c, &calc, S);
    assert_int_equal(play_on(&c, "-BYE -SUM"), RULES_BROKEN);
    b = rules_breach(&c, &a);
    assert_int_equal(b.n_states, 1);
    assert_string_equal(b.states[0], "closed");
    assert_int_equal(b.n_allowed, 0);
    rules_check_deinit(&c);
    rules_check_deinit(&c);
    arena_deinit(&a);
}

static void memory_is_bounded(void **state)
{
    struct rules_check c;

    (void)state;
    rules_check_init(&c, &calc, S);
    for (unsigned i = 0; i < RULES_PENDING_MAX; i++)
        assert_int_equal(rules_sent(&c, ADD), RULES_KEPT);
    assert_int_equal(rules_came(&c, SUM), RULES_KEPT); /* it has read one, so there is room for another */
    assert_int_equal(c.n, RULES_PENDING_MAX - 1);
    assert_int_equal(rules_sent(&c, ADD), RULES_KEPT);
    assert_int_equal(rules_sent(&c, ADD), RULES_OFF);
    assert_int_equal(rules_came(&c, HELLO), RULES_OFF);
    rules_check_deinit(&c);
}

/* Where anybody says anything, nothing tells that a message was read, and nothing has to. */
static void a_chat_has_nothing_pending(void **state)
{
    static const char *names[] = {"in", "out"};
    static struct rules_move moves[] = {{0, 0, C, ADD}, {0, 0, S, SUM}, {0, 1, C, BYE}};
    static const struct rules chat = {names, 2, moves, array_len(moves), {"client", "server"}};
    struct rules_check c;

    (void)state;
    rules_check_init(&c, &chat, S);
    for (unsigned i = 0; i < 2 * RULES_PENDING_MAX; i++) {
        assert_int_equal(rules_sent(&c, ADD), RULES_KEPT);
        assert_int_equal(rules_came(&c, SUM), RULES_KEPT);
    }
    assert_int_equal(c.n, 0);
    assert_int_equal(play_on(&c, "+BYE -SUM -SUM"), RULES_KEPT);
    assert_int_equal(c.n, 1);
    assert_int_equal(play_on(&c, "-ERROR"), RULES_BROKEN);
    rules_check_deinit(&c);
}

static void what_comes_again_breaks_nothing(void **state)
{
    struct rules_check c;

    (void)state;
    rules_check_init(&c, &calc, RULES_CLIENT);
    assert_int_equal(rules_came(&c, ADD), RULES_KEPT);
    assert_int_equal(rules_came_again(&c, ADD), RULES_KEPT);
    assert_int_equal(rules_sent(&c, SUM), RULES_KEPT); /* SUM, and it may have been read or not */
    assert_int_equal(rules_came_again(&c, ADD), RULES_KEPT);
    assert_int_equal(rules_came(&c, ADD), RULES_KEPT);   /* the next ADD, once it was read … */
    assert_int_equal(rules_came(&c, ADD), RULES_BROKEN); /* … and no other one */
    rules_check_deinit(&c);
}

/* ---- brute force --------------------------------------------------------------------------------- */

#define EVENTS 7

struct event {
    bool ours;
    size_t message;
    size_t heard; /* ours: how many of the program's had come by then; else how many of ours were sent */
};

struct talk {
    const struct rules *rules;
    enum rules_side program;
    struct event ours[EVENTS], theirs[EVENTS];
    size_t n_ours, n_theirs;
};

static bool step(const struct rules *r, size_t state, enum rules_side side, size_t message, size_t *next)
{
    for (size_t i = 0; i < r->n_moves; i++)
        if (r->moves[i].from == state && r->moves[i].side == side && r->moves[i].message == message) {
            *next = r->moves[i].to;
            return true;
        }
    return false;
}

/* Can ours from j on be read in some order with anything that the program may say? */
static bool can_be_read(const struct talk *t, size_t j, size_t state, size_t said)
{
    enum rules_side ours = t->program == C ? S : C;
    size_t next;

    if (j == t->n_ours)
        return true;
    if (step(t->rules, state, ours, t->ours[j].message, &next) && can_be_read(t, j + 1, next, 0))
        return true;
    if (said == t->rules->n_states)
        return false;
    for (size_t i = 0; i < t->rules->n_moves; i++) {
        const struct rules_move *m = &t->rules->moves[i];

        if (m->from == state && m->side == t->program && can_be_read(t, j, m->to, said + 1))
            return true;
    }
    return false;
}

struct answer {
    bool satisfied, possible; /* by some interleaving; by one after which ours can be read */
};

/* All interleavings, one after the other, that begin as they did up to here. */
static void interleave(const struct talk *t, size_t i, size_t j, size_t state, struct answer *answer)
{
    enum rules_side ours = t->program == C ? S : C;
    size_t next;

    if (i == t->n_theirs) {
        answer->satisfied = true;
        answer->possible |= can_be_read(t, j, state, 0);
    }
    if (j < t->n_ours && i >= t->ours[j].heard && step(t->rules, state, ours, t->ours[j].message, &next))
        interleave(t, i, j + 1, next, answer);
    if (i < t->n_theirs && j <= t->theirs[i].heard &&
        step(t->rules, state, t->program, t->theirs[i].message, &next))
        interleave(t, i + 1, j, next, answer);
}

static struct answer ask(const struct talk *t)
{
    struct answer a = {0};

    interleave(t, 0, 0, 0, &a);
    return a;
}

/* By the definition: kept while some interleaving satisfies the rules and lets ours be read; else ours is out
 * of place if one satisfies them without that; else the program broke them. */
static enum rules_verdict judge_all(const struct talk *t, bool ours)
{
    struct answer a = ask(t);

    if (a.possible)
        return RULES_KEPT;
    return ours || a.satisfied ? RULES_OFF : RULES_BROKEN;
}

static struct rules random_rules(struct rng *rng, struct rules_move *moves)
{
    size_t n = 0, n_states = 1 + rng_below(rng, 4);

    for (size_t from = 0; from < n_states; from++)
        for (size_t side = 0; side < 2; side++)
            for (size_t message = 0; message < 2; message++)
                if (rng_below(rng, 5) < 2)
                    moves[n++] =
                        (struct rules_move){from, rng_below(rng, n_states), (enum rules_side)side, message};
    return (struct rules){.states = NULL, .n_states = n_states, .moves = moves, .n_moves = n};
}

static void as_brute_force_has_it(void **state)
{
    struct rng rng = rng_seed(1, 2);
    unsigned seen[3] = {0};

    (void)state;
    for (int round = 0; round < 30000; round++) {
        struct rules_move moves[16];
        struct rules r = random_rules(&rng, moves);
        struct talk t = {.rules = &r, .program = (enum rules_side)rng_below(&rng, 2)};
        struct rules_check c;
        enum rules_verdict wanted = RULES_KEPT, got;

        rules_check_init(&c, &r, t.program);
        for (int i = 0; i < EVENTS && wanted == RULES_KEPT; i++) {
            bool ours = rng_below(&rng, 2);
            size_t message = rng_below(&rng, 2);

            if (ours)
                t.ours[t.n_ours++] = (struct event){true, message, t.n_theirs};
            else
                t.theirs[t.n_theirs++] = (struct event){false, message, t.n_ours};
            wanted = judge_all(&t, ours);
            got = ours ? rules_sent(&c, message) : rules_came(&c, message);
            if (got != wanted)
                fail_msg("round %d, event %d: %d instead of %d", round, i, got, wanted);
            seen[got]++;
        }
        rules_check_deinit(&c);
    }
    for (int v = 0; v < 3; v++)
        assert_true(seen[v] > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(in_turn),
        cmocka_unit_test(pipelined),
        cmocka_unit_test(crossing),
        cmocka_unit_test(ours_is_never_judged),
        cmocka_unit_test(what_is_no_message),
        cmocka_unit_test(the_server_greets),
        cmocka_unit_test(what_comes_again_breaks_nothing),
        cmocka_unit_test(a_breach_tells),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(a_chat_has_nothing_pending),
        cmocka_unit_test(as_brute_force_has_it),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
