/* test_message.c - messages of text: holes, spellings, counts, and what is none. */
#include "message_rig.h"

#include "wire/framing.h"

static void a_text_goes_both_ways(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_text(&r, "ADD", "ADD {a:int} {b:int}");
    rig_link(&r);
    assert_string_equal(rig_decode(&r, "ADD", BYTES("ADD 2 -40")), "{a: 2, b: -40}");
    assert_string_equal(rig_encode(&r, "ADD", "a=2 b=-40"), "ADD 2 -40");
    assert_string_equal(rig_encode(&r, "ADD", "b=7"), "ADD 0 7");
    assert_string_equal(rig_encode(&r, "ADD", "a=x"), "!`a`: \"x\" is no integer");
    assert_string_equal(rig_encode(&r, "ADD", "c=1"), "!ADD has no field `c`");
    rig_done(&r);
}

static void each_hole_knows_its_bytes(void **state)
{
    static const struct {
        const char *text, *in, *out;
    } cases[] = {
        {"<{x:int}>", "<-9223372036854775808>", "{x: -9223372036854775808}"},
        {"<{x:int}>", "<18446744073709551615>", "{x: 18446744073709551615}"},
        {"<{x:int}>", "<18446744073709551616>", "!range at 1 of x, expected , came 18446744073709551616"},
        {"<{x:int}>", "<+5>", "!type at 1 of x, expected , came +5"},
        {"<{x:int}>", "<->", "!type at 2 of x, expected , came -"},
        {"<{x:int}>", "<>", "!type at 1 of x, expected , came "},
        {"<{x:int}>", "<12a>", "!type at 3 of x, expected , came 12a"},
        {"<{x:uint}>", "<007>", "{x: 7}"},
        {"<{x:uint}>", "<-7>", "!type at 1 of x, expected , came -7"},
        {"<{x:decimal}>", "<-2.50>", "{x: -2.5}"},
        {"<{x:decimal}>", "<2>", "{x: 2}"},
        {"<{x:decimal}>", "<2.>", "!type at 3 of x, expected , came 2."},
        {"<{x:decimal}>", "<.5>", "!type at 1 of x, expected , came .5"},
        {"<{x:hex}>", "<fF>", "{x: 255}"},
        {"<{x:hex}>", "<g>", "!type at 1 of x, expected , came g"},
        {"<{x:word}>", "<a\xc3\xa4!>", "{x: a\\xc3\\xa4!}"},
        {"<{x:word}>", "<a b>", "!type at 2 of x, expected , came a b"},
        {"<{x:word}>", "<>", "!type at 1 of x, expected , came "},
        {"<{x:path}>", "<a b>", "{x: a b}"},
        {"<{x:path}>", "<a\tb>", "!type at 2 of x, expected , came a\\tb"},
        {"<{x:line}>", "<>", "{x: }"},
        {"<{x:line}>", "<a\nb>", "!type at 2 of x, expected , came a\\nb"},
        {"<{x:text}>", "<a\nb>", "{x: a\\nb}"},
        {"<{x:/[0-9]{3}/}>", "<150>", "{x: 150}"},
        {"<{x:/[0-9]{3}/}>", "<1500>", "!type at 1 of x, expected , came 1500"},
        {"<{x:/a\\/b|c/}>", "<a/b>", "{x: a/b}"},
        {"<{x:bytes(3)}>", "<>\n>>", "{x: >\\n>}"},
        {"<{x:int}>", "<5", "!ends at 2 of x, expected >, came "},
        {"<{x:int}>", "<5;", "!literal at 2 of x, expected >, came "},
        {"<{x:int}>", "<5>.", "!more at 3 of -, expected , came "},
        {"<{x:int}>", "(5>", "!literal at 0 of -, expected <, came ("},
        {"<{x:int}>", "", "!ends at 0 of -, expected <, came "},
        {"{{{x:int}}}", "{5}", "{x: 5}"},
        {"$5 $$5 $${x:int} $$$$", "$5 $5 $5 $$", "{x: 5}"},
        {"{_:word} {x:int}", "any 5", "{x: 5}"},
        {"{x:word = \"on\"}", "on", "{x: on}"},
        {"{x:word = \"on\"}", "off", "!constant at 0 of x, expected on, came off"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct rig r = {0};

        rig_text(&r, "M", cases[i].text);
        rig_link(&r);
        assert_string_equal(rig_decode(&r, "M", bytes_of(cases[i].in)), cases[i].out);
        rig_done(&r);
    }
}

static void values_are_written_as_their_hole_reads_them(void **state)
{
    struct rig r = {0};
    const double reals[] = {0.1, -2.5, 1e-7, 123456789.125, 1e22, -1e300, 5e-324};

    (void)state;
    rig_text(&r, "M", "{i:int} {u:uint} {d:decimal} {h:hex} {w:word} {t:text}");
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "M", "i=-1 u=18446744073709551615 d=2.50 h=fF w=a t=b"),
                        "-1 18446744073709551615 2.5 ff a b");
    assert_string_equal(rig_encode(&r, "M", "u=-1"), "!`u`: \"-1\" is no integer from 0 on");
    assert_string_equal(rig_encode(&r, "M", "i=0x10 h=0x10"), "16 0 0 10  ");
    for (size_t i = 0; i < sizeof reals / sizeof *reals; i++) {
        struct datum real = {.kind = DATUM_REAL, .real = reals[i]}, given = rig_record(&r, "w=a d=0");
        struct buf out = BUF_INIT;
        struct message_read got;
        const char *why;

        given.items[1] = real;
        assert_true(message_encode(&r.set, r.set.defs, &given, &r.a, &out, &why));
        assert_string_not_equal(rig_decode_as(&r, &(struct message_reading){0}, "M", buf_view(&out), &got),
                                "?");
        assert_true(datum_equal(datum_get(&got.fields, "d"), &real));
        buf_deinit(&out);
    }
    rig_done(&r);
}

