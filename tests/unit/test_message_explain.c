/* test_message_explain.c - what bytes would have meant that are no message: each mistake, and when it is
 * none. */
#include "message_rig.h"

static const char *const mistakes[] = {
    [MISTAKE_NONE] = "none",
    [MISTAKE_BYTE_ORDER] = "byte-order",
    [MISTAKE_STRUCT_PADDING] = "struct-padding",
    [MISTAKE_STRUCT] = "struct",
    [MISTAKE_EXTRA_NUL] = "extra-nul",
    [MISTAKE_MISSING_NUL] = "missing-nul",
    [MISTAKE_EXTRA_END] = "extra-end",
    [MISTAKE_MISSING_END] = "missing-end",
    [MISTAKE_CRLF] = "crlf",
    [MISTAKE_LF] = "lf",
    [MISTAKE_LENGTH] = "length",
    [MISTAKE_LENGTH_SELF] = "length-self",
    [MISTAKE_LENGTH_HEADER] = "length-header",
};

/* "kind at offset of field by N, meant …": as the message `name`, or as any when that is NULL. */
static const char *explain(struct rig *r, const char *name, const struct datum *expected, struct bytes in)
{
    struct message_reading how = {.set = &r->set, .arena = &r->a};
    struct syntax s;

    message_explain(&how, FROM_EITHER, name ? message_find(&r->set, name) : NULL, expected,
                    arena_bytes(&r->a, in), &s);
    return arena_printf(&r->a, "%s %s at %zu of %s by %lld, came %s, meant %s",
                        s.message ? s.message->name : "-", mistakes[s.mistake.kind], s.mistake.at,
                        s.mistake.field ? s.mistake.field : "-", (long long)s.mistake.by,
                        rig_datum(r, &s.mistake.came), rig_datum(r, &s.mistake.meant));
}

static void each_mistake_is_named(void **state)
{
    static const struct {
        const char *fields;
        struct bytes in;
        const char *mistake;
    } cases[] = {
        {"t: u16be = 1; x: u8", BYTES("\1\0\5"), "byte-order at 0 of t by 0, came 256, meant 1"},
        {"n: u16be; b: bytes(n)", BYTES("\3\0abc"), "byte-order at 0 of n by 0, came 768, meant 3"},
        {"n: u32le = size(b); b: bytes(rest)", BYTES("\0\0\0\3abc"),
         "byte-order at 0 of n by 0, came 50331648, meant 3"},
        {"k: enum(u16be, A: 1)", BYTES("\1\0"), "byte-order at 0 of k by 0, came 256, meant A"},
        {"t: u16be = 1; n: u16be; b: bytes(n)", BYTES("\1\0\3\0abc"),
         "byte-order at 0 of - by 0, came , meant "},
        {"t: u8 = 1; n: u32be", BYTES("\1xyz\0\0\0\5"), "struct-padding at 5 of - by 3, came , meant "},
        {"n: u32be; t: u8 = 1", BYTES("\0\0\0\5\1\0\0\0"), "struct-padding at 5 of - by 3, came , meant "},
        {"t: u8 = 1; n: u16be = 0x102", BYTES("\1\0\2\1"), "struct at 1 of - by 1, came , meant "},
        {"n: u32be; t: u32be; b: bytes(1)", BYTES("\0\0\0\5\0\0\0\0\0\0\0\7\0\0\0\0x\0\0\0\0\0\0\0"),
         "struct-padding at 9 of t by 11, came , meant "}, /* a long, converted by htonl */
        {"t: u8 = 1; n: u16be = size(b); b: bytes(rest)", BYTES("\1\0\0\0\0\0\0\3abc"),
         "struct-padding at 1 of n by 3, came , meant "},
        {"n: u16be; b: bytes(n)", BYTES("\0\0\0\3abc"),
         "none at 0 of - by 0, came , meant "}, /* no padding */
        {"s: cstring", BYTES("abc"), "missing-nul at 3 of - by -1, came , meant "},
        {"s: cstring", BYTES("abc\0\0"), "extra-nul at 4 of - by 1, came , meant "},
        {"n: u8 = size(b); b: bytes(n)", BYTES("\4abc"), "length at 0 of n by 1, came 4, meant 3"},
        {"n: u8 = size(b); b: bytes(n)", BYTES("\2abc"), "length at 0 of n by -1, came 2, meant 3"},
        {"n: u16be = size(b); b: bytes(n)", BYTES("\0\5abc"), "length-self at 0 of n by 2, came 5, meant 3"},
        {"t: u8; n: u16be = size(b); b: bytes(rest)", BYTES("\7\0\6abc"),
         "length-header at 1 of n by 3, came 6, meant 3"},
        {"n: u8; l: list(ITEM, n)", BYTES("\1\0\5\0\6"), "length at 0 of n by -1, came 1, meant 2"},
        /* no common mistake makes these right */
        {"t: u16be = 1; x: u8", BYTES("\2\0\5"), "none at 0 of - by 0, came , meant "},
        {"n: u8; b: bytes(n)", BYTES("\7abc"), "none at 0 of - by 0, came , meant "},
        {"x: u32be", BYTES("\0\0\1"), "none at 0 of - by 0, came , meant "},
        {"s: u16be = sum(packet); b: u8", BYTES("\0\7\6"), "none at 0 of - by 0, came , meant "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};

        rig_layout(&r, "M", cases[i].fields);
        rig_layout(&r, "ITEM", "x: u16be");
        rig_link(&r);
        assert_string_equal(explain(&r, "M", NULL, cases[i].in),
                            arena_printf(&r.a, "M %s", cases[i].mistake));
        rig_done(&r);
    }
}

