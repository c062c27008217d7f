/* test_escape.c - nothing hostile comes out of an escape, whatever goes in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/escape.h"
#include "base/mem.h"
#include "base/rng.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

typedef void escape_fn(struct buf *out, struct bytes b);

static void check(escape_fn *escape, struct bytes in, const char *want)
{
    _cleanup_buf_ struct buf out = BUF_INIT;

    escape(&out, in);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.data, want);
}

static void test_c(void **state)
{
    (void)state;
    check(escape_c, BYTES(""), "");
    check(escape_c, BYTES("ADD 1 2\n"), "ADD 1 2\\n");
    check(escape_c, BYTES("\r\t\"\\'"), "\\r\\t\\\"\\\\'");
    check(escape_c, BYTES("\x1b[2J\x7f\x80\xff"), "\\x1b[2J\\x7f\\x80\\xff");
    check(escape_c, BYTES("caf\xc3\xa9"), "caf\\xc3\\xa9");
    check(escape_c, BYTES("a\0b"), "a\\0b");
    /* \01 would be another byte in C. */
    check(escape_c, BYTES("a\0001\0"), "a\\x001\\0");
}

/* The column of a byte is the length of what stands before it, and that of the end is the length of all. */
static void test_c_column(void **state)
{
    struct rng rng = rng_seed(1, 0);
    uint8_t data[40];

    (void)state;
    for (int round = 0; round < 500; round++) {
        struct bytes b = {data, rng_below(&rng, sizeof data)};
        _cleanup_buf_ struct buf all = BUF_INIT;

        rng_fill(&rng, data, sizeof data);
        for (size_t i = 0; i < sizeof data; i++)
            data[i] = (uint8_t)(data[i] < 64 ? 0 : data[i] < 128 ? '0' + data[i] % 10 : data[i]);
        escape_c(&all, b);
        assert_int_equal(escape_c_column(b, b.len), all.len);
        assert_int_equal(escape_c_column(b, b.len + 7), all.len);
        for (size_t i = 0; i < b.len; i++) {
            char *at = (char *)all.data + escape_c_column(b, i);

            if (b.data[i] >= '0' && b.data[i] <= '9')
                assert_int_equal(*at, b.data[i]);
            else
                assert_int_equal(*at, '\\');
        }
    }
}

static void test_text_keeps(void **state)
{
    static const char *const kept[] = {"plain \"text\" & <more> \\", "line\n\ttab\n",
                                       "caf\xc3\xa9 \xe6\xbc\xa2\xe5\xad\x97 \xf0\x9f\x98\x80",
                                       "\xe2\x94\x8a \xe2\x86\x92 \xe2\x9c\x93"};

    (void)state;
    for (size_t i = 0; i < array_len(kept); i++)
        check(escape_text, bytes_of(kept[i]), kept[i]);
}

static void test_text_escapes(void **state)
{
    (void)state;
    check(escape_text, BYTES("\x1b[31m\x07\b\r\0"), "\\x1b[31m\\x07\\x08\\x0d\\x00");
    check(escape_text,
          BYTES("\x7f\xc2\x9b"
                "31m"),
          "\\x7f\\xc2\\x9b31m"); /* DEL; CSI as a C1 control */
    check(escape_text,
          BYTES("a\xe2\x80\xae"
                "b"),
          "a\\xe2\\x80\\xaeb"); /* right-to-left override */
    check(escape_text, BYTES("\xe2\x81\xa6\xd8\x9c"), "\\xe2\\x81\\xa6\\xd8\\x9c"); /* isolate, letter mark */
    check(escape_text, BYTES("\xe2\x80\x8b\xef\xbb\xbf"), "\\xe2\\x80\\x8b\\xef\\xbb\\xbf"); /* invisible */
    check(escape_text, BYTES("\xe2\x80\xa8"), "\\xe2\\x80\\xa8");          /* line separator */
    check(escape_text, BYTES("\xf3\xa0\x81\x81"), "\\xf3\\xa0\\x81\\x81"); /* a tag */
    check(escape_text, BYTES("\xef\xbf\xbe\xef\xbf\xbf"),
          "\\xef\\xbf\\xbe\\xef\\xbf\\xbf"); /* no characters */
}

