/* test_message_layout.c - messages of typed fields: each type, what is computed, nesting, padding. */
#include "message_rig.h"

static void each_type_lies_as_it_says(void **state)
{
    static const struct {
        const char *type, *value;
        struct bytes wire;
        const char *shown;
    } cases[] = {
        {"u8", "255", BYTES("\xff"), "255"},
        {"i8", "-1", BYTES("\xff"), "-1"},
        {"u16be", "258", BYTES("\x01\x02"), "258"},
        {"u16le", "258", BYTES("\x02\x01"), "258"},
        {"i16le", "-2", BYTES("\xfe\xff"), "-2"},
        {"u32be", "4294967295", BYTES("\xff\xff\xff\xff"), "4294967295"},
        {"i32be", "-2147483648", BYTES("\x80\0\0\0"), "-2147483648"},
        {"u64le", "1", BYTES("\1\0\0\0\0\0\0\0"), "1"},
        {"u64be", "18446744073709551615", BYTES("\xff\xff\xff\xff\xff\xff\xff\xff"), "18446744073709551615"},
        {"i64be", "-9223372036854775808", BYTES("\x80\0\0\0\0\0\0\0"), "-9223372036854775808"},
        {"f32", "1.5", BYTES("\x3f\xc0\0\0"), "1.5"},
        {"f32le", "1.5", BYTES("\0\0\xc0\x3f"), "1.5"},
        {"f64", "-2", BYTES("\xc0\0\0\0\0\0\0\0"), "-2"},
        {"bytes(3)", "a\nb", BYTES("a\nb"), "a\\nb"},
        {"bytes(rest)", "abc", BYTES("abc"), "abc"},
        {"ascii(4)", "ab", BYTES("ab\0\0"), "ab"},
        {"ascii(2)", "ab", BYTES("ab"), "ab"},
        {"cstring", "ab", BYTES("ab\0"), "ab"},
        {"cstring", "", BYTES("\0"), ""},
        {"enum(GET: 1, PUT: 2)", "PUT", BYTES("\2"), "PUT"},
        {"enum(u16be, GET: 0x101, PUT: 2)", "257", BYTES("\1\1"), "GET"},
        {"enum(i8, LOW: -1)", "LOW", BYTES("\xff"), "LOW"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};
        struct datum given;

        rig_layout(&r, "M", arena_printf(&r.a, "x: %s", cases[i].type));
        rig_link(&r);
        given = rig_record(&r, "x=");
        given.items[0] = datum_bytes(bytes_of(cases[i].value));
        assert_string_equal(rig_encode_datum(&r, "M", &given), rig_show(&r, cases[i].wire));
        assert_string_equal(rig_decode(&r, "M", cases[i].wire),
                            arena_printf(&r.a, "{x: %s}", cases[i].shown));
        rig_done(&r);
    }
}

static void what_does_not_fit_is_refused(void **state)
{
    static const struct {
        const char *type, *value, *why;
    } cases[] = {
        {"u8", "256", "!`x`: \"256\" is no value of u8"},
        {"u8", "-1", "!`x`: \"-1\" is no value of u8"},
        {"i8", "128", "!`x`: \"128\" is no value of i8"},
        {"i8", "-129", "!`x`: \"-129\" is no value of i8"},
        {"i32le", "2147483648", "!`x`: \"2147483648\" is no value of i32le"},
        {"u16be", "a", "!`x`: \"a\" is no integer"},
        {"f32", "a", "!`x`: \"a\" is no number"},
        {"ascii(2)", "abc", "!`x`: 3 bytes, where it has 2"},
        {"ascii(2)", "\x01", "!`x`: \"\\x01\" is no text of ASCII"},
        {"bytes(2)", "abc", "!`x`: 3 bytes, where it has 2"},
        {"enum(A: 1)", "B", "!`x`: \"B\" is no name of the enum"},
        {"enum(A: 1)", "256", "!`x`: \"256\" is no number that fits the enum"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};

        rig_layout(&r, "M", arena_printf(&r.a, "x: %s", cases[i].type));
        rig_link(&r);
        assert_string_equal(rig_encode(&r, "M", arena_printf(&r.a, "x=%s", cases[i].value)), cases[i].why);
        rig_done(&r);
    }
}

