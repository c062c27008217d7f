/* test_split.c - splits as values and as text, and shrinking against programs that fail for a known reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "wire/split.h"

static void has_text(const struct split *s, const char *want)
{
    struct buf out = BUF_INIT;
    char *text;

    split_text(s, &out);
    text = buf_steal_text(&out);
    assert_string_equal(text, want);
    mem_free(text);
}

static struct split parsed(const char *text)
{
    struct split s;
    size_t wrong;

    assert_int_equal(split_parse(text, &s, &wrong), 0);
    return s;
}

/* ---- values and text ----------------------------------------------------------------------------------- */

static void cuts_are_kept_in_order(void **state)
{
    struct split s = {0};

    (void)state;
    split_add(&s, 4, 1);
    split_add(&s, 1, 9);
    split_add(&s, 1, 4);
    split_add(&s, 1, 9);
    split_add(&s, 2, 7);
    split_add(&s, 1, 5);
    has_text(&s, "2:at:4,5,9;3:at:7;5:at:1");
    assert_int_equal(s.kind, SPLIT_CUTS);
    assert_int_equal(split_count(&s), 5);
    assert_int_equal(split_at(&s, 1)->n, 3);
    assert_null(split_at(&s, 0));
    assert_null(split_at(&s, 3));
    assert_null(split_at(&s, 9));
    split_deinit(&s);
    split_deinit(&s);
    assert_int_equal(s.kind, SPLIT_WHOLE);
}

/* What relays carry is none of the steps', and stands behind all of them. */
static void relays_have_cuts_of_their_own(void **state)
{
    struct split s = parsed("relay:at:3,9;2:at:4");
    struct rng r = rng_seed(1, 1);
    size_t wrong;

    (void)state;
    has_text(&s, "2:at:4;relay:at:3,9");
    assert_true(split_at(&s, SPLIT_RELAYED)->n == 2 && split_at(&s, 1)->n == 1);
    split_deinit(&s);
    split_random_relayed(&s, &r);
    assert_true(s.n == 1 && split_count(&s) > 3);
    split_deinit(&s);
    assert_int_equal(split_parse("relay", &s, &wrong), -EINVAL);
    assert_int_equal(split_parse("4294967296:at:1", &s, &wrong), -EINVAL);
}

static void copies_are_equal_and_apart(void **state)
{
    struct split s = parsed("2:at:4,9;5:at:1"), copy = split_copy(&s), whole = {0},
                 none = {.kind = SPLIT_CUTS};

    (void)state;
    assert_true(split_equal(&s, &copy));
    split_add(&copy, 1, 5);
    assert_false(split_equal(&s, &copy));
    assert_int_equal(split_count(&s), 3);
    assert_true(split_equal(&whole, &whole));
    assert_false(split_equal(&whole, &none));
    assert_false(split_equal(&s, &none));
    split_deinit(&s);
    split_deinit(&copy);
    copy = split_copy(&none);
    assert_true(split_equal(&copy, &none));
}

static void text_round_trips(void **state)
{
    const char *texts[] = {"whole",
                           "bytes",
                           "coalesced",
                           "apart",
                           "1:at:1",
                           "2:at:4,9;5:at:1",
                           "4294967295:at:4294967295",
                           "relay:at:4294967295"};

    (void)state;
    for (size_t i = 0; i < array_len(texts); i++) {
        struct split s = parsed(texts[i]);

        has_text(&s, texts[i]);
        split_deinit(&s);
    }
    has_text(&(struct split){.kind = SPLIT_CUTS}, "whole");
}

static void text_in_any_order_is_sorted(void **state)
{
    struct split s = parsed("5:at:1;2:at:9,4;5:at:1,3");

    (void)state;
    has_text(&s, "2:at:4,9;5:at:1,3");
    split_deinit(&s);
}

