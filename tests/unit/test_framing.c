/* test_framing.c - every framing at every split point: no prefix of a frame may be taken for another thing.
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
#include "base/rng.h"
#include "wire/framing.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})
#define DELIMITER(literal)                                                                                   \
    {                                                                                                        \
        .kind = FRAMING_DELIMITER, .delimiter = BYTES(literal)                                               \
    }

static const struct framing line = DELIMITER("\n");
static const struct framing crlf = DELIMITER("\r\n");
static const struct framing fixed = {.kind = FRAMING_FIXED, .size = 5};
static const struct framing u16be = {.kind = FRAMING_LENGTH, .width = 2};
static const struct framing netstring = {.kind = FRAMING_ASCII, .delimiter = BYTES(":")};
static const struct framing spelled = {.kind = FRAMING_ASCII, .delimiter = BYTES("\r\n\r")};
static const struct framing eof = {.kind = FRAMING_EOF};

static void same(struct bytes a, struct bytes b)
{
    assert_int_equal(a.len, b.len);
    if (a.len)
        assert_memory_equal(a.data, b.data, a.len);
}

/* A copy on the heap of just this size, so that ASan sees whoever reads beyond a prefix. */
static enum framed next_of(const struct framing *f, struct bytes in, struct frame *out)
{
    uint8_t *copy = mem_new(in.len);
    enum framed got;

    if (in.len)
        memcpy(copy, in.data, in.len);
    got = framing_next(f, (struct bytes){copy, in.len}, out);
    if (got == FRAMED_MESSAGE)
        out->body.data = in.data ? in.data + (out->body.data - copy) : NULL;
    mem_free(copy);
    return got;
}

/* One frame with something behind it: each prefix is partial, until the frame is whole; then nothing changes
 * it. */
static void check_prefixes(const struct framing *f, struct bytes body, struct bytes behind)
{
    struct buf all = BUF_INIT;
    struct frame frame;
    size_t whole;

    assert_int_equal(framing_encode(f, body, &all), 0);
    whole = all.len;
    buf_append(&all, behind);
    for (size_t n = 0; n <= all.len; n++) {
        enum framed got = next_of(f, bytes_slice(buf_view(&all), 0, n), &frame);

        if (n < whole) {
            assert_int_equal(got, FRAMED_PARTIAL);
            assert_int_equal(frame.total, 0);
            assert_null(frame.body.data);
            continue;
        }
        assert_int_equal(got, FRAMED_MESSAGE);
        assert_int_equal(frame.total, whole);
        same(frame.body, body);
    }
    buf_deinit(&all);
}

static void every_prefix_is_partial_until_the_frame_is_whole(void **state)
{
    static const struct framing odd = DELIMITER("\r\n\r"), aab = DELIMITER("aab"), aaa = DELIMITER("aaa");
    const struct bytes behind[] = {BYTES(""), BYTES("\n"), BYTES("\r"), BYTES("\0\0\0\0\0\0\0\0\0"),
                                   BYTES("aaab")};

    (void)state;
    for (size_t i = 0; i < array_len(behind); i++) {
        check_prefixes(&line, BYTES("ADD 2 40"), behind[i]);
        check_prefixes(&line, BYTES(""), behind[i]);
        check_prefixes(&line, BYTES("a\rb\0c"), behind[i]);
        check_prefixes(&crlf, BYTES("a\nb\r\rc"), behind[i]);
        check_prefixes(&crlf, BYTES("a\r"), behind[i]);
        check_prefixes(&odd, BYTES("x\r\n.\r\n\n"), behind[i]);
        check_prefixes(&aab, BYTES("aaaxaa.a"), behind[i]);
        check_prefixes(&aab, BYTES("a"), behind[i]);
        check_prefixes(&aaa, BYTES("aab"), behind[i]);
        check_prefixes(&fixed, BYTES("12345"), behind[i]);
        check_prefixes(&fixed, BYTES("\n\n\0\n\n"), behind[i]);
        check_prefixes(&netstring, BYTES("hello world!"), behind[i]);
        check_prefixes(&netstring, BYTES("3:ab"), behind[i]);
        check_prefixes(&netstring, BYTES(""), behind[i]);
        check_prefixes(&spelled, BYTES("\r\n\r12\0"), behind[i]);
    }
}