static void what_is_no_such_type_is_told(void **state)
{
    static const struct {
        const char *fields;
        struct bytes in;
        const char *syntax;
    } cases[] = {
        {"x: u32be", BYTES("\0\0\1"), "!ends at 3 of x, expected , came "},
        {"x: u8", BYTES("\0\0"), "!more at 1 of -, expected , came "},
        {"x: ascii(4)", BYTES("a\0b\0"), "!type at 2 of x, expected , came "},
        {"x: ascii(4)", BYTES("a\xff\0\0"), "!type at 1 of x, expected , came "},
        {"x: cstring", BYTES("abc"), "!ends at 3 of x, expected , came "},
        {"x: enum(A: 1)", BYTES("\2"), "!range at 0 of x, expected , came 2"},
        {"x: u8 = 1", BYTES("\2"), "!constant at 0 of x, expected 1, came 2"},
        {"x: enum(A: 1, B: 2) = B", BYTES("\1"), "!constant at 0 of x, expected B, came A"},
        {"_: u8; x: bits(v:4 = 2, w:4)", BYTES("\0\x1f"), "!constant at 1 of v, expected 2, came 1"},
        {"n: u8 = size(b); b: bytes(rest)", BYTES("\2abc"), "!computed at 0 of n, expected 3, came 2"},
        {"n: u8; b: bytes(n)", BYTES("\4abc"), "!ends at 4 of b, expected , came "},
        {"s: u16be = sum(packet); b: u8", BYTES("\0\5\6"), "!computed at 0 of s, expected 6, came 5"},
        {"s: bits(hi:8 = size(b), lo:8); b: bytes(rest)", BYTES("\1\0abc"),
         "!computed at 0 of hi, expected 3, came 1"},
        {"x: u8 = nonsense(1)", BYTES("\2"), "!expression at 1 of x, expected , came "},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};

        rig_layout(&r, "M", cases[i].fields);
        rig_link(&r);
        assert_string_equal(rig_decode(&r, "M", cases[i].in), cases[i].syntax);
        rig_done(&r);
    }
}

static uint16_t sum_of(struct bytes b)
{
    uint16_t sum = 0;

    for (size_t i = 0; i < b.len; i++)
        sum = (uint16_t)(sum + b.data[i]);
    return sum;
}

/* The example of the language's page. */
static void a_packet_goes_both_ways(void **state)
{
    struct bytes without_sum = BYTES("\1\x82\0\0\0\7\0\2\0\0\0\x09\5aa\0\6\0\0on\0\0\0");
    struct datum given, items[2], names[1];
    struct rig r = {0};
    uint8_t wire[24];

    (void)state;
    rig_layout(&r, "PACKET",
               "type: u8 = 1; bits: bits(fin:1, rsv:3, opcode:4); seq: u32be; count: u16be = count(items); "
               "sum: u16be = sum(packet); ext: u16be if opcode == 2; items: list(ITEM, count); "
               "names: list(LABEL, until size == 0); body: bytes(rest) via flip(seq)")
        ->pad = 4;
    rig_layout(&r, "ITEM", "k: u8; v: cstring");
    rig_layout(&r, "LABEL", "size: u8 = size(text); text: bytes(size)");
    rig_link(&r);
    given = rig_record(&r, "seq=7 fin=1 opcode=2 ext=9 body=hi items= names=");
    items[0] = rig_record(&r, "k=5 v=aa");
    items[1] = rig_record(&r, "k=6");
    names[0] = rig_record(&r, "text=");
    given.items[5] = (struct datum){.kind = DATUM_LIST, .items = items, .n = 2};
    given.items[6] = (struct datum){.kind = DATUM_LIST, .items = names, .n = 1};
    assert_int_equal(without_sum.len, sizeof wire);
    memcpy(wire, without_sum.data, sizeof wire);
    wire[8] = (uint8_t)(sum_of(without_sum) >> 8);
    wire[9] = (uint8_t)sum_of(without_sum);
    assert_string_equal(rig_encode_datum(&r, "PACKET", &given),
                        rig_show(&r, (struct bytes){wire, sizeof wire}));
    assert_string_equal(
        rig_decode(&r, "PACKET", (struct bytes){wire, sizeof wire}),
        arena_printf(&r.a,
                     "{type: 1, fin: 1, rsv: 0, opcode: 2, bits: {fin: 1, rsv: 0, opcode: 2}, "
                     "seq: 7, count: 2, sum: %u, ext: 9, items: [{k: 5, v: aa}, {k: 6, v: }], "
                     "names: [{size: 0, text: }], body: hi}",
                     sum_of(without_sum)));
    rig_done(&r);
}

