/* test_spec_messages.c - `messages` and `header` as a spec defines them: what becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "spec/load.h"
#include "spec/messages.h"

#define SPEC(protocol)                                                                                       \
    "spec: 1\nname: m\nprograms:\n  server: {run: ./server, args: \"${port}\", listens: tcp}\n"              \
    "protocol:\n" protocol "peers:\n  alice: {connects: server}\n"                                           \
    "tests:\n  - id: one\n    steps:\n      - alice sends: !raw \"x\"\n"

static struct spec *load(const char *text)
{
    struct diags diags = {0};
    struct buf shown = BUF_INIT;
    struct spec *spec = spec_load_bytes("spec.yaml", bytes_of(text), &diags);

    diags_render(&diags, false, &shown);
    buf_byte(&shown, 0);
    assert_string_equal((const char *)shown.data, "");
    diags_deinit(&diags);
    buf_deinit(&shown);
    assert_non_null(spec);
    return spec;
}

static void texts_have_spellings_and_directions(void **state)
{
    struct spec *spec = load(SPEC("  framing: line\n"
                                  "  messages:\n"
                                  "    ADD: \"ADD {a:int} {b:int}\"\n"
                                  "    OK: [\"OK {n:int}\", \"OK\"]\n"
                                  "    ERR: {from: server, text: \"{{{why:line}}} ${{\"}\n"
                                  "    HI: {from: dialer, text: [\"HI\"]}\n"));
    const struct message_set *set = &spec->protocols[0].messages;
    const struct message_def *err = message_find(set, "ERR");

    (void)state;
    assert_int_equal(set->n, 4);
    assert_string_equal(set->defs[0].name, "ADD");
    assert_int_equal(set->defs[0].forms[0].n, 4);
    assert_int_equal(message_find(set, "OK")->n_forms, 2);
    assert_int_equal(message_find(set, "OK")->from, FROM_EITHER);
    assert_int_equal(err->from, FROM_SERVER);
    assert_true(bytes_equal(err->forms[0].fields[2].literal, bytes_of("} ${")));
    assert_int_equal(message_find(set, "HI")->from, FROM_CLIENT);
    assert_null(message_find(set, "NO"));
    assert_int_equal(spec->protocols[0].framing.kind, FRAMING_DELIMITER);
    spec_free(spec);
}

static void layouts_have_headers_and_padding(void **state)
{
    struct spec *spec =
        load(SPEC("  framing: {length: u16be, counts: body}\n"
                  "  header:\n"
                  "    - type: u8\n"
                  "    - length: u16be = size(message)\n"
                  "  messages:\n"
                  "    A: {header: {type: 3}, pad: 4, fields: [{x: u8}, {l: \"list(B, 1)\"}]}\n"
                  "    B: {fields: [{y: u16le}]}\n"));
    struct protocol *p = &spec->protocols[0];
    struct arena a = {0};
    struct buf wire = BUF_INIT;
    const char *why;

    (void)state;
    assert_int_equal(p->messages.n_header, 2);
    assert_int_equal(p->messages.defs[0].pad, 4);
    assert_true(p->messages.defs[1].is_item);
    assert_ptr_equal(p->messages.defs[0].forms[0].fields[3].item_def, &p->messages.defs[1]);
    assert_true(message_encode(&p->messages, p->messages.defs, NULL, &a, &wire, &why));
    assert_int_equal(wire.len, 8);
    assert_memory_equal(wire.data, "\3\0\x08\0\0\0\0\0", 8);
    buf_deinit(&wire);
    arena_deinit(&a);
    spec_free(spec);
}

static void fields_frame_messages(void **state)
{
    struct spec *spec = load(SPEC("  framing: fields\n"
                                  "  max: 4KiB\n"
                                  "  messages:\n"
                                  "    DATA: \"DATA {size:int = size(body)}\\n{body:bytes(size)}\"\n"));
    struct frame frame;

    (void)state;
    assert_int_equal(spec->protocols[0].framing.kind, FRAMING_FIELDS);
    assert_int_equal(spec->protocols[0].framing.max, 4096);
    assert_int_equal(framing_next(&spec->protocols[0].framing, bytes_of("DATA 2\nabDATA"), &frame),
                     FRAMED_MESSAGE);
    assert_int_equal(frame.total, 9);
    spec_free(spec);
}

/* RFC 1071: over a right message, its checksum included, the sum is all ones. */
static unsigned ones_complement(struct bytes b)
{
    unsigned sum = 0;

    for (size_t i = 0; i < b.len; i++)
        sum += (unsigned)b.data[i] << (i % 2 ? 0 : 8);
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

/* The example of the language's page, somewhat shorter. */
static const char lua_spec[] = "spec: 1\nname: m\nprograms:\n"
                               "  server: {run: ./server, args: \"${port}\", listens: tcp}\n"
                               "functions: |\n"
                               "  function mask(b, key)\n"
                               "    local out = {}\n"
                               "    for i = 1, #b do out[i] = string.char(b:byte(i) ~ key) end\n"
                               "    return table.concat(out)\n"
                               "  end\n"
                               "protocol:\n"
                               "  framing: {length: u16be, counts: body}\n"
                               "  messages:\n"
                               "    PACKET:\n"
                               "      fields:\n"
                               "        - type: u8 = 1\n"
                               "        - bits: bits(fin:1, rsv:3, opcode:4)\n"
                               "        - key: u8\n"
                               "        - more: u8 = size(names) + 100\n"
                               "        - sum: u16be = internet_checksum(packet)\n"
                               "        - ext: u16be if opcode == 2\n"
                               "        - names: list(LABEL, until size == 0)\n"
                               "        - body: bytes(rest) via mask(key)\n"
                               "      pad: 4\n"
                               "    LABEL: {fields: [{size: u8 = size(text)}, {text: bytes(size)}]}\n"
                               "peers:\n  alice: {connects: server}\n"
                               "tests:\n  - id: one\n    steps:\n      - alice sends: !raw \"x\"\n";

/* What its expressions are worth in Lua. */
static void expressions_and_functions_are_luas(void **state)
{
    struct spec *spec = load(lua_spec);
    static const uint8_t want[] = {1, 2, 1, 104, 0, 0, 0, 0, 2, 'a', 'b', 0, 'i', 'h', 0, 0};
    const struct message_set *set = &spec->protocols[0].messages;
    struct datum label = {.kind = DATUM_RECORD, .n = 1, .names = (const char *[]){"text"}};
    struct datum empty = {.kind = DATUM_RECORD};
    struct datum text = datum_bytes(bytes_of("ab")), labels[] = {label, empty};
    struct datum values[] = {datum_int(1),
                             datum_int(2),
                             {.kind = DATUM_LIST, .n = 2, .items = labels},
                             datum_bytes(bytes_of("hi"))};
    struct datum given = {.kind = DATUM_RECORD,
                          .n = 4,
                          .items = values,
                          .names = (const char *[]){"key", "opcode", "names", "body"}};
    struct arena a = {0};
    struct message_reading how = {.set = set, .arena = &a};
    struct message_read read;
    struct buf wire = BUF_INIT;
    const char *why = "";

    (void)state;
    labels[0].items = &text;
    assert_true(message_encode(set, set->defs, &given, &a, &wire, &why));
    assert_int_equal(wire.len, sizeof want);
    assert_int_equal(ones_complement(buf_view(&wire)), 0xffff);
    wire.data[4] = wire.data[5] = 0;
    assert_memory_equal(wire.data, want, sizeof want);
    assert_int_equal(message_decode(&how, set->defs, buf_view(&wire), &read), DECODE_OTHER);
    assert_int_equal(read.syntax.kind, SYNTAX_COMPUTED);
    assert_string_equal(read.syntax.field, "sum");
    wire.data[4] = (uint8_t)(read.syntax.expected.i >> 8);
    wire.data[5] = (uint8_t)read.syntax.expected.i;
    assert_int_equal(message_decode(&how, set->defs, buf_view(&wire), &read), DECODED);
    assert_true(message_agrees(datum_get(&read.fields, "body"), &values[3]));
    buf_deinit(&wire);
    arena_deinit(&a);
    spec_free(spec);
}

/* Each place of a text where a problem may be, whatever stands before it. */
static void places_in_a_text_are_places_in_the_file(void **state)
{
    static const struct {
        const char *source, *text;
        enum node_style style;
        size_t offset;
        int line, col;
    } cases[] = {
        {"abc", "abc", STYLE_PLAIN, 1, 5, 4},
        {"\"abc\"", "abc", STYLE_DOUBLE, 1, 5, 5},
        {"\"\\n\\tc\"", "\n\tc", STYLE_DOUBLE, 2, 5, 8},
        {"\"\\x41c\"", "Ac", STYLE_DOUBLE, 1, 5, 8},
        {"\"\\xe4c\"",
         "\xc3\xa4"
         "c",
         STYLE_DOUBLE, 2, 5, 8},
        {"\"\\u20acc\"",
         "\xe2\x82\xac"
         "c",
         STYLE_DOUBLE, 3, 5, 10},
        {"\"\xc3\xa4"
         "c\"",
         "\xc3\xa4"
         "c",
         STYLE_DOUBLE, 2, 5, 5},
        {"'a''c'", "a'c", STYLE_SINGLE, 2, 5, 7},
        {"\"abc\"", "abc", STYLE_DOUBLE, 99, 5, 8},
        {"\"a\n c\"", "a c", STYLE_DOUBLE, 2, 6, 1},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct node n = {.style = cases[i].style,
                         .mark = {"f", 5, 3},
                         .text = bytes_of(cases[i].text),
                         .source = bytes_of(cases[i].source)};
        struct mark m = text_mark(&n, cases[i].offset);

        assert_int_equal(m.line, cases[i].line);
        assert_int_equal(m.col, cases[i].col);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_have_spellings_and_directions),
        cmocka_unit_test(layouts_have_headers_and_padding),
        cmocka_unit_test(fields_frame_messages),
        cmocka_unit_test(expressions_and_functions_are_luas),
        cmocka_unit_test(places_in_a_text_are_places_in_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