static void a_text_may_count(void **state)
{
    struct rig r = {0};
    struct message_read out;
    struct datum given;

    (void)state;
    rig_text(&r, "DATA", "DATA {size:int = size(body)}\n{body:bytes(size)}");
    rig_link(&r);
    assert_string_equal(rig_encode(&r, "DATA", "body=hello"), "DATA 5\\nhello");
    assert_string_equal(rig_encode(&r, "DATA", ""), "DATA 0\\n");
    assert_string_equal(rig_encode(&r, "DATA", "body=hello size=9"), "DATA 9\\nhello");
    assert_string_equal(rig_encode(&r, "DATA", "size=3"), "DATA 3\\n\\0\\0\\0");
    assert_string_equal(rig_decode(&r, "DATA", BYTES("DATA 5\nhello")), "{size: 5, body: hello}");
    assert_string_equal(rig_decode(&r, "DATA", BYTES("DATA 6\nhello")),
                        "!ends at 12 of body, expected , came ");
    assert_string_equal(rig_decode(&r, "DATA", BYTES("DATA 4\nhello")), "!more at 11 of -, expected , came ");
    assert_string_equal(rig_decode(&r, "DATA", BYTES("DATA -1\n")),
                        "!expression at 8 of body, expected , came ");
    rig_decode_as(&r, &(struct message_reading){0}, "DATA", BYTES("DATA 5\nhello"), &out);
    assert_int_equal(out.used, 12);
    assert_string_equal(rig_show(&r, datum_get(&out.fields, "size")->wire), "5");
    assert_string_equal(rig_show(&r, out.fields.wire), "DATA 5\\nhello");
    given = out.fields;
    assert_string_equal(rig_encode_datum(&r, "DATA", &given), "DATA 5\\nhello");
    rig_done(&r);
}

static void a_text_may_hold_lists(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_text(&r, "PEERS", "PEERS {n:int = count(peers)}\n{peers:list(PEER, n)}");
    rig_text(&r, "PEER", "{host:word} {port:int}\n");
    rig_link(&r);
    assert_string_equal(rig_decode(&r, "PEERS", BYTES("PEERS 2\na 1\nb 2\n")),
                        "{n: 2, peers: [{host: a, port: 1}, {host: b, port: 2}]}");
    assert_string_equal(rig_decode(&r, "PEERS", BYTES("PEERS 2\na 1\nb x\n")),
                        "!type at 14 of peers[1].port, expected , came x");
    assert_string_equal(rig_decode(&r, "PEERS", BYTES("PEERS 2\na 1\n")),
                        "!ends at 12 of peers[1].host, expected  , came ");
    assert_string_equal(rig_decode(&r, "PEERS", BYTES("PEERS 99999999999999999999\n")),
                        "!range at 6 of n, expected , came 99999999999999999999");
    rig_done(&r);
}