static const struct {
    const char *text;
    size_t at;
} wrong_texts[] = {
    {"", 0},
    {"bytez", 0},
    {"byte", 0},
    {"whole ", 0},
    {"0:at:1", 0},
    {"+2:at:1", 0},
    {"4294967297:at:1", 0},
    {"2", 1},
    {"2:", 2},
    {"2:an:1", 3},
    {"2:at", 4},
    {"2:at:", 5},
    {"2:at:0", 5},
    {"2:at:-1", 5},
    {"2:at:1 ", 6},
    {"2:at:1,", 7},
    {"2:at:1,,2", 7},
    {"2:at:1;", 7},
    {"2:at:1;x", 7},
    {"2:at:1;3", 8},
    {"2:at:1;3:at:", 12},
    {"1:at:4294967296", 5},
    {"1:at:99999999999999999999999", 5},
};

static void wrong_text_tells_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < array_len(wrong_texts); i++) {
        struct split s;
        size_t at = 999;

        assert_int_equal(split_parse(wrong_texts[i].text, &s, &at), -EINVAL);
        assert_int_equal(at, wrong_texts[i].at);
        assert_int_equal(s.n, 0);
        assert_null(s.cuts);
    }
}

static void random_cuts_lie_inside(void **state)
{
    const uint32_t lengths[] = {0, 1, 2, 3, 64, 0, UINT32_MAX};
    struct rng r = rng_seed(7, 0), again = rng_seed(7, 0);

    (void)state;
    for (int round = 0; round < 200; round++) {
        struct split s, same;

        split_random(&s, lengths, array_len(lengths), &r);
        split_random(&same, lengths, array_len(lengths), &again);
        assert_true(split_equal(&s, &same));
        assert_int_equal(s.kind, SPLIT_CUTS);
        assert_int_equal(s.n, 4);
        for (size_t i = 0; i < s.n; i++) {
            const struct cuts *c = &s.cuts[i];

            assert_in_range(c->n, 1, 4);
            assert_true(c->at[0] >= 1 && c->at[c->n - 1] < lengths[c->step]);
        }
        split_deinit(&s);
        split_deinit(&same);
    }
}

/* ---- shrinking ----------------------------------------------------------------------------------------- */

#define STEPS_MAX 12
#define QUESTIONS_MAX 20000

/* A program, as far as splits go. */
struct oracle {
    bool (*fails)(struct oracle *o, const struct split *s);
    struct rng rng;
    uint32_t step, from, to; /* a cut in [from, to) of this step; or both cuts */
    uint32_t other_step;
};

struct search {
    uint32_t lengths[STEPS_MAX];
    size_t n_lengths;
    struct split_trial *tried;
    size_t n, cap;
};

static bool has_cut(const struct split *s, uint32_t step, uint32_t from, uint32_t to)
{
    const struct cuts *c = split_at(s, step);

    for (uint32_t i = 0; c && i < c->n; i++)
        if (c->at[i] >= from && c->at[i] < to)
            return true;
    return false;
}

static bool fails_in_range(struct oracle *o, const struct split *s)
{
    return has_cut(s, o->step, o->from, o->to);
}

static bool fails_with_both(struct oracle *o, const struct split *s)
{
    return has_cut(s, o->step, o->from, o->from + 1) && has_cut(s, o->other_step, o->to, o->to + 1);
}

static bool fails_always(struct oracle *o, const struct split *s)
{
    (void)o;
    (void)s;
    return true;
}

static bool fails_never_again(struct oracle *o, const struct split *s)
{
    (void)o;
    (void)s;
    return false;
}

static bool fails_with_three(struct oracle *o, const struct split *s)
{
    (void)o;
    return split_count(s) >= 3;
}

static bool fails_at_random(struct oracle *o, const struct split *s)
{
    (void)s;
    return rng_below(&o->rng, 2);
}

static bool fails_rarely(struct oracle *o, const struct split *s)
{
    (void)s;
    return rng_below(&o->rng, 10) == 0;
}