static void decimal_lengths(void **state)
{
    struct buf out = BUF_INIT;
    struct frame frame;

    (void)state;
    assert_int_equal(framing_encode(&netstring, BYTES("hello world!"), &out), 0);
    same(buf_view(&out), BYTES("12:hello world!"));
    buf_deinit(&out);
    assert_int_equal(next_of(&netstring, BYTES("12"), &frame), FRAMED_PARTIAL);
    assert_int_equal(frame.header, 0);
    assert_int_equal(next_of(&netstring, BYTES("12:hello"), &frame), FRAMED_PARTIAL);
    assert_int_equal(frame.header, 3);
    assert_int_equal(frame.announced, 12);
    assert_int_equal(next_of(&netstring, BYTES("003:abc"), &frame), FRAMED_MESSAGE);
    assert_int_equal(frame.total, 7);
    same(frame.body, BYTES("abc"));
    assert_int_equal(next_of(&netstring, BYTES("000:abc"), &frame), FRAMED_MESSAGE);
    assert_int_equal(frame.body.len, 0);
}

static void what_is_no_decimal_length_is_invalid(void **state)
{
    static const char *const wrong[] = {"-1:a", "+1:a", " 1:a", "1 :a", ":a", "a",   "1a",
                                        "0x1:", "1,",   "1.5:", "1-",   "-",  "\r\n"};
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < array_len(wrong); i++)
        assert_int_equal(next_of(&netstring, bytes_of(wrong[i]), &frame), FRAMED_INVALID);
    assert_int_equal(next_of(&netstring, BYTES("1\0:a"), &frame), FRAMED_INVALID);
    assert_int_equal(next_of(&spelled, BYTES("1\r\r"), &frame), FRAMED_INVALID);
    assert_int_equal(next_of(&spelled, BYTES("1\r\n"), &frame), FRAMED_PARTIAL);
}

static void huge_decimal_lengths_do_not_overflow(void **state)
{
    static const struct {
        const char *text;
        enum framed framed;
        uint64_t announced;
    } all[] = {
        {"268435456:", FRAMED_PARTIAL, FRAMING_BOUND},
        {"00000000000268435456:", FRAMED_PARTIAL, FRAMING_BOUND},
        {"268435457:", FRAMED_TOO_LONG, FRAMING_BOUND + 1},
        {"18446744073709551615:", FRAMED_TOO_LONG, UINT64_MAX},
        {"18446744073709551616:", FRAMED_TOO_LONG, UINT64_MAX},
        {"18446744073709551619:abc", FRAMED_TOO_LONG, UINT64_MAX},
        {"99999999999999999999:", FRAMED_TOO_LONG, UINT64_MAX},
        {"99999999999999999999", FRAMED_PARTIAL, 0},
        {"99999999999999999999x", FRAMED_INVALID, 0},
        {"000000000000000000001:a", FRAMED_INVALID, 0},
        {"000000000000000000000", FRAMED_INVALID, 0},
    };
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < array_len(all); i++) {
        assert_int_equal(next_of(&netstring, bytes_of(all[i].text), &frame), all[i].framed);
        assert_true(frame.announced == all[i].announced);
    }
}

/* Whatever came, it is a message only when the stream has ended. */
static void the_end_of_the_stream_ends_a_message(void **state)
{
    struct bytes body = BYTES("a\nb\0c");
    struct framing small = {.kind = FRAMING_EOF, .max = 3};
    struct buf out = BUF_INIT;
    struct frame frame;

    (void)state;
    assert_int_equal(framing_encode(&eof, body, &out), 0);
    same(buf_view(&out), body);
    buf_deinit(&out);
    for (size_t n = 0; n <= body.len; n++) {
        assert_int_equal(next_of(&eof, bytes_slice(body, 0, n), &frame), FRAMED_PARTIAL);
        assert_int_equal(framing_last(&eof, bytes_slice(body, 0, n), &frame), FRAMED_MESSAGE);
        same(frame.body, bytes_slice(body, 0, n));
        assert_int_equal(frame.total, n);
        assert_int_equal(next_of(&small, bytes_slice(body, 0, n), &frame),
                         n > 3 ? FRAMED_TOO_LONG : FRAMED_PARTIAL);
        assert_int_equal(framing_last(&small, bytes_slice(body, 0, n), &frame),
                         n > 3 ? FRAMED_TOO_LONG : FRAMED_MESSAGE);
    }
    assert_int_equal(framing_last(&eof, (struct bytes){0}, &frame), FRAMED_MESSAGE);
}

