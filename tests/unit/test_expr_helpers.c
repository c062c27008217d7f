/* test_expr_helpers.c - the helpers and rx, on any bytes, and what they say to wrong arguments. */
#include "expr_rig.h"

static void letters_and_order(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "upper('az\\0\\xe4') == 'AZ\\0\\xe4'", "true"); /* ASCII alone, whatever the locale */
    assert_gives(r, "lower('AZ@[')", "az@[");
    assert_gives(r, "reverse('a\\0b') == 'b\\0a'", "true");
    assert_gives(r, "reverse('') .. upper('') .. lower('') .. hex('') .. base64('')", "");
    assert_fails(r, "upper(1)", "bad argument #1 to 'upper' (text or message expected, got number)");
    assert_fails(r, "lower()", "bad argument #1 to 'lower' (text or message expected, got no value)");
    assert_fails(r, "upper({})", "bad argument #1 to 'upper' (text or message expected, got table)");
}

static void digits(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "hex('\\0\\x1f\\xff')", "001fff");
    assert_gives(r, "unhex('001fFF') == '\\0\\x1f\\xff'", "true");
    assert_fails(r, "unhex('0')", "unhex() was given an odd number of digits");
    assert_fails(r, "unhex('0g')", "no digit stands at byte 2");
    assert_fails(r, "unhex('0\\0')", "no digit stands at byte 2");
    assert_gives(r, "base64('f') .. base64('fo') .. base64('foo') .. base64('foob')", "Zg==Zm8=Zm9vZm9vYg==");
    assert_gives(r, "unbase64('Zg==') .. unbase64('Zm8=') .. unbase64('Zm9v') .. unbase64('Zm9vYg==')",
                 "ffofoofoob");
    assert_gives(r, "unbase64('')", "");
    assert_gives(r, "base64('\\xfb\\xff\\xfe')", "+//+");
    for (size_t i = 0; i < 4; i++) {
        static const char *const wrong[] = {"Zg", "Zg=", "Zm9vY", "Zm9v="};

        assert_fails(r, arena_printf(&r->arena, "unbase64('%s')", wrong[i]),
                     "base64 has its digits in groups of four, filled up with `=`");
    }
    assert_fails(r, "unbase64('Zm9*')", "no digit stands at byte 4");
    assert_fails(r, "unbase64('Z===')", "no digit stands at byte 2");
    assert_fails(r, "unbase64('=Zg=')", "no digit stands at byte 1");
    assert_gives(r,
                 "for n = 0, 100 do local s = random(n)\n"
                 "if unhex(hex(s)) ~= s or unbase64(base64(s)) ~= s then return n end end return 'all'",
                 "all");
}

static void checksums(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "crc32('123456789')", "3421780262");
    assert_gives(r, "hex(sha1('abc'))", "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_gives(r, "hex(sha256('abc'))", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_gives(r, "internet_checksum('\\0\\1\\xf2\\3\\xf4\\xf5\\xf6\\xf7')", "8717");
    assert_gives(r, "base64(sha1('dGhlIHNhbXBsZSBub25jZQ==258EAFA5-E914-47DA-95CA-C5AB0DC85B11'))",
                 "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* RFC 6455's example */
}

static void masks_and_swaps(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "hex(xor('\\1\\2\\3', '\\xff\\0'))", "fe02fc");
    assert_gives(r, "xor(xor('text', 'key'), 'key')", "text");
    assert_fails(r, "xor('a', '')", "bad argument #2 to 'xor' (it is empty)");
    assert_gives(r, "swap16(0x1234) == 0x3412 and swap32(0x12345678) == 0x78563412", "true");
}

static void counting(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "count({}) + count({1, 2}) + count({a = 1, 3})", "4");
    assert_fails(r, "count('abc')", "bad argument #1 to 'count' (table expected, got string)");
    assert_gives(r, "size('\\0\\0')", "2");
    assert_fails(r, "size({1})", "bad argument #1 to 'size' (text or message expected, got table)");
}

/* ---- rx ------------------------------------------------------------------------------------------ */

