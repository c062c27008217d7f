/* test_impair.c - what a bad network lets through, and in which order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "wire/impair.h"

#define BOTH                                                                                                 \
    {                                                                                                        \
        true, true                                                                                           \
    }

static void feed(struct impair *p, enum impair_way way, const char *text, int64_t now)
{
    struct packet d = {.way = way, .payload = bytes_of(text), .at = 1000 + now};

    impair_feed(p, &d, now);
}

static const char *name_of(void *arg, enum impair_way way, struct bytes payload)
{
    (void)way;
    (*(int *)arg)++;
    if (payload.len == 0 || payload.data[0] < 'A' || payload.data[0] > 'Z')
        return NULL;
    return payload.data[0] == 'A' ? "ACK" : "DATA";
}

/* All that goes on now, in its order: "a b c ". */
static const char *goes_on(struct impair *p, int64_t now)
{
    static char text[256];
    struct packet d;
    size_t len = 0;

    text[0] = 0;
    while (impair_next(p, now, &d)) {
        assert_true(len + d.payload.len + 2 < sizeof text);
        memcpy(text + len, d.payload.data, d.payload.len);
        len += d.payload.len;
        text[len++] = ' ';
        text[len] = 0;
        mem_free((void *)d.payload.data);
    }
    return text;
}

static void begin(struct impair *p, const struct impairment *list, size_t n)
{
    impair_init(p, list, n, 1);
}

/* Feeds 1 … n, one at a time, and says what came out. */
static const char *of_count(struct impair *p, enum impair_way way, int n)
{
    static char all[512];
    char name[2] = {0};
    size_t len = 0;

    for (int i = 1; i <= n; i++) {
        name[0] = (char)('0' + i);
        feed(p, way, name, 0);
        len += (size_t)snprintf(all + len, sizeof all - len, "%s", goes_on(p, 0));
        assert_true(len < sizeof all);
    }
    return all;
}

static void nothing_is_done_without_impairments(void **state)
{
    struct impair p;

    (void)state;
    begin(&p, NULL, 0);
    assert_string_equal(of_count(&p, IMPAIR_THERE, 3), "1 2 3 ");
    assert_int_equal(p.n_notes, 0);
    impair_deinit(&p);
    impair_deinit(&p);
}

static void drops_by_number_in_each_direction(void **state)
{
    static const uint32_t nth[] = {2, 5};
    static const struct impairment list[] = {
        {.kind = IMPAIR_DROP, .ways = {true}, .nth = nth, .n_nth = 2, .share = IMPAIR_ALL}};
    struct impair p;

    (void)state;
    begin(&p, list, 1);
    feed(&p, IMPAIR_BACK, "x", 0);
    assert_string_equal(goes_on(&p, 0), "x ");
    assert_string_equal(of_count(&p, IMPAIR_THERE, 6), "1 3 4 6 ");
    assert_string_equal(of_count(&p, IMPAIR_BACK, 2), "1 2 ");
    assert_int_equal(p.n_notes, 2);
    assert_int_equal(p.notes[0].kind, IMPAIR_DROP);
    assert_int_equal(p.notes[0].nth, 2);
    assert_int_equal(p.notes[1].nth, 5);
    assert_int_equal(p.notes[1].way, IMPAIR_THERE);
    assert_int_equal(p.notes[1].len, 1);
    assert_int_equal(p.notes[1].head[0], '5');
    impair_deinit(&p);
}

static void a_drop_does_not_shift_the_numbers_of_others(void **state)
{
    static const uint32_t second[] = {2}, third[] = {3};
    static const struct impairment list[] = {
        {.kind = IMPAIR_DROP, .ways = BOTH, .nth = second, .n_nth = 1, .share = IMPAIR_ALL},
        {.kind = IMPAIR_DUPLICATE, .ways = BOTH, .nth = third, .n_nth = 1, .share = IMPAIR_ALL},
        {.kind = IMPAIR_DUPLICATE, .ways = BOTH, .nth = second, .n_nth = 1, .share = IMPAIR_ALL}};
    struct impair p;

    (void)state;
    begin(&p, list, 3);
    assert_string_equal(of_count(&p, IMPAIR_BACK, 4), "1 3 3 4 ");
    assert_int_equal(p.n_notes, 2); /* what is dropped is not doubled */
    impair_deinit(&p);
}