static void bits_have_names_of_their_own_or_their_groups(void **state)
{
    struct rig r = {0};
    struct datum group, given;

    (void)state;
    rig_layout(&r, "M", "h: bits(v:2 = 2, _:1, n:13)");
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "M", "n=4097"), "\\x90\\x01");
    assert_string_equal(rig_encode(&r, "M", "v=1"), "@\\0");
    assert_string_equal(rig_encode(&r, "M", "v=4"), "!`v`: \"4\" is no number of 2 bits");
    assert_string_equal(rig_decode(&r, "M", BYTES("\x90\x01")), "{v: 2, n: 4097, h: {v: 2, n: 4097}}");
    group = rig_record(&r, "n=1");
    given = rig_record(&r, "h=");
    given.items[0] = group;
    assert_string_equal(rig_encode_datum(&r, "M", &given), "\\x80\\x01");
    rig_done(&r);
}

static void what_is_explicit_is_not_checked(void **state)
{
    struct rig r = {0};
    struct message_read out;
    struct message_reading how = {0};
    struct datum explicit;

    (void)state;
    rig_layout(&r, "M", "type: u8 = 1; s: u16be = sum(packet); k: enum(A: 1); b: u8");
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "M", "b=5 k=A"), "\\x01\\0\\x07\\x01\\x05");
    assert_string_equal(rig_encode(&r, "M", "b=5 k=9 s=1 type=2"), "\\x02\\0\\x01\\t\\x05");
    explicit = rig_record(&r, "type=2 s=1 k=9");
    how.explicit = &explicit;
    assert_string_equal(rig_decode_as(&r, &how, "M", BYTES("\2\0\1\x09\5"), &out),
                        "{type: 2, s: 1, k: 9, b: 5}");
    explicit = rig_record(&r, "type=2 s=1");
    assert_string_equal(rig_decode_as(&r, &how, "M", BYTES("\2\0\1\x09\5"), &out),
                        "!range at 3 of k, expected , came 9");
    explicit = rig_record(&r, "type=2 k=9");
    assert_string_equal(rig_decode_as(&r, &how, "M", BYTES("\2\0\1\x09\5"), &out),
                        "!computed at 1 of s, expected 16, came 1");
    rig_done(&r);
}

static void what_is_computed_settles(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_layout(&r, "M", "sum: u16be = sum(packet); len: u16be = size(packet); n: u8 = size(b); b: bytes(n)");
    rig_text(&r, "T", "{n:int = size(message)} {b:text}");
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "M", "b=abc"), "\\x011\\0\\x08\\x03abc");
    assert_string_equal(rig_decode(&r, "M", BYTES("\x01\x30\0\x08\3abc")),
                        "!computed at 0 of sum, expected 305, came 304");
    assert_string_equal(rig_encode(&r, "T", "b=1234567"), "9 1234567");
    assert_string_equal(rig_encode(&r, "T", "b=12345678"), "11 12345678");
    rig_done(&r);
    rig_layout(&r, "CIRCLE", "z: u8 = 1; x: u32be = twice(y); y: u32be = sum(packet)");
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "CIRCLE", ""), "!the computed fields of CIRCLE depend on each other");
    rig_done(&r);
}