/* Every cut of `part` is one of `of`, and there are fewer. */
static bool is_less(const struct search *search, const struct split *part, const struct split *of)
{
    size_t all = 0;

    assert_int_equal(part->kind, SPLIT_CUTS);
    for (size_t i = 0; i < part->n; i++)
        for (uint32_t k = 0; k < part->cuts[i].n; k++) {
            uint32_t step = part->cuts[i].step, at = part->cuts[i].at[k];
            bool is_cut = of->kind == SPLIT_CUTS
                              ? has_cut(of, step, at, at + 1)
                              : step < search->n_lengths && at && at < search->lengths[step];

            if (!is_cut)
                return false;
        }
    for (size_t i = 0; i < search->n_lengths; i++)
        all += search->lengths[i] ? search->lengths[i] - 1 : 0;
    return split_count(part) > 0 && split_count(part) < (of->kind == SPLIT_CUTS ? split_count(of) : all);
}

static void search_deinit(struct search *search)
{
    for (size_t i = 0; i < search->n; i++)
        split_deinit(&search->tried[i].split);
    mem_free(search->tried);
    search->tried = NULL;
    search->n = search->cap = 0;
}

/* Shrinks to the end, as a campaign does. The questions stay in search->tried. Checks each: new, and less. */
static struct split shrunk(struct search *search, const struct split *from, struct oracle *o)
{
    struct split next;

    while (split_shrink(from, search->lengths, search->n_lengths, search->tried, search->n, &next) ==
           SHRINK_TRY) {
        struct split_trial *t;

        assert_true(is_less(search, &next, from));
        for (size_t i = 0; i < search->n; i++)
            assert_false(split_equal(&search->tried[i].split, &next));
        t = array_push(search->tried, search->n, search->cap);
        t->split = next;
        t->failed = o->fails(o, &next);
        assert_true(search->n < QUESTIONS_MAX);
    }
    return next;
}

/* What came out is `from` itself, or something that failed and that no smaller failing question has beaten.
 */
static void check_result(const struct search *search, const struct split *from, const struct split *result)
{
    bool known = split_equal(from, result);

    for (size_t i = 0; i < search->n; i++) {
        const struct split_trial *t = &search->tried[i];

        if (t->failed && split_equal(&t->split, result))
            known = true;
        if (t->failed)
            assert_true(split_count(&t->split) >= split_count(result) && result->kind == SPLIT_CUTS);
    }
    assert_true(known);
}

static void one_cut_is_found_in_few_questions(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    size_t worst = 0;

    (void)state;
    for (uint32_t length = 2; length <= 64; length++)
        for (uint32_t at = 1; at < length; at++) {
            struct search search = {.lengths = {0, length}, .n_lengths = 2};
            struct oracle o = {fails_in_range, .step = 1, .from = at, .to = at + 1};
            struct split result = shrunk(&search, &bytes, &o);

            if (length > 2) {
                assert_int_equal(split_count(&result), 1);
                assert_true(has_cut(&result, 1, at, at + 1));
            } else {
                assert_int_equal(result.kind, SPLIT_BYTES); /* there is nothing less than one cut */
            }
            worst = search.n > worst ? search.n : worst;
            split_deinit(&result);
            search_deinit(&search);
        }
    assert_in_range(worst, 6, 14);
}

static void one_cut_of_many_steps(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    size_t sum = 0, runs = 0, worst = 0;

    (void)state;
    for (uint32_t step = 0; step < STEPS_MAX; step += 2)
        for (uint32_t at = 1; at < 64; at++) {
            struct search search = {.n_lengths = STEPS_MAX};
            struct oracle o = {fails_in_range, .step = step, .from = at, .to = at + 1};
            struct split result;

            for (size_t i = 0; i < STEPS_MAX; i += 2)
                search.lengths[i] = 64;
            result = shrunk(&search, &bytes, &o);
            assert_int_equal(split_count(&result), 1);
            assert_true(has_cut(&result, step, at, at + 1));
            sum += search.n;
            runs++;
            worst = search.n > worst ? search.n : worst;
            split_deinit(&result);
            search_deinit(&search);
        }
    assert_true(sum / runs <= 17);
    assert_true(worst <= 22);
}