static void several_spellings_are_one_message(void **state)
{
    struct rig r = {0};

    (void)state;
    rig_text(&r, "OK", "OK {n:int}");
    rig_text(&r, "OK", "OK {n:int} {why:text}");
    rig_link(&r);
    assert_string_equal(rig_decode(&r, "OK", BYTES("OK 5")), "{n: 5}");
    assert_string_equal(rig_decode(&r, "OK", BYTES("OK 5 fine")), "{n: 5, why: fine}");
    assert_string_equal(rig_decode(&r, "OK", BYTES("OK 5x fine")),
                        "!type at 4 of n, expected , came 5x fine");
    assert_string_equal(rig_encode(&r, "OK", "n=5"), "OK 5");
    assert_string_equal(rig_encode(&r, "OK", "why=fine"), "OK 0 fine");
    rig_done(&r);
}

/* What a stream holds of a message is partial at every cut, until all of it is there. */
static void in_a_stream_a_message_ends_where_its_syntax_does(void **state)
{
    static const struct message_reading stream = {.stream = true};
    struct bytes in = BYTES("DATA 5\nhelloDATA 0\n");
    struct message_read out;
    struct rig r = {0};

    (void)state;
    rig_text(&r, "DATA", "DATA {size:int = size(body)}\n{body:bytes(size)}");
    assert_string_equal(rig_problems(&r, true), "");
    for (size_t n = 0; n < 12; n++)
        assert_string_equal(rig_decode_as(&r, &stream, "DATA", bytes_slice(in, 0, n), &out), "?");
    for (size_t n = 12; n <= in.len; n++) {
        assert_string_equal(rig_decode_as(&r, &stream, "DATA", bytes_slice(in, 0, n), &out),
                            "{size: 5, body: hello}");
        assert_int_equal(out.used, 12);
    }
    assert_string_equal(rig_decode_as(&r, &stream, "DATA", BYTES("DATA 5x"), &out),
                        "!literal at 6 of size, expected \\n, came ");
    assert_string_equal(rig_decode_as(&r, &stream, "DATA", BYTES("DAT "), &out),
                        "!literal at 3 of -, expected DATA , came DAT ");
    rig_done(&r);
}

/* As a framing: the same messages at every cut. */
static void messages_frame_themselves(void **state)
{
    struct bytes in = BYTES("DATA 5\nhelloBYE\nx");
    struct framing f = {.kind = FRAMING_FIELDS, .max = 20};
    struct rig r = {0};
    struct frame frame;

    (void)state;
    rig_text(&r, "DATA", "DATA {size:int = size(body)}\n{body:bytes(size)}");
    rig_text(&r, "SUM", "SUM {n:int = size(a)} {a:word}\n");
    rig_text(&r, "BYE", "BYE\n");
    assert_string_equal(rig_problems(&r, true), "");
    f.messages = &r.set;
    for (size_t n = 0; n < 12; n++)
        assert_int_equal(framing_next(&f, bytes_slice(in, 0, n), &frame), FRAMED_PARTIAL);
    for (size_t n = 12; n <= in.len; n++) {
        assert_int_equal(framing_next(&f, bytes_slice(in, 0, n), &frame), FRAMED_MESSAGE);
        assert_int_equal(frame.total, 12);
        assert_true(bytes_equal(frame.body, bytes_slice(in, 0, 12)));
    }
    assert_int_equal(framing_next(&f, bytes_slice(in, 12, 3), &frame), FRAMED_PARTIAL);
    assert_int_equal(framing_next(&f, bytes_slice(in, 12, 5), &frame), FRAMED_MESSAGE);
    assert_int_equal(frame.total, 4);
    assert_int_equal(framing_next(&f, bytes_slice(in, 16, 1), &frame), FRAMED_INVALID);
    /* a wrong size is a message still, but a wrong one */
    assert_int_equal(framing_next(&f, BYTES("SUM 3 abcd\n"), &frame), FRAMED_MESSAGE);
    assert_int_equal(framing_next(&f, BYTES("DATA 13\naaaaaaaaaaaaa"), &frame), FRAMED_TOO_LONG);
    assert_int_equal(framing_next(&f, BYTES("DATA 999\naaaaaaaaaaaaa"), &frame), FRAMED_TOO_LONG);
    rig_done(&r);
}