static void messages_are_chosen_by_name(void **state)
{
    static const uint32_t nth[] = {2};
    static const struct impairment list[] = {
        {.kind = IMPAIR_DROP, .ways = BOTH, .message = "ACK", .share = IMPAIR_ALL, .times = 1},
        {.kind = IMPAIR_DUPLICATE,
         .ways = BOTH,
         .message = "DATA",
         .nth = nth,
         .n_nth = 1,
         .share = IMPAIR_ALL}};
    struct impair p;
    int asked = 0;

    (void)state;
    begin(&p, list, 2);
    feed(&p, IMPAIR_BACK, "A0", 0); /* nobody can tell what it is */
    p.name_of = name_of;
    p.arg = &asked;
    feed(&p, IMPAIR_THERE, "x", 0);
    feed(&p, IMPAIR_THERE, "D1", 0);
    feed(&p, IMPAIR_BACK, "A1", 0);
    feed(&p, IMPAIR_THERE, "D2", 0);
    feed(&p, IMPAIR_BACK, "A2", 0);
    feed(&p, IMPAIR_THERE, "D3", 0);
    assert_string_equal(goes_on(&p, 0), "A0 x D1 D2 D2 A2 D3 ");
    assert_int_equal(p.notes[1].nth, 3); /* of its direction, not of its kind */
    assert_int_equal(asked, 6);
    impair_deinit(&p);
}

static void later_ones_overtake(void **state)
{
    static const uint32_t nth[] = {2};
    static const struct impairment list[] = {
        {.kind = IMPAIR_REORDER, .ways = BOTH, .nth = nth, .n_nth = 1, .by = 2, .share = IMPAIR_ALL}};
    struct impair p;

    (void)state;
    begin(&p, list, 1);
    assert_string_equal(of_count(&p, IMPAIR_THERE, 6), "1 3 4 2 5 6 ");
    assert_int_equal(p.notes[0].detail, 2);
    assert_string_equal(of_count(&p, IMPAIR_BACK, 2), "1 ");
    feed(&p, IMPAIR_THERE, "x", 0); /* the other direction overtakes nobody */
    feed(&p, IMPAIR_THERE, "y", 0);
    assert_string_equal(goes_on(&p, 0), "x y ");
    assert_int_equal(impair_due(&p), -1);
    assert_true(impair_release(&p));
    assert_false(impair_release(&p));
    assert_string_equal(goes_on(&p, 0), "2 ");
    impair_deinit(&p);
}

static void several_that_are_overtaken_keep_their_order(void **state)
{
    static const uint32_t nth[] = {1, 2};
    static const struct impairment list[] = {
        {.kind = IMPAIR_REORDER, .ways = BOTH, .nth = nth, .n_nth = 2, .by = 1, .share = IMPAIR_ALL}};
    struct impair p;

    (void)state;
    begin(&p, list, 1);
    assert_string_equal(of_count(&p, IMPAIR_THERE, 4), "3 1 2 4 ");
    impair_deinit(&p);
}