static void ranges_are_found(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    struct rng r = rng_seed(3, 3);

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct search search = {.lengths = {10, 0, 40, 1, 64}, .n_lengths = 5};
        struct oracle o = {fails_in_range, .step = (uint32_t)rng_below(&r, 3) * 2};
        struct split result;

        o.from = (uint32_t)(1 + rng_below(&r, search.lengths[o.step] - 1));
        o.to = (uint32_t)(o.from + 1 + rng_below(&r, 9));
        result = shrunk(&search, &bytes, &o);
        assert_int_equal(split_count(&result), 1);
        assert_true(fails_in_range(&o, &result));
        assert_true(search.n <= 20);
        split_deinit(&result);
        search_deinit(&search);
    }
}

/* The most common mistake, "one read is one message", takes one question. */
static void any_cut_takes_one_question(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    struct search search = {.lengths = {0, 9, 0, 9}, .n_lengths = 4};
    struct oracle o = {fails_always};
    struct split result = shrunk(&search, &bytes, &o);

    (void)state;
    has_text(&result, "2:at:4");
    assert_int_equal(search.n, 1);
    split_deinit(&result);
    search_deinit(&search);
}

static void two_cuts_are_found(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    struct rng r = rng_seed(5, 3);
    size_t worst = 0;

    (void)state;
    for (int round = 0; round < 300; round++) {
        struct search search = {.lengths = {32, 0, 64}, .n_lengths = 3};
        struct oracle o = {fails_with_both, .step = (uint32_t)rng_below(&r, 2) * 2,
                           .other_step = (uint32_t)rng_below(&r, 2) * 2};
        struct split result;

        o.from = (uint32_t)(1 + rng_below(&r, search.lengths[o.step] - 1));
        o.to = (uint32_t)(1 + rng_below(&r, search.lengths[o.other_step] - 1));
        result = shrunk(&search, &bytes, &o);
        assert_int_equal(split_count(&result), o.step == o.other_step && o.from == o.to ? 1 : 2);
        assert_true(fails_with_both(&o, &result));
        check_result(&search, &bytes, &result);
        worst = search.n > worst ? search.n : worst;
        split_deinit(&result);
        search_deinit(&search);
    }
    assert_true(worst < 120);
}

static void listed_cuts_shrink_too(void **state)
{
    struct split from = parsed("1:at:3;2:at:4,9;5:at:1,2,3");
    struct search search = {0};
    struct oracle one = {fails_in_range, .step = 4, .from = 2, .to = 3};
    struct oracle two = {fails_with_both, .step = 1, .from = 9, .other_step = 0, .to = 3};
    struct split result = shrunk(&search, &from, &one);

    (void)state;
    has_text(&result, "5:at:2");
    split_deinit(&result);
    search_deinit(&search);
    result = shrunk(&search, &from, &two);
    has_text(&result, "1:at:3;2:at:9");
    split_deinit(&result);
    search_deinit(&search);
    split_deinit(&from);
}

static void what_nothing_less_shows_stays(void **state)
{
    struct split from = parsed("2:at:4,9"), bytes = {.kind = SPLIT_BYTES};
    struct search search = {.lengths = {5, 5}, .n_lengths = 2};
    struct oracle o = {fails_never_again};
    struct split result = shrunk(&search, &from, &o);

    (void)state;
    assert_true(split_equal(&result, &from));
    assert_int_equal(search.n, 2);
    split_deinit(&result);
    search_deinit(&search);
    result = shrunk(&search, &bytes, &o);
    assert_true(split_equal(&result, &bytes));
    search_deinit(&search);
    split_deinit(&from);
}

static void some_number_of_cuts_is_found(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    struct search search = {.lengths = {20, 20}, .n_lengths = 2};
    struct oracle o = {fails_with_three};
    struct split result = shrunk(&search, &bytes, &o);

    (void)state;
    assert_int_equal(split_count(&result), 3);
    check_result(&search, &bytes, &result);
    split_deinit(&result);
    search_deinit(&search);
}