static void what_is_optional_may_be_missing(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_layout(&r, "M", "flags: bits(_:7, more:1); ext: u16be if more; op: u8; arg: u8 if op == 2");
    rig_link(&r);
    assert_string_equal(rig_decode(&r, "M", BYTES("\0\1")),
                        "{more: 0, flags: {more: 0}, ext: , op: 1, arg: }");
    assert_string_equal(rig_decode(&r, "M", BYTES("\1\0\5\2\7")),
                        "{more: 1, flags: {more: 1}, ext: 5, op: 2, arg: 7}");
    assert_string_equal(rig_decode(&r, "M", BYTES("\0\2")), "!ends at 2 of arg, expected , came ");
    assert_string_equal(rig_encode(&r, "M", "op=1"), "\\0\\x01");
    assert_string_equal(rig_encode(&r, "M", "more=1 op=2 arg=7"), "\\x01\\0\\0\\x02\\x07");
    assert_string_equal(rig_encode(&r, "M", "ext=5"), "\\0\\0\\x05\\0"); /* given, so it is there */
    rig_done(&r);
}

static void lists_end_in_three_ways(void **state)
{
    struct rig r = {0};
    struct message_read out;
    struct message_reading framing = {.framing = true};

    (void)state;
    rig_layout(&r, "COUNTED", "n: u8 = count(l); l: list(ITEM, n)");
    rig_layout(&r, "ENDED", "l: list(ITEM, until k == 0); x: u8");
    rig_layout(&r, "ALL", "l: list(ITEM, rest)");
    rig_layout(&r, "ITEM", "k: u8; v: u8");
    rig_layout(&r, "TREE", "n: u8; l: list(TREE, n)");
    rig_layout(&r, "NOTHING", "n: u32be; l: list(EMPTY, n)");
    rig_layout(&r, "EMPTY", "x: u8 if n == 0");
    rig_link(&r);
    assert_string_equal(rig_decode(&r, "COUNTED", BYTES("\2\1\2\3\4")),
                        "{n: 2, l: [{k: 1, v: 2}, {k: 3, v: 4}]}");
    assert_string_equal(rig_decode(&r, "COUNTED", BYTES("\0")), "{n: 0, l: []}");
    assert_string_equal(rig_decode(&r, "COUNTED", BYTES("\2\1\2\3")),
                        "!ends at 4 of l[1].v, expected , came ");
    assert_string_equal(rig_encode(&r, "COUNTED", ""), "\\0");
    assert_string_equal(rig_encode(&r, "COUNTED", "n=2"), "\\x02\\0\\0\\0\\0");
    assert_string_equal(rig_encode(&r, "ENDED", "x=1"), "\\x01");
    assert_string_equal(rig_decode(&r, "ENDED", BYTES("\1\2\0\4\5")),
                        "{l: [{k: 1, v: 2}, {k: 0, v: 4}], x: 5}");
    assert_string_equal(rig_decode(&r, "ALL", BYTES("\1\2\3\4")), "{l: [{k: 1, v: 2}, {k: 3, v: 4}]}");
    assert_string_equal(rig_decode(&r, "ALL", BYTES("")), "{l: []}");
    assert_string_equal(rig_decode(&r, "TREE", BYTES("\2\0\1\0")), "{n: 2, l: [{n: 0, l: []}, {n: 1, l: "
                                                                   "[{n: 0, l: []}]}]}");
    assert_string_equal(
        rig_decode(&r, "TREE", BYTES("\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1\0")),
        "!limit at 17 of l[0].l[0].l[0].l[0].l[0].l[0].l[0].l[0].l[0].l[0].l[0].l[0].l[0].l[0]."
        "l[0].l[0].l, expected , came ");
    assert_string_equal(rig_decode(&r, "NOTHING", BYTES("\xff\xff\xff\xff")),
                        "!limit at 4 of l, expected , came ");
    assert_string_equal(rig_decode_as(&r, &framing, "COUNTED", BYTES("\1\1\2"), &out),
                        "{n: 1, l: [{k: 1, v: 2}]}");
    rig_done(&r);
}