static void finding(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "{rx.find('hello', 'l+')}", "[3, 4]");
    assert_gives(r, "{rx.find('key=value', '(\\\\w+)=(\\\\w+)')}", "[1, 9, key, value]");
    assert_gives(r, "rx.find('hello', '^l')", "");
    assert_gives(r, "{rx.find('hello', 'l', 4)}", "[4, 4]");
    assert_gives(r, "{rx.find('hello', 'l', -2)}", "[4, 4]");
    assert_gives(r, "{rx.find('hello', 'h', -100)}", "[1, 1]");
    assert_gives(r, "{rx.find('hello', '', 6)}", "[6, 5]");
    assert_gives(r, "rx.find('hello', '', 7) == nil", "true");
    assert_gives(r, "{rx.find('ab', '(?<=a)b', 2)}", "[2, 2]"); /* it sees what is before */
    assert_gives(r, "{rx.find('a\\0b\\xff', '\\\\x00b\\\\xff')}", "[2, 4]");
    assert_gives(r, "select('#', rx.find('b', '(a)?b'))", "3");
    assert_fails(r, "rx.find('a', '(')", "the pattern is wrong at byte 2: missing closing parenthesis");
    assert_fails(r, "rx.find(nil, 'a')", "bad argument #1 to 'find' (text or message expected, got nil)");
    assert_fails(r, "rx.find('a', 'a', 'b')", "bad argument #3 (number expected, got string)");
    assert_fails(r, "rx.find('a', ('('):rep(40) .. ')')",
                 "the pattern is wrong at byte 42: missing closing parenthesis");
}

static void matching(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "rx.match('HTTP/1.1 404 Not Found', '\\\\d{3}')", "404");
    assert_gives(r, "{rx.match('a=1', '(.)=(.)')}", "[a, 1]");
    assert_gives(r, "rx.match('b', '(a)?b') == nil", "true");
    assert_gives(r, "rx.match('a', 'b') == nil", "true");
    assert_gives(r, "{rx.match(('x'):rep(50), ('(.)'):rep(50))}",
                 arena_printf(&r->arena, "[%s%s]", "x",
                              ", x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, "
                              "x, x, x, x, x, x, x, x, x, x, x, x")); /* 31 groups */
}

static void replacing(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "{rx.gsub('hello', 'l', 'L')}", "[heLLo, 2]");
    assert_gives(r, "{rx.gsub('hello', 'l', 'L', 1)}", "[heLlo, 1]");
    assert_gives(r, "{rx.gsub('hello', 'x', 'L')}", "[hello, 0]");
    assert_gives(r, "(rx.gsub('a=1 b=2', '(.)=(.)', '%2=%1 %0%%'))", "1=a a=1% 2=b b=2%");
    assert_gives(r, "(rx.gsub('abc', '', '-'))", "-a-b-c-");
    assert_gives(r, "(rx.gsub('abc', 'b*', '-'))", "-a--c-");
    assert_gives(r, "(rx.gsub('ab', '(x)?', '<%1>'))", "<>a<>b<>");
    assert_gives(r, "(rx.gsub('', '^', 'x'))", "x");
    assert_gives(r, "(rx.gsub('a b', '\\\\w', upper))", "A B");
    assert_gives(r, "(rx.gsub('a1b2', '(.)(\\\\d)', function(c, n) return n + 1 .. c end))", "2a3b");
    assert_gives(r, "(rx.gsub('abc', '.', {a = 'x', b = false}))", "xbc");
    assert_gives(r, "(rx.gsub('a\\0b', '\\\\x00', '\\0\\0')) == 'a\\0\\0b'", "true");
    assert_fails(r, "rx.gsub('a', 'a', '%2')", "a replacement has %0 to %0, and %% for a percent sign");
    assert_fails(r, "rx.gsub('a', 'a', 'x%')", "a replacement has %0 to %0, and %% for a percent sign");
    assert_fails(r, "rx.gsub('a', 'a', 'x%z')", "a replacement has %0 to %0, and %% for a percent sign");
    assert_fails(r, "rx.gsub('a', 'a', function() return {} end)", "a match cannot be replaced by a table");
    assert_fails(r, "rx.gsub('a', 'a', nil)",
                 "rx.gsub() replaces by a text, function or table, not by a nil");
    assert_fails(r, "rx.gsub('a', 'a', error)", "a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(letters_and_order), rig_test(digits),  rig_test(checksums), rig_test(masks_and_swaps),
        rig_test(counting),          rig_test(finding), rig_test(matching),  rig_test(replacing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