static void delays_hold_until_their_time(void **state)
{
    static const uint32_t nth[] = {1};
    static const struct impairment list[] = {
        {.kind = IMPAIR_DELAY, .ways = BOTH, .nth = nth, .n_nth = 1, .delay = 80, .share = IMPAIR_ALL}};
    struct impair p;
    struct packet d;

    (void)state;
    begin(&p, list, 1);
    feed(&p, IMPAIR_THERE, "1", 10);
    feed(&p, IMPAIR_THERE, "2", 20);
    assert_string_equal(goes_on(&p, 20), "2 ");
    assert_int_equal(impair_due(&p), 90);
    assert_string_equal(goes_on(&p, 89), "");
    assert_false(impair_release(&p)); /* its time comes anyway */
    assert_true(impair_next(&p, 95, &d));
    assert_int_equal(d.at, 1095);
    mem_free((void *)d.payload.data);
    assert_int_equal(impair_due(&p), -1);
    impair_deinit(&p);
}

static void one_bit_is_turned(void **state)
{
    static const struct impairment list[] = {{.kind = IMPAIR_CORRUPT, .ways = BOTH, .share = IMPAIR_ALL}};
    struct impair p;
    struct packet d;
    unsigned bits = 0;

    (void)state;
    begin(&p, list, 1);
    feed(&p, IMPAIR_THERE, "", 0); /* has none */
    assert_string_equal(goes_on(&p, 0), " ");
    feed(&p, IMPAIR_THERE, "checksum", 0);
    assert_true(impair_next(&p, 0, &d));
    for (size_t i = 0; i < d.payload.len; i++) {
        uint8_t differs = d.payload.data[i] ^ (uint8_t) "checksum"[i];

        bits += (unsigned)__builtin_popcount(differs);
        assert_true(!differs || p.notes[0].detail == i);
    }
    assert_int_equal(bits, 1);
    assert_memory_equal(p.notes[0].head, "checksum", 8); /* as it came */
    mem_free((void *)d.payload.data);
    impair_deinit(&p);
}

/* The fate of datagram n of a direction, whatever the other direction does in between. */
static void chance_is_the_seeds(void **state)
{
    static const struct impairment list[] = {{.kind = IMPAIR_DROP, .ways = BOTH, .share = 2000}};
    size_t dropped = 0, differ = 0;
    bool fate[1000] = {0};
    struct impair p;

    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++) { /* the first once more, interleaved */
        impair_init(&p, list, 1, seed % 2 ? 1 : 2);
        for (size_t i = 0; i < 1000; i++) {
            bool passed;

            if (seed == 3)
                feed(&p, IMPAIR_BACK, "b", 0);
            goes_on(&p, 0);
            feed(&p, IMPAIR_THERE, "a", 0);
            passed = *goes_on(&p, 0);
            dropped += seed == 1 && !passed;
            differ += seed == 2 && passed != fate[i];
            if (seed == 3)
                assert_int_equal(passed, fate[i]);
            if (seed == 1)
                fate[i] = passed;
        }
        impair_deinit(&p);
    }
    assert_in_range(dropped, 150, 250);
    assert_true(differ > 200);
}

static void notes_are_bounded(void **state)
{
    static const struct impairment list[] = {{.kind = IMPAIR_DROP, .ways = BOTH, .share = IMPAIR_ALL}};
    struct impair p;

    (void)state;
    begin(&p, list, 1);
    for (size_t i = 0; i < IMPAIR_NOTES_MAX + 7; i++)
        feed(&p, IMPAIR_THERE, "a long datagram, of which no more than its beginning is noted", 0);
    assert_int_equal(p.n_notes, IMPAIR_NOTES_MAX);
    assert_int_equal(p.unnoted, 7);
    assert_string_equal(goes_on(&p, 0), "");
    impair_deinit(&p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_done_without_impairments),
        cmocka_unit_test(drops_by_number_in_each_direction),
        cmocka_unit_test(a_drop_does_not_shift_the_numbers_of_others),
        cmocka_unit_test(messages_are_chosen_by_name),
        cmocka_unit_test(later_ones_overtake),
        cmocka_unit_test(several_that_are_overtaken_keep_their_order),
        cmocka_unit_test(delays_hold_until_their_time),
        cmocka_unit_test(one_bit_is_turned),
        cmocka_unit_test(chance_is_the_seeds),
        cmocka_unit_test(notes_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