static void the_wanted_one_is_tried_first(void **state)
{
    struct message_reading how = {0};
    struct message_read out;
    struct rig r = {0};

    (void)state;
    rig_text(&r, "ANY", "{_:word}");
    rig_text(&r, "HI", "hi");
    rig_text(&r, "ADD", "ADD {a:int}")->from = FROM_CLIENT;
    rig_link(&r);
    how.set = &r.set;
    how.arena = &r.a;
    assert_int_equal(message_decode_any(&how, FROM_EITHER, NULL, BYTES("hi"), &out), DECODED);
    assert_string_equal(out.def->name, "ANY");
    assert_int_equal(message_decode_any(&how, FROM_EITHER, &r.defs[1], BYTES("hi"), &out), DECODED);
    assert_string_equal(out.def->name, "HI");
    assert_int_equal(message_decode_any(&how, FROM_CLIENT, &r.defs[1], BYTES("ADD 5"), &out), DECODED);
    assert_string_equal(out.def->name, "ADD");
    assert_int_equal(message_decode_any(&how, FROM_SERVER, NULL, BYTES("ADD 5"), &out), DECODE_OTHER);
    assert_int_equal(message_decode_any(&how, FROM_EITHER, NULL, BYTES("ADD x"), &out), DECODE_OTHER);
    assert_string_equal(out.def->name, "ADD"); /* it fits furthest */
    assert_string_equal(rig_syntax(&r, &out.syntax), "!type at 4 of a, expected , came x");
    rig_done(&r);
}

static void edges_are_where_fields_end(void **state)
{
    struct message_reading how = {0};
    struct rig r = {0};
    size_t *edges, n;
    static const size_t want[] = {5, 6, 7};

    (void)state;
    rig_text(&r, "DATA", "DATA {size:int = size(body)}\n{body:bytes(size)}");
    rig_link(&r);
    how.set = &r.set;
    how.arena = &r.a;
    n = message_edges(&how, r.defs, BYTES("DATA 5\nhello"), &edges);
    assert_int_equal(n, 3);
    assert_memory_equal(edges, want, sizeof want);
    assert_int_equal(message_edges(&how, r.defs, BYTES("DATA x\nhello"), &edges), 1);
    assert_int_equal(message_edges(&how, r.defs, BYTES(""), &edges), 0);
    rig_done(&r);
}

static void what_is_expected_is_what_is_named(void **state)
{
    struct rig r = {0};
    struct message_read out;
    struct datum want, meant = {.kind = DATUM_RECORD};
    const char *why;

    (void)state;
    rig_text(&r, "ADD", "ADD {a:int} {b:word}");
    rig_link(&r);
    rig_decode_as(&r, &(struct message_reading){0}, "ADD", BYTES("ADD 07 x"), &out);
    want = rig_record(&r, "a=7");
    meant = want;
    assert_true(message_value(r.defs, "a", &want.items[0], &r.a, &meant.items[0], &why));
    assert_true(message_agrees(&out.fields, &meant));
    meant.items[0].i = 8;
    assert_false(message_agrees(&out.fields, &meant));
    assert_false(message_value(r.defs, "c", &want.items[0], &r.a, &meant.items[0], &why));
    assert_string_equal(why, "ADD has no field `c`");
    rig_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_text_goes_both_ways),
        cmocka_unit_test(each_hole_knows_its_bytes),
        cmocka_unit_test(values_are_written_as_their_hole_reads_them),
        cmocka_unit_test(a_text_may_count),
        cmocka_unit_test(a_text_may_hold_lists),
        cmocka_unit_test(several_spellings_are_one_message),
        cmocka_unit_test(in_a_stream_a_message_ends_where_its_syntax_does),
        cmocka_unit_test(messages_frame_themselves),
        cmocka_unit_test(the_wanted_one_is_tried_first),
        cmocka_unit_test(edges_are_where_fields_end),
        cmocka_unit_test(what_is_expected_is_what_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
