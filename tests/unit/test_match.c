/* test_match.c - regular expressions on bytes, hostile ones too. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "wire/match.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static enum matched match(const char *pattern, struct bytes subject)
{
    char message[128];
    size_t offset;
    struct regex *r = regex_new(bytes_of(pattern), &offset, message, sizeof message);
    enum matched got;

    assert_non_null(r);
    got = regex_match(r, subject);
    regex_free(r);
    return got;
}

static void anywhere_unless_anchored(void **state)
{
    (void)state;
    assert_int_equal(match("ERR", BYTES("an ERR or")), MATCHED);
    assert_int_equal(match("^ERR", BYTES("an ERR or")), MATCH_NONE);
    assert_int_equal(match("^(a)(b)(c)(d)$", BYTES("abcd")), MATCHED);
    assert_int_equal(match("", BYTES("")), MATCHED);
    assert_int_equal(match("^$", (struct bytes){0}), MATCHED);
    assert_int_equal(match(".", (struct bytes){0}), MATCH_NONE);
}

static void the_end_is_the_end(void **state)
{
    (void)state;
    assert_int_equal(match("^OK$", BYTES("OK")), MATCHED);
    assert_int_equal(match("^OK$", BYTES("OK\n")), MATCH_NONE);
    assert_int_equal(match("^a.b$", BYTES("a\nb")), MATCH_NONE);
    assert_int_equal(match("(?s)^a.b$", BYTES("a\nb")), MATCHED);
}

static void subjects_are_bytes(void **state)
{
    (void)state;
    assert_int_equal(match("^a.b$", BYTES("a\0b")), MATCHED);
    assert_int_equal(match("^\\x00\\xff$", BYTES("\0\xff")), MATCHED);
    assert_int_equal(match("^.{3}$", BYTES("\xf0\x28\x8c")), MATCHED); /* not UTF-8 */
}

static void a_wrong_pattern_tells_where(void **state)
{
    char message[128] = "", small[8] = "";
    size_t offset = 99;

    (void)state;
    assert_null(regex_new(bytes_of("ab(cd"), &offset, message, sizeof message));
    assert_int_equal(offset, 5);
    assert_non_null(strstr(message, "parenthes"));
    assert_null(regex_new(bytes_of("*a"), &offset, small, sizeof small));
    assert_int_equal(strnlen(small, sizeof small), sizeof small - 1);
    assert_null(regex_new(bytes_of("*a"), &offset, message, 0));
    assert_null(regex_new(bytes_of("(*UTF)a"), &offset, message, sizeof message));
}

static void a_hostile_subject_costs_bounded_time(void **state)
{
    char *many = mem_new(100001);
    struct bytes subject = {(const uint8_t *)many, 100000};

    (void)state;
    memset(many, 'a', subject.len);
    assert_int_equal(match("^(a+)+$", subject), MATCHED);
    assert_int_equal(match("^(a+)+[bc]$", BYTES("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")),
                     MATCH_LIMIT);
    assert_int_equal(match("^(?:a|aa)+b?$[bc]", subject), MATCH_LIMIT);
    assert_int_equal(match("(?:(?:a?)*x)|(a(?R)c)", subject), MATCH_LIMIT);
    assert_int_equal(match("(*LIMIT_MATCH=4000000000)^(a+)+[bc]$", subject), MATCH_LIMIT);
    assert_int_equal(match("^a+$", subject), MATCHED);
    mem_free(many);
}

/* Each beginning alone stays far below PCRE2's limits; there are many of them, and each runs to the end. */
static void many_beginnings_have_one_budget(void **state)
{
    char *many = mem_new(1 << 20);
    struct bytes large = {(const uint8_t *)many, 1 << 20}, message = {(const uint8_t *)many, 4096};

    (void)state;
    memset(many, 'a', large.len);
    assert_int_equal(match("[a-z]*[A-Z]", large), MATCH_LIMIT);
    assert_int_equal(match("a.*a.*a.*[bc]", large), MATCH_LIMIT);
    assert_int_equal(match("[a-z]+:|=", message), MATCH_NONE);
    assert_int_equal(match("aaaa[bc]", large), MATCH_NONE);
    assert_int_equal(match("a$", large), MATCHED);
    mem_free(many);
}

static void freeing_nothing(void **state)
{
    (void)state;
    regex_free(NULL);
}

static void where_two_differ(void **state)
{
    (void)state;
    assert_int_equal(match_prefix(BYTES("abc"), BYTES("abd")), 2);
    assert_int_equal(match_prefix(BYTES("abc"), BYTES("abc")), 3);
    assert_int_equal(match_prefix(BYTES("ab"), BYTES("abc")), 2);
    assert_int_equal(match_prefix(BYTES("a\0b"), BYTES("a\0c")), 2);
    assert_int_equal(match_prefix((struct bytes){0}, BYTES("abc")), 0);
}

static void assert_span(struct span got, size_t from, size_t to)
{
    assert_int_equal(got.from, from);
    assert_int_equal(got.to, to);
}

static void searching_tells_groups(void **state)
{
    char message[128];
    size_t offset;
    struct regex *r = regex_new(bytes_of("(x)|(?<=a)b(c)(d)?"), &offset, message, sizeof message);
    struct span groups[6];
    uint64_t cost;

    (void)state;
    assert_non_null(r);
    assert_int_equal(regex_groups(r), 3);
    assert_int_equal(regex_search(r, BYTES("bc abc"), 0, groups, 6, &cost), MATCHED);
    assert_true(cost > 0);
    assert_span(groups[0], 4, 6);
    assert_span(groups[1], SIZE_MAX, SIZE_MAX);
    assert_span(groups[2], 5, 6);
    assert_span(groups[3], SIZE_MAX, SIZE_MAX);
    assert_span(groups[5], SIZE_MAX, SIZE_MAX); /* the pattern has none of that number */
    assert_int_equal(regex_search(r, BYTES("bc abc"), 4, groups, 1, &cost), MATCHED);
    assert_span(groups[0], 4, 6);
    assert_int_equal(regex_search(r, BYTES("bc abc"), 5, groups, 6, &cost), MATCH_NONE);
    regex_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(searching_tells_groups),
        cmocka_unit_test(anywhere_unless_anchored),
        cmocka_unit_test(the_end_is_the_end),
        cmocka_unit_test(subjects_are_bytes),
        cmocka_unit_test(a_wrong_pattern_tells_where),
        cmocka_unit_test(a_hostile_subject_costs_bounded_time),
        cmocka_unit_test(many_beginnings_have_one_budget),
        cmocka_unit_test(freeing_nothing),
        cmocka_unit_test(where_two_differ),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