static void test_text_invalid_utf8(void **state)
{
    (void)state;
    check(escape_text, BYTES("\xc0\xaf"), "\\xc0\\xaf"); /* overlong */
    check(escape_text, BYTES("\xe0\x80\xaf"), "\\xe0\\x80\\xaf");
    check(escape_text, BYTES("\xf0\x80\x80\xaf"), "\\xf0\\x80\\x80\\xaf");
    check(escape_text, BYTES("\xed\xa0\x80"), "\\xed\\xa0\\x80");          /* a surrogate */
    check(escape_text, BYTES("\xf4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80"); /* above U+10FFFF */
    check(escape_text, BYTES("\xf8\x88\x80\x80\x80"), "\\xf8\\x88\\x80\\x80\\x80");
    check(escape_text, BYTES("\xe6\xbc"), "\\xe6\\xbc");            /* cut off */
    check(escape_text, BYTES("\xe6\xbcz\x80"), "\\xe6\\xbcz\\x80"); /* interrupted, and a lone tail */
}

static void test_xml(void **state)
{
    (void)state;
    check(escape_xml, BYTES("<a b=\"c\">&'"), "&lt;a b=&quot;c&quot;&gt;&amp;&apos;");
    check(escape_xml, BYTES("]]>\x01\n\xc3\xa9\xff"), "]]&gt;\\x01\n\xc3\xa9\\xff");
}

static bool has_control(struct bytes b)
{
    for (size_t i = 0; i < b.len; i++)
        if ((b.data[i] < 0x20 && b.data[i] != '\n' && b.data[i] != '\t') || b.data[i] == 0x7f)
            return true;
    return false;
}

/* Of any bytes: no control comes out, and what is escaped stays as it is when it is escaped again. */
static void test_any_bytes(void **state)
{
    struct rng rng = rng_seed(2, 0);
    uint8_t data[64];

    (void)state;
    for (int round = 0; round < 5000; round++) {
        struct bytes b = {data, rng_below(&rng, sizeof data)};
        _cleanup_buf_ struct buf c = BUF_INIT;
        _cleanup_buf_ struct buf text = BUF_INIT;
        _cleanup_buf_ struct buf again = BUF_INIT;
        _cleanup_buf_ struct buf xml = BUF_INIT;

        rng_fill(&rng, data, sizeof data);
        /* Half of the rounds hold what may be UTF-8. */
        for (size_t i = 0; round % 2 && i < sizeof data; i++)
            data[i] = (uint8_t)(data[i] % 4 ? 0x80 | (data[i] & 0x3f) : 0xc0 | (data[i] & 0x3f));
        escape_c(&c, b);
        escape_text(&text, b);
        escape_text(&again, buf_view(&text));
        escape_xml(&xml, b);
        assert_true(bytes_equal(buf_view(&text), buf_view(&again)));
        assert_false(has_control(buf_view(&text)));
        assert_false(has_control(buf_view(&xml)));
        for (size_t i = 0; i < c.len; i++)
            assert_true(c.data[i] >= 0x20 && c.data[i] < 0x7f);
        for (size_t i = 0; i < xml.len; i++)
            assert_true(xml.data[i] != '<' && xml.data[i] != '>' && xml.data[i] != '"' &&
                        xml.data[i] != '\'');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_c),
        cmocka_unit_test(test_c_column),
        cmocka_unit_test(test_text_keeps),
        cmocka_unit_test(test_text_escapes),
        cmocka_unit_test(test_text_invalid_utf8),
        cmocka_unit_test(test_xml),
        cmocka_unit_test(test_any_bytes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