static void whatever_is_answered_it_ends(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};

    (void)state;
    for (uint64_t seed = 0; seed < 400; seed++) {
        struct search search = {.lengths = {12, 0, 30, 7}, .n_lengths = 4};
        struct oracle o = {seed & 1 ? fails_at_random : fails_rarely, .rng = rng_seed(seed, 9)};
        struct split result = shrunk(&search, &bytes, &o);

        if (result.kind == SPLIT_CUTS)
            check_result(&search, &bytes, &result);
        split_deinit(&result);
        search_deinit(&search);
    }
}

/* A record may hold a split that failed once and passed once: the search must end all the same. */
static void contradictions_in_what_was_tried(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    struct rng r = rng_seed(8, 8);

    (void)state;
    for (int round = 0; round < 100; round++) {
        struct search search = {.lengths = {6, 9}, .n_lengths = 2};
        struct oracle o = {fails_at_random, .rng = rng_seed((uint64_t)round, 1)};
        struct split result;

        for (int i = 0; i < 40; i++) {
            struct split_trial *t = array_push(search.tried, search.n, search.cap);

            if (rng_below(&r, 5) == 0)
                t->split.kind = SPLIT_BYTES;
            else
                split_add(&t->split, (uint32_t)rng_below(&r, 2), (uint32_t)(1 + rng_below(&r, 5)));
            t->failed = rng_below(&r, 2);
        }
        result = shrunk(&search, &bytes, &o);
        assert_true(result.kind == SPLIT_BYTES || split_count(&result) > 0);
        split_deinit(&result);
        search_deinit(&search);
    }
}

static void what_has_no_cuts_is_done_at_once(void **state)
{
    const enum split_kind kinds[] = {SPLIT_WHOLE, SPLIT_COALESCED, SPLIT_APART, SPLIT_CUTS, SPLIT_BYTES};
    const uint32_t lengths[] = {0, 1};

    (void)state;
    for (size_t i = 0; i < array_len(kinds); i++) {
        struct split from = {.kind = kinds[i]}, next;

        assert_int_equal(split_shrink(&from, lengths, 2, NULL, 0, &next), SHRINK_DONE);
        assert_true(split_equal(&from, &next));
    }
}

/* Large messages are no reason to be slow: the search is replayed at each question. */
static void large_steps(void **state)
{
    const struct split bytes = {.kind = SPLIT_BYTES};
    struct search search = {.lengths = {100000, 100000}, .n_lengths = 2};
    struct oracle o = {fails_in_range, .step = 1, .from = 77777, .to = 77778};
    struct split result = shrunk(&search, &bytes, &o);

    (void)state;
    has_text(&result, "2:at:77777");
    assert_true(search.n < 45);
    split_deinit(&result);
    search_deinit(&search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cuts_are_kept_in_order),
        cmocka_unit_test(relays_have_cuts_of_their_own),
        cmocka_unit_test(copies_are_equal_and_apart),
        cmocka_unit_test(text_round_trips),
        cmocka_unit_test(text_in_any_order_is_sorted),
        cmocka_unit_test(wrong_text_tells_where),
        cmocka_unit_test(random_cuts_lie_inside),
        cmocka_unit_test(one_cut_is_found_in_few_questions),
        cmocka_unit_test(one_cut_of_many_steps),
        cmocka_unit_test(ranges_are_found),
        cmocka_unit_test(any_cut_takes_one_question),
        cmocka_unit_test(two_cuts_are_found),
        cmocka_unit_test(listed_cuts_shrink_too),
        cmocka_unit_test(what_nothing_less_shows_stays),
        cmocka_unit_test(some_number_of_cuts_is_found),
        cmocka_unit_test(whatever_is_answered_it_ends),
        cmocka_unit_test(contradictions_in_what_was_tried),
        cmocka_unit_test(what_has_no_cuts_is_done_at_once),
        cmocka_unit_test(large_steps),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