/* With every other framing it changes nothing. */
static void an_end_completes_nothing_else(void **state)
{
    const struct framing *all[] = {&line, &crlf, &fixed, &u16be, &netstring};
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < array_len(all); i++) {
        assert_int_equal(framing_last(all[i], BYTES(""), &frame), FRAMED_PARTIAL);
        assert_int_equal(framing_last(all[i], BYTES("1"), &frame), FRAMED_PARTIAL);
    }
    assert_int_equal(framing_last(&line, BYTES("a\nb"), &frame), FRAMED_MESSAGE);
    assert_int_equal(frame.total, 2);
}

static void lengths_of_every_width_and_order(void **state)
{
    struct bytes body = BYTES("\0\1\2hello");

    (void)state;
    for (unsigned width = 1; width <= 8; width *= 2) {
        for (unsigned bits = 0; bits < 4; bits++) {
            struct framing f = {
                .kind = FRAMING_LENGTH, .width = width, .little = bits & 1, .counts_all = bits & 2};
            struct buf out = BUF_INIT;
            unsigned number = (unsigned)body.len + (f.counts_all ? width : 0);

            check_prefixes(&f, body, BYTES("\xff\xff\xff"));
            check_prefixes(&f, BYTES(""), BYTES("\xff"));
            assert_int_equal(framing_encode(&f, body, &out), 0);
            assert_int_equal(out.data[f.little ? 0 : width - 1], number);
            if (width > 1)
                assert_int_equal(out.data[f.little ? 1 : width - 2], 0);
            buf_deinit(&out);
        }
    }
}