static void each_mistake_in_a_text_is_named(void **state)
{
    static const struct {
        const char *text;
        struct bytes in;
        const char *mistake;
    } cases[] = {
        {"OK {n:int}", BYTES("OK 5\0"), "extra-nul at 4 of - by 1"},
        {"OK {n:int}", BYTES("OK 5\0\0\0"), "extra-nul at 4 of - by 3"},
        {"OK {n:int}", BYTES("OK 5\n"), "extra-end at 4 of - by 1"},
        {"OK {n:int}", BYTES("OK 5\r\n"), "extra-end at 4 of - by 2"},
        {"OK {n:int}", BYTES("OK 5\r"), "crlf at 4 of - by 1"},
        {"OK {n:int}\n.", BYTES("OK 5\r\n."), "crlf at 4 of - by 1"},
        {"A {n:int}\nB {m:int}\n", BYTES("A 5\r\nB 6\r\n"), "crlf at 3 of - by 2"},
        {"A {n:int}\r\nB {m:int}\r\n", BYTES("A 5\nB 6\n"), "lf at 3 of - by -2"},
        {"OK {n:int}\n", BYTES("OK 5"), "missing-end at 4 of - by -1"},
        {"OK {w:word}\n", BYTES("OK a\n\n"), "extra-end at 5 of - by 1"},
        {"DATA {n:int = size(b)}\n{b:bytes(n)}", BYTES("DATA 6\nhello"), "length at 5 of n by 1"},
        {"DATA {n:int = size(b)}\n{b:bytes(n)}", BYTES("DATA 5\nhello\0"), "extra-nul at 12 of - by 1"},
        {"DATA {n:int = size(b)}\n{b:bytes(n)}", BYTES("DATA 14\nhello"), "none at 0 of - by 0"},
        {"OK {n:int}", BYTES("ok 5"), "none at 0 of - by 0"},
        {"OK {n:int}", BYTES("OK 5x"), "none at 0 of - by 0"},
        {"OK {n:int} {m:int}", BYTES("OK 5"), "none at 0 of - by 0"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};
        const char *got;

        rig_text(&r, "M", cases[i].text);
        rig_link(&r);
        got = explain(&r, "M", NULL, cases[i].in);
        assert_memory_equal(got + 2, cases[i].mistake, strlen(cases[i].mistake));
        assert_string_equal(explain(&r, NULL, NULL, cases[i].in), got);
        rig_done(&r);
    }
}

/* A message without a fault in its syntax may be another than was expected, by the same mistakes. */
static void what_is_expected_decides_too(void **state)
{
    struct rig r = {0};
    struct datum expected;
    struct message_reading how = {.arena = &r.a};
    struct syntax s;

    (void)state;
    rig_layout(&r, "M", "t: u8 = 1; seq: u32be; x: u16be");
    rig_link(&r);
    expected = rig_record(&r, "seq= x=");
    expected.items[0] = datum_int(7);
    expected.items[1] = datum_int(2);
    assert_string_equal(explain(&r, "M", &expected, BYTES("\1\7\0\0\0\0\2")),
                        "M byte-order at 1 of seq by 0, came 117440512, meant 7");
    assert_string_equal(explain(&r, "M", &expected, BYTES("\1\7\0\0\0\2\0")),
                        "M byte-order at 1 of - by 0, came , meant ");
    assert_string_equal(explain(&r, "M", &expected, BYTES("\1\0\0\0\6\0\2")),
                        "M none at 0 of - by 0, came , meant ");
    how.set = &r.set;
    message_explain(&how, FROM_EITHER, r.defs, &expected, BYTES("\1\0\0\0\7\0\3"), &s);
    assert_string_equal(rig_syntax(&r, &s), "!constant at 5 of x, expected 2, came 3");
    assert_string_equal(s.type, "u16be");
    message_explain(&how, FROM_EITHER, r.defs, &expected, BYTES("\1\0\0\0\7\0\2"), &s);
    assert_int_equal(s.kind, SYNTAX_NONE);
    rig_done(&r);
}

/* In host order all of several messages look wrong at their first field: the right one is found. */
static void another_message_may_have_been_meant(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_layout(&r, "A", "t: u16be = 1; x: u8");
    rig_layout(&r, "B", "t: u16be = 2; x: u8");
    rig_link(&r);
    assert_string_equal(explain(&r, NULL, NULL, BYTES("\2\0\5")),
                        "B byte-order at 0 of t by 0, came 512, meant 2");
    assert_string_equal(explain(&r, NULL, NULL, BYTES("\0\2\5")), "B none at 0 of - by 0, came , meant ");
    assert_string_equal(explain(&r, NULL, NULL, BYTES("\3\0\5")), "A none at 0 of - by 0, came , meant ");
    rig_done(&r);
    assert_string_equal(explain(&r, NULL, NULL, BYTES("x")), "- none at 0 of - by 0, came , meant ");
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_mistake_is_named),
        cmocka_unit_test(each_mistake_in_a_text_is_named),
        cmocka_unit_test(what_is_expected_decides_too),
        cmocka_unit_test(another_message_may_have_been_meant),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
