/* Splits into parts of one size: as values, as text, and made smaller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>

#include "base/mem.h"
#include "wire/split.h"

static struct split parsed(const char *text)
{
    struct split s;
    size_t wrong;

    assert_int_equal(split_parse(text, &s, &wrong), 0);
    return s;
}

static void has_text(const struct split *s, const char *text)
{
    _cleanup_buf_ struct buf out = BUF_INIT;

    split_text(s, &out);
    buf_byte(&out, 0);
    assert_string_equal(out.data, text);
}

static void chunks_have_a_size(void **state)
{
    struct split s = parsed("chunks:7"), copy = split_copy(&s), other = parsed("chunks:8"),
                 bytes = {.kind = SPLIT_BYTES}, cuts = parsed("2:at:7");

    (void)state;
    assert_true(split_equal(&s, &copy));
    assert_false(split_equal(&s, &other));
    assert_int_equal(split_every(&s), 7);
    assert_int_equal(split_every(&bytes), 1);
    assert_int_equal(split_every(&cuts), 0);
    split_add(&s, 1, 7);
    assert_true(split_equal(&s, &cuts)); /* and no chunks any more */
    split_deinit(&s);
    split_deinit(&cuts);
}

static void text_round_trips(void **state)
{
    static const char *const texts[] = {"chunks:1", "chunks:7", "chunks:4294967295"};

    (void)state;
    for (size_t i = 0; i < array_len(texts); i++) {
        struct split s = parsed(texts[i]);

        has_text(&s, texts[i]);
    }
}

static void wrong_text_tells_where(void **state)
{
    static const struct {
        const char *text;
        size_t at;
    } wrong[] = {{"chunks", 0},    {"chunks:", 7},         {"chunks:0", 7},
                 {"chunks:7,", 8}, {"chunks:7;1:at:1", 8}, {"chunks:4294967296", 7}};

    (void)state;
    for (size_t i = 0; i < array_len(wrong); i++) {
        struct split s;
        size_t at = 999;

        assert_int_equal(split_parse(wrong[i].text, &s, &at), -EINVAL);
        assert_int_equal(at, wrong[i].at);
        assert_true(s.kind == SPLIT_WHOLE && s.chunk == 0 && s.n == 0);
    }
}

#define TRIALS 20

/* Shrinks for a program that fails whenever step 2 is cut at 21. Returns how many questions that took. */
static size_t shrink(const struct split *from, const uint32_t lengths[2], struct split *result)
{
    struct split_trial tried[TRIALS];
    size_t n = 0;

    while (split_shrink(from, lengths, 2, tried, n, result) == SHRINK_TRY) {
        const struct cuts *cuts = split_at(result, 1);

        assert_true(n < TRIALS);
        tried[n] = (struct split_trial){.split = *result};
        for (uint32_t i = 0; cuts && i < cuts->n; i++)
            tried[n].failed |= cuts->at[i] == 21;
        n++;
    }
    for (size_t i = 0; i < n; i++)
        split_deinit(&tried[i].split);
    return n;
}

/* To the cut that matters, of those that they make; where they make none they stay. */
static void chunks_shrink_to_cuts(void **state)
{
    const struct split chunks = {.kind = SPLIT_CHUNKS, .chunk = 7};
    struct split result;

    (void)state;
    assert_in_range(shrink(&chunks, (uint32_t[]){21, 22}, &result), 1, 10);
    has_text(&result, "2:at:21");
    split_deinit(&result);
    assert_int_equal(shrink(&chunks, (uint32_t[]){7, 0}, &result), 0);
    has_text(&result, "chunks:7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chunks_have_a_size),
        cmocka_unit_test(text_round_trips),
        cmocka_unit_test(wrong_text_tells_where),
        cmocka_unit_test(chunks_shrink_to_cuts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