static void lists_of_lists_are_bounded(void **state)
{
    struct datum deep = {.kind = DATUM_RECORD}, list = {.kind = DATUM_LIST, .n = 1};
    struct rig r = {0};

    (void)state;
    rig_layout(&r, "DEEP", "one: u8 = 1; l: list(DEEP, one)");
    rig_layout(&r, "WIDE", "n: u32be; l: list(ITEM, n)");
    rig_layout(&r, "ITEM", "k: u8; l: list(LEAF, 2)");
    rig_layout(&r, "LEAF", "k: u8");
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "DEEP", ""), "\\x01\\x01");
    assert_string_equal(rig_encode(&r, "WIDE", "n=1"), "\\0\\0\\0\\x01\\0\\0\\0");
    assert_string_equal(rig_encode(&r, "WIDE", "n=100001"), "!`l`: more items than there may be");
    for (size_t i = 0; i < MESSAGE_DEPTH_MAX + 1; i++) {
        list.items = arena_copy(&r.a, &deep, sizeof deep);
        deep = rig_record(&r, "l=");
        deep.items[0] = list;
    }
    assert_non_null(strstr(rig_encode_datum(&r, "DEEP", &deep), "more lists within lists than there may be"));
    rig_done(&r);
}

static void padding_is_zeros(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_layout(&r, "M", "n: u8 = size(b); b: bytes(n)")->pad = 4;
    rig_layout(&r, "R", "b: bytes(rest)")->pad = 4;
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "M", "b=ab"), "\\x02ab\\0");
    assert_string_equal(rig_encode(&r, "M", "b=abc"), "\\x03abc");
    assert_string_equal(rig_decode(&r, "M", BYTES("\2ab\0")), "{n: 2, b: ab}");
    assert_string_equal(rig_decode(&r, "M", BYTES("\2abx")), "!padding at 3 of -, expected , came ");
    assert_string_equal(rig_decode(&r, "M", BYTES("\2ab")), "!padding at 3 of -, expected , came ");
    assert_string_equal(rig_decode(&r, "M", BYTES("\2ab\0\0")), "!more at 4 of -, expected , came ");
    assert_string_equal(rig_decode(&r, "R", BYTES("abcde\0\0\0")), "{b: abcde}");
    assert_string_equal(rig_decode(&r, "R", BYTES("abc")), "!padding at 3 of -, expected , came ");
    rig_done(&r);
}

static void a_header_is_common_to_all(void **state)
{
    struct rig r = {0};
    struct message_problem p;

    (void)state;
    rig_layout(&r, "A", "x: u8");
    rig_layout(&r, "B", "l: list(A, rest)");
    r.set.n_header = rig_fields(&r, "type: u8; len: u16be = size(message)", &r.set.header);
    for (size_t i = 0; i < 2; i++) {
        r.defs[i].header = arena_new(&r.a, sizeof *r.defs[i].header);
        r.defs[i].header->name = "type";
        r.defs[i].n_header = 1;
        assert_true(message_parse_expr(&r.a, bytes_of(i ? "2" : "1"), NULL, &r.defs[i].header->value, &p));
    }
    r.defs[0].from = FROM_SERVER; /* so it is a message of its own, too */
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "A", "x=5"), "\\x01\\0\\x04\\x05");
    assert_string_equal(rig_decode(&r, "A", BYTES("\2\0\4\5")), "!constant at 0 of type, expected 1, came 2");
    assert_string_equal(rig_decode(&r, "B", BYTES("\2\0\5\5\6")), "{type: 2, len: 5, l: [{x: 5}, {x: 6}]}");
    rig_done(&r);
}