static void the_announced_number_is_told(void **state)
{
    struct framing f = {.kind = FRAMING_LENGTH, .width = 4, .max = 1000};
    struct frame frame;

    (void)state;
    assert_int_equal(next_of(&f, BYTES("\0\0\1"), &frame), FRAMED_PARTIAL);
    assert_int_equal(frame.header, 0);
    assert_int_equal(next_of(&f, BYTES("\0\0\1\2abc"), &frame), FRAMED_PARTIAL);
    assert_int_equal(frame.header, 4);
    assert_int_equal(frame.announced, 0x102);
    assert_int_equal(next_of(&f, BYTES("\1\2\3\4"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(frame.announced, 0x01020304);
    f.little = true;
    assert_int_equal(next_of(&f, BYTES("\1\2\3\4"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(frame.announced, 0x04030201);
}

static void a_length_that_counts_itself_is_at_least_its_width(void **state)
{
    struct framing f = {.kind = FRAMING_LENGTH, .width = 2, .counts_all = true};
    struct frame frame;

    (void)state;
    assert_int_equal(next_of(&f, BYTES("\0\1abc"), &frame), FRAMED_INVALID);
    assert_int_equal(frame.announced, 1);
    assert_int_equal(frame.header, 2);
    assert_int_equal(next_of(&f, BYTES("\0\2abc"), &frame), FRAMED_MESSAGE);
    assert_int_equal(frame.body.len, 0);
    assert_int_equal(next_of(&f, BYTES("\0\3abc"), &frame), FRAMED_MESSAGE);
    same(frame.body, BYTES("a"));
}

static void huge_lengths_do_not_overflow(void **state)
{
    struct framing f = {.kind = FRAMING_LENGTH, .width = 8};
    struct bytes all = BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"
                             "abc");
    struct bytes bound = BYTES("\0\0\0\0\x10\0\0\0"
                               "abc"),
                 above = BYTES("\0\0\0\0\x10\0\0\1"
                               "abc");
    struct frame frame;

    (void)state;
    for (unsigned bits = 0; bits < 4; bits++) {
        f.counts_all = bits & 1;
        f.max = bits & 2 ? UINT64_MAX : 0;
        assert_int_equal(next_of(&f, all, &frame), FRAMED_TOO_LONG);
        assert_true(frame.announced == UINT64_MAX);
    }
    f = (struct framing){.kind = FRAMING_LENGTH, .width = 8};
    assert_int_equal(next_of(&f, bound, &frame), FRAMED_PARTIAL);
    assert_true(frame.announced == FRAMING_BOUND);
    assert_int_equal(next_of(&f, above, &frame), FRAMED_TOO_LONG);
    f.max = UINT64_MAX;
    assert_int_equal(next_of(&f, above, &frame), FRAMED_TOO_LONG);
}

static void max_bounds_the_body(void **state)
{
    struct framing f = {.kind = FRAMING_LENGTH, .width = 1, .max = 3};
    struct framing d = DELIMITER("\n");
    struct framing g = {.kind = FRAMING_DATAGRAM, .max = 3};
    struct framing x = {.kind = FRAMING_FIXED, .size = 4, .max = 3};
    struct framing n = {.kind = FRAMING_ASCII, .delimiter = BYTES(":"), .max = 3};
    struct frame frame;

    (void)state;
    assert_int_equal(next_of(&f, BYTES("\3abc"), &frame), FRAMED_MESSAGE);
    assert_int_equal(next_of(&f, BYTES("\4"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(next_of(&n, BYTES("3:abc"), &frame), FRAMED_MESSAGE);
    assert_int_equal(next_of(&n, BYTES("4"), &frame), FRAMED_PARTIAL);
    assert_int_equal(next_of(&n, BYTES("4:"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(frame.announced, 4);
    d.max = 3;
    assert_int_equal(next_of(&d, BYTES("abc\n"), &frame), FRAMED_MESSAGE);
    assert_int_equal(next_of(&d, BYTES("abc"), &frame), FRAMED_PARTIAL);
    assert_int_equal(next_of(&d, BYTES("abcd"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(next_of(&d, BYTES("abcd\n"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(next_of(&g, BYTES("abc"), &frame), FRAMED_MESSAGE);
    assert_int_equal(next_of(&g, BYTES("abcd"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(next_of(&x, BYTES("abcd"), &frame), FRAMED_TOO_LONG);
}

/* "abc\r" may still end after abc; "abcd" and "abc\rx" cannot. */
static void a_delimiter_that_has_begun_is_not_body_yet(void **state)
{
    struct framing f = DELIMITER("\r\n");
    struct frame frame;

    (void)state;
    f.max = 3;
    assert_int_equal(next_of(&f, BYTES("abc\r"), &frame), FRAMED_PARTIAL);
    assert_int_equal(next_of(&f, BYTES("abc\r\n"), &frame), FRAMED_MESSAGE);
    assert_int_equal(next_of(&f, BYTES("abc\r\r"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(next_of(&f, BYTES("abc\rx"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(next_of(&f, BYTES("abcd"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(next_of(&f, BYTES("ab\r\r"), &frame), FRAMED_PARTIAL);
    assert_int_equal(next_of(&f, BYTES("ab\r\r\n"), &frame), FRAMED_MESSAGE);
    assert_int_equal(frame.body.len, 3);
}

/* Once an answer is not PARTIAL, no more bytes may change it: whatever was cut where, the same is decided. */
static void answers_are_final(void **state)
{
    struct rng r = rng_seed(1, 1);

    (void)state;
    for (int round = 0; round < 3000; round++) {
        const struct framing kinds[] = {
            {.kind = FRAMING_DELIMITER,
             .delimiter = round & 1 ? BYTES("ab") : BYTES("aab"),
             .max = rng_below(&r, 9)},
            {.kind = FRAMING_LENGTH, .width = 1, .counts_all = round & 1, .max = rng_below(&r, 9)},
            {.kind = FRAMING_FIXED, .size = 1 + rng_below(&r, 9), .max = rng_below(&r, 9)},
            {.kind = FRAMING_ASCII,
             .delimiter = round & 1 ? BYTES("b") : BYTES("bc"),
             .max = rng_below(&r, 12)},
        };
        const struct framing *f = &kinds[rng_below(&r, 4)];
        const char *letters = f->kind == FRAMING_ASCII ? "01bc" : "aabc";
        enum framed decided = FRAMED_PARTIAL;
        struct frame first = {0}, frame;
        uint8_t data[24];

        for (size_t i = 0; i < sizeof data; i++)
            data[i] = f->kind == FRAMING_LENGTH ? (uint8_t)rng_below(&r, 12) : letters[rng_below(&r, 4)];
        for (size_t n = 0; n <= sizeof data; n++) {
            enum framed got = next_of(f, (struct bytes){data, n}, &frame);

            if (decided != FRAMED_PARTIAL) {
                assert_int_equal(got, decided);
                assert_int_equal(frame.total, first.total);
                assert_int_equal(frame.header, first.header);
                same(frame.body, first.body);
            }
            decided = got;
            first = frame;
        }
    }
}

static void frames_follow_each_other(void **state)
{
    struct bytes in = BYTES("one\ntwo\n\nthree");
    const char *want[] = {"one", "two", ""};
    struct frame frame;

    (void)state;
    for (size_t i = 0; i < array_len(want); i++) {
        assert_int_equal(next_of(&line, in, &frame), FRAMED_MESSAGE);
        same(frame.body, bytes_of(want[i]));
        in = bytes_slice(in, frame.total, in.len);
    }
    assert_int_equal(next_of(&line, in, &frame), FRAMED_PARTIAL);
    assert_int_equal(in.len, 5);
}

static void without_messages_everything_is_one(void **state)
{
    static const struct framing none = {.kind = FRAMING_NONE}, datagram = {.kind = FRAMING_DATAGRAM};
    struct frame frame;

    (void)state;
    assert_int_equal(next_of(&none, BYTES(""), &frame), FRAMED_PARTIAL);
    assert_int_equal(next_of(&none, BYTES("a\nb"), &frame), FRAMED_MESSAGE);
    same(frame.body, BYTES("a\nb"));
    assert_int_equal(next_of(&datagram, BYTES(""), &frame), FRAMED_MESSAGE);
    assert_int_equal(frame.total, 0);
    assert_int_equal(next_of(&datagram, BYTES("ab"), &frame), FRAMED_MESSAGE);
    same(frame.body, BYTES("ab"));
    assert_int_equal(framing_next(&none, (struct bytes){0}, &frame), FRAMED_PARTIAL);
    assert_int_equal(framing_next(&datagram, (struct bytes){0}, &frame), FRAMED_MESSAGE);
    assert_int_equal(framing_next(&line, (struct bytes){0}, &frame), FRAMED_PARTIAL);
    assert_int_equal(framing_next(&u16be, (struct bytes){0}, &frame), FRAMED_PARTIAL);
}

static void what_does_not_fit_the_length_is_refused(void **state)
{
    uint8_t *big = mem_new(0x10000);
    struct buf out = BUF_INIT;
    struct framing f = {.kind = FRAMING_LENGTH, .width = 1};

    (void)state;
    buf_text(&out, "kept");
    assert_int_equal(framing_encode(&f, (struct bytes){big, 255}, &out), 0);
    assert_int_equal(out.len, 4 + 256);
    assert_int_equal(framing_encode(&f, (struct bytes){big, 256}, &out), -EMSGSIZE);
    assert_int_equal(out.len, 4 + 256);
    f.counts_all = true;
    assert_int_equal(framing_encode(&f, (struct bytes){big, 254}, &out), 0);
    assert_int_equal(framing_encode(&f, (struct bytes){big, 255}, &out), -EMSGSIZE);
    assert_int_equal(framing_encode(&u16be, (struct bytes){big, 0xffff}, &out), 0);
    assert_int_equal(framing_encode(&u16be, (struct bytes){big, 0x10000}, &out), -EMSGSIZE);
    buf_deinit(&out);
    mem_free(big);
}

static void wrong_bodies_are_framed_as_they_are(void **state)
{
    struct buf out = BUF_INIT;

    (void)state;
    assert_int_equal(framing_encode(&fixed, BYTES("123"), &out), 0);
    assert_int_equal(framing_encode(&line, BYTES("a\nb"), &out), 0);
    same(buf_view(&out), BYTES("123a\nb\n"));
    buf_deinit(&out);
}

static void edges_are_strictly_inside(void **state)
{
    size_t edges[2] = {0, 0};

    (void)state;
    assert_int_equal(framing_edges(&u16be, BYTES("\0\3abc"), edges), 1);
    assert_int_equal(edges[0], 2);
    assert_int_equal(framing_edges(&u16be, BYTES("\0\0"), edges), 0);
    assert_int_equal(framing_edges(&crlf, BYTES("abc\r\n"), edges), 1);
    assert_int_equal(edges[0], 3);
    assert_int_equal(framing_edges(&crlf, BYTES("\r\n"), edges), 0);
    assert_int_equal(framing_edges(&crlf, BYTES("abc"), edges), 0);
    assert_int_equal(framing_edges(&fixed, BYTES("12345"), edges), 0);
    assert_int_equal(framing_edges(&line, BYTES(""), edges), 0);
    assert_int_equal(framing_edges(&netstring, BYTES("12:hello world!"), edges), 2);
    assert_int_equal(edges[0], 2);
    assert_int_equal(edges[1], 3);
    assert_int_equal(framing_edges(&spelled, BYTES("1\r\n\rx"), edges), 2);
    assert_int_equal(edges[1], 4);
    assert_int_equal(framing_edges(&netstring, BYTES("0:"), edges), 1);
    assert_int_equal(framing_edges(&netstring, BYTES("12"), edges), 0);
    assert_int_equal(framing_edges(&netstring, BYTES("12;a"), edges), 0);
    assert_int_equal(framing_edges(&netstring, BYTES(":a"), edges), 0);
    assert_int_equal(framing_edges(&eof, BYTES("abc"), edges), 0);
}

static void names(void **state)
{
    static const struct framing comma = DELIMITER(", "), bell = DELIMITER("\a\a\a\a\a\a\a\a\a");
    struct framing f = {.kind = FRAMING_LENGTH, .width = 4, .little = true, .counts_all = true};
    char out[48];

    (void)state;
    assert_string_equal(framing_name(&line, out), "line");
    assert_string_equal(framing_name(&crlf, out), "crlf");
    assert_string_equal(framing_name(&comma, out), "delimiter \", \"");
    assert_true(strlen(framing_name(&bell, out)) < sizeof out);
    assert_string_equal(framing_name(&u16be, out), "u16be length");
    assert_string_equal(framing_name(&f, out), "u32le length that counts itself");
    f.width = 1;
    f.counts_all = false;
    assert_string_equal(framing_name(&f, out), "u8 length");
    assert_string_equal(framing_name(&fixed, out), "fixed 5");
    assert_string_equal(framing_name(&netstring, out), "ascii-length until \":\"");
    assert_string_equal(framing_name(&eof, out), "eof");
    f = (struct framing){.kind = FRAMING_ASCII, .delimiter = bell.delimiter};
    assert_true(strlen(framing_name(&f, out)) < sizeof out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_prefix_is_partial_until_the_frame_is_whole),
        cmocka_unit_test(lengths_of_every_width_and_order),
        cmocka_unit_test(decimal_lengths),
        cmocka_unit_test(what_is_no_decimal_length_is_invalid),
        cmocka_unit_test(huge_decimal_lengths_do_not_overflow),
        cmocka_unit_test(the_end_of_the_stream_ends_a_message),
        cmocka_unit_test(an_end_completes_nothing_else),
        cmocka_unit_test(the_announced_number_is_told),
        cmocka_unit_test(a_length_that_counts_itself_is_at_least_its_width),
        cmocka_unit_test(huge_lengths_do_not_overflow),
        cmocka_unit_test(max_bounds_the_body),
        cmocka_unit_test(a_delimiter_that_has_begun_is_not_body_yet),
        cmocka_unit_test(answers_are_final),
        cmocka_unit_test(frames_follow_each_other),
        cmocka_unit_test(without_messages_everything_is_one),
        cmocka_unit_test(what_does_not_fit_the_length_is_refused),
        cmocka_unit_test(wrong_bodies_are_framed_as_they_are),
        cmocka_unit_test(edges_are_strictly_inside),
        cmocka_unit_test(names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