static void a_mistake_in_a_definition_is_told(void **state)
{
    static const struct {
        const char *fields, *problems;
    } cases[] = {
        {"x: u17be", "0: there is no type `u17be`\n"},
        {"x: u16", "0: which byte order?\n"},
        {"x: bytes", "5: how many bytes?\n"},
        {"x: bytes()", "6: a number of bytes is missing here\n"},
        {"x: bytes(4", "7: a `)` is missing here\n"},
        {"x: bits(a:3)", "4: 3 bits are no whole bytes\n"},
        {"x: bits(a:65, b:7)", "7: 1 to 64 bits have a name together\n"},
        {"x: enum(A: 1, A: 2)", "11: `A` and `A` are one name or one number\n"},
        {"x: enum(A: 256)", "8: this number does not fit the enum's 1 bytes\n"},
        {"x: list(A)", "6: how many items?\n"},
        {"x: list(NONE, 1)", "0: there is no message `NONE`\n"},
        {"x: u8 = 1 = 2", "7: `=` stands once, right behind the type\n"},
        {"x: u8 if a = 1", "8: `=` stands once, right behind the type\n"},
        {"x: u8 nonsense", "3: this is no part of a type\n"},
        {"x: u8 =", "4: a value is missing here\n"},
        {"x: u8 = 256", "5: \"256\" is no value of u8\n"},
        {"x: u8 = 'a'", "5: \"a\" is no integer\n"},
        {"x: u8 = 99999999999999999999", "5: this number has more than 64 bits\n"},
        {"x: bits(a:4 = 16, b:4)", "11: \"16\" is no number of 4 bits\n"},
        {"x: enum(A: 1) = B", "13: the enum has no `B`\n"},
        {"x: u8 = size(y)", "10: M has no field `y`\n"},
        {"x: u8 = sum(y) + z", "9: M has no field `y`\n14: M has no field `z`\n"},
        {"b: bytes(n); n: u8", "6: `n` comes too late to be used here\n"},
        {"b: bytes(rest); n: u8", "0: `rest` is for the last field\n"},
        {"b: word; n: u8", "0: nothing says where this ends\n"},
        {"b: bytes('a')", "6: this is no size\n"},
        {"x: u8; x: u8", "0: M has two fields `x`\n"},
        {"x: bits(x:8)", "0: M has two fields `x`\n"},
        {"_: u8 = size(packet)", "5: what is computed needs a name\n"},
        {"l: list(M, 1)", "0: M always holds another M, without end\n"},
        {"x: u8 via flip(1)", "0: `via` changes bytes, and these are none\n"},
        {"x: u8 if (a", "8: a `)` is missing here\n"},
        {"x: u8 if 'a", "6: this quote is not closed\n"},
        {"x: list(M, 0) = 1", "13: this has no value of its own\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};

        rig_layout(&r, "M", cases[i].fields);
        assert_string_equal(rig_problems(&r, false), cases[i].problems);
        rig_done(&r);
    }
}

static void a_mistake_in_a_text_is_told(void **state)
{
    static const struct {
        const char *text, *problems;
    } cases[] = {
        {"A {x:int", "2: this hole has no `}` at its end\n"},
        {"A {x}", "4: this hole has no type\n"},
        {"A {:int}", "3: this hole has no name\n"},
        {"A }", "2: this `}` closes no hole\n"},
        {"A {x:integer}", "5: there is no type `integer`\n"},
        {"A {x:/(/}", "7: no regular expression: missing closing parenthesis\n"},
        {"A {x:/a}", "2: this hole has no `}` at its end\n"},
        {"A {x:int}{y:int}", "5: nothing says where this ends\n"},
        {"A {x:int} {x:int}", "13: M has two fields `x`\n"},
        {"A {n:int}\n{b:bytes(m)}", "19: M has no field `m`\n"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};

        rig_text(&r, "M", cases[i].text);
        assert_string_equal(rig_problems(&r, false), cases[i].problems);
        rig_done(&r);
    }
}

static void a_message_of_a_stream_says_where_it_ends(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_text(&r, "A", "A {x:int}");
    assert_string_equal(rig_problems(&r, true),
                        "5: with `framing: fields` each message must say where it ends\n");
    rig_done(&r);
    rig_layout(&r, "A", "l: list(B, 2)");
    rig_layout(&r, "B", "b: bytes(rest)");
    assert_string_equal(rig_problems(&r, false),
                        "0: B is an item of a list, and nothing says where it ends\n");
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_type_lies_as_it_says),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(what_is_no_such_type_is_told),
        cmocka_unit_test(a_packet_goes_both_ways),
        cmocka_unit_test(bits_have_names_of_their_own_or_their_groups),
        cmocka_unit_test(what_is_explicit_is_not_checked),
        cmocka_unit_test(what_is_computed_settles),
        cmocka_unit_test(what_is_optional_may_be_missing),
        cmocka_unit_test(lists_end_in_three_ways),
        cmocka_unit_test(lists_of_lists_are_bounded),
        cmocka_unit_test(padding_is_zeros),
        cmocka_unit_test(a_header_is_common_to_all),
        cmocka_unit_test(a_mistake_in_a_definition_is_told),
        cmocka_unit_test(a_mistake_in_a_text_is_told),
        cmocka_unit_test(a_message_of_a_stream_says_where_it_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
