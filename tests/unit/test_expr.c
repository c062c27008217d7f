/* test_expr.c - expressions: values in and out, names, errors and where they are. */
#include "expr_rig.h"

/* ---- values -------------------------------------------------------------------------------------- */

static void every_kind_comes_out(void **state)
{
    struct rig *r = *state;

    assert_int_equal(rig_eval(r, "nil").kind, DATUM_NONE);
    assert_int_equal(rig_eval(r, "return").kind, DATUM_NONE);
    assert_int_equal(rig_eval(r, "2 > 1").kind, DATUM_BOOL);
    assert_int_equal(rig_eval(r, "2 > 1").i, 1);
    assert_int_equal(rig_eval(r, "0.5").kind, DATUM_REAL);
    assert_true(rig_eval(r, "0.5").real == 0.5);
    assert_int_equal(rig_eval(r, "84 / 2").kind, DATUM_INT); /* no fraction: an integer */
    assert_int_equal(rig_eval(r, "84 / 2").i, 42);
    assert_int_equal(rig_eval(r, "1e300").kind, DATUM_REAL);
    assert_int_equal(rig_eval(r, "0/0").kind, DATUM_REAL);
    assert_int_equal(rig_eval(r, "2^63").kind, DATUM_REAL);
    assert_int_equal(rig_eval(r, "-2^63").kind, DATUM_INT);
    assert_true(bytes_equal(rig_eval(r, "'a\\0b\\xff'").bytes, BYTES("a\0b\xff")));
    assert_int_equal(rig_eval(r, "''").kind, DATUM_BYTES);
    assert_gives(r, "{}", "[]");
    assert_gives(r, "{1, 'two', {3}}", "[1, two, [3]]");
    assert_gives(r, "{zoe = 1, adam = {b = true}}", "{adam: {b: true}, zoe: 1}");
    assert_gives(r, "{h = 1, g = 2, f = 3, e = 4, d = 5, c = 6, b = 7, a = 8}", /* by name */
                 "{a: 8, b: 7, c: 6, d: 5, e: 4, f: 3, g: 2, h: 1}");
}

static void what_is_no_value(void **state)
{
    struct rig *r = *state;

    assert_fails(r, "size", "the result is a function, which is no value");
    assert_fails(r, "{1, x = 2}", "the result is a table with both names and numbers");
    assert_fails(r, "{[1] = 1, [3] = 3}", "the result is a table with both names and numbers");
    assert_fails(r, "{['a\\0b'] = 1}", "the result is a table with a NUL in a name");
    assert_fails(r, "local t = {} t[1] = t return t",
                 "the result is a table within more than 50 others: within itself?");
    /* a million lists of a long text: what comes out is bounded too, not only what Lua holds */
    assert_fails(r, "local s, t = string.rep('x', 1000000), {} for i = 1, 100 do t[i] = s end return t",
                 "the result is larger than 32768 KiB");
    assert_fails(r, "local t = {1} for i = 1, 40 do t = {t, t} end return t",
                 "the result is larger than 32768 KiB");
}

static void unsigned_integers(void **state)
{
    struct rig *r = *state;
    struct datum d;

    rig_bind(r, "n", datum_uint(UINT64_MAX));
    d = rig_eval(r, "n"); /* a name alone keeps what Lua has no word for */
    assert_int_equal(d.kind, DATUM_UINT);
    assert_gives(r, "n", "18446744073709551615");
    assert_gives(r, "n + 0", "-1");
    assert_gives(r, "n == 0xffffffffffffffff", "true");
    assert_gives(r, "math.ult(1, n)", "true");
    assert_gives(r, "n & 0xff", "255");
    assert_gives(r, "unsigned(n - 1)", "18446744073709551614");
    assert_gives(r, "tostring(unsigned(n)) .. string.format(' %s', unsigned(5))", "18446744073709551615 5");
    assert_gives(r, " n ", "18446744073709551615");
    assert_gives(r, "{unsigned(5)}", "[5]");
    assert_int_equal(rig_eval(r, "unsigned(5)").kind, DATUM_INT);
}

static void every_kind_goes_in(void **state)
{
    struct rig *r = *state;
    struct datum items[2] = {datum_int(7), datum_bytes(BYTES("seven\0"))};
    const char *names[2] = {"number", "word"};

    rig_bind(r, "none", (struct datum){0});
    rig_bind(r, "real", (struct datum){.kind = DATUM_REAL, .real = 1.5});
    rig_bind(r, "yes", (struct datum){.kind = DATUM_BOOL, .i = 1});
    rig_bind(r, "list", (struct datum){.kind = DATUM_LIST, .items = items, .n = 2});
    rig_bind(r, "record", (struct datum){.kind = DATUM_RECORD, .items = items, .names = names, .n = 2});
    rig_bind(r, "empty", datum_bytes((struct bytes){0}));
    assert_gives(r, "none == nil and real == 1.5 and yes == true and empty == ''", "true");
    assert_gives(r, "type(list) .. #list .. list[1] .. #list[2]", "table276");
    assert_gives(r, "record.number + 1", "8");
    assert_gives(r, "record.word == 'seven\\0'", "true");
    assert_gives(r, "record.nothing == nil", "true");
    assert_gives(r, "record == record and list == list", "true"); /* the same one each time */
    assert_gives(r, "size(record.word)", "6");
    assert_gives(r, "count(list) + count(record)", "4");
}

static void sizes_are_those_on_the_wire(void **state)
{
    struct rig *r = *state;
    struct datum number = datum_int(7), word = datum_bytes(BYTES("abc")), items[1] = {number}, list;

    number.wire = BYTES("\0\0\0\7");
    word.wire = BYTES("abc\0\0\0");
    list = (struct datum){.kind = DATUM_LIST, .items = items, .n = 1, .wire = BYTES("\1\0\0\0\7")};
    rig_bind(r, "number", number);
    rig_bind(r, "word", word);
    rig_bind(r, "list", list);
    rig_bind(r, "plain", datum_bytes(BYTES("plain")));
    assert_gives(r, "size(number) + 0", "4");
    assert_gives(r, "size(word) + #word", "9");
    assert_gives(r, "size(list) + count(list)", "6");
    assert_gives(r, "hex(list)", "0100000007");
    assert_gives(r, "size(plain) + size(word .. 'x')", "9");
    assert_gives(r, "size('abcd') + size(number)", "8");
    assert_fails(r, "size(number + 1)", "bad argument #1 to 'size' (text or message expected, got number)");
}

/* ---- forms --------------------------------------------------------------------------------------- */

static bool compiles(struct rig *r, const char *text, enum expr_form form)
{
    return expr_compiles(r->x, bytes_of(text), form, &r->error);
}

static void an_expression_is_one_value(void **state)
{
    struct rig *r = *state;

    assert_true(compiles(r, "a + b * 2", EXPR_VALUE));
    assert_true(compiles(r, "a -- with a comment", EXPR_VALUE));
    assert_true(compiles(r, "function(x) return x end", EXPR_VALUE));
    assert_false(compiles(r, "a, b", EXPR_VALUE));
    assert_string_equal(r->error.text, "this is no single value");
    assert_false(compiles(r, "local x = 1 return x", EXPR_VALUE));
    assert_false(compiles(r, "a = b", EXPR_VALUE));
    assert_string_equal(r->error.text, "`=` gives a name its value; to compare is `==`");
    assert_false(compiles(r, " \t", EXPR_VALUE));
    assert_string_equal(r->error.text, "here an expression is missing");
    assert_false(compiles(r, "a +", EXPR_VALUE));
    assert_string_equal(r->error.text, "unexpected symbol near <eof>");
    assert_int_equal(r->error.line, 1);
}

static void a_block_is_an_expression_too(void **state)
{
    struct rig *r = *state;

    assert_true(compiles(r, "a > 1", EXPR_BLOCK));
    assert_true(compiles(r, "local x = a\nreturn x > 1, 'small'", EXPR_BLOCK));
    assert_true(compiles(r, "a > 1, 'small'", EXPR_BLOCK));
    assert_false(compiles(r, "a >", EXPR_BLOCK));
    assert_string_equal(r->error.text, "unexpected symbol near <eof>");
    assert_false(compiles(r, "local x = 1\nif x then\nreturn x", EXPR_BLOCK));
    assert_string_equal(r->error.text, "'end' expected (to close 'if' at line 2) near <eof>");
    assert_int_equal(r->error.line, 3);
    assert_false(compiles(r, "x = 1\nreturn x", EXPR_BLOCK));
    assert_string_equal(r->error.text, "`x` is no local, so it cannot be given a value: write `local x`");
    assert_fails(r, "x = 1 return x", "`x` cannot be given a value: write `local x`");
}

static void compiled_code_is_refused(void **state)
{
    struct rig *r = *state;

    assert_false(expr_compiles(r->x, BYTES("\x1bLua\x54\0"), EXPR_BLOCK, &r->error));
    assert_false(expr_compiles(r->x, BYTES("\x1bLua\x54\0"), EXPR_VALUE, &r->error));
}

/* ---- names --------------------------------------------------------------------------------------- */

static const char *names_of(struct rig *r, const char *text)
{
    const char **names, *all = "";
    size_t n = expr_free_names(r->x, bytes_of(text), EXPR_BLOCK, &r->arena, &names);

    for (size_t i = 0; i < n; i++)
        all = arena_printf(&r->arena, "%s%s%s", all, i ? " " : "", names[i]);
    return all;
}

static void names_from_outside(void **state)
{
    struct rig *r = *state;

    assert_string_equal(names_of(r, "a + b * a"), "a b");
    assert_string_equal(names_of(r, "got.field[i].more"), "got i");
    assert_string_equal(names_of(r, "{name = 1, [key] = value}"), "key value");
    assert_string_equal(names_of(r, "text:upper() .. 'quoted' -- comment"), "text");
    assert_string_equal(names_of(r, "local a = a return a"), "a"); /* the one outside */
    assert_string_equal(names_of(r, "local a = 1 return a"), "");
    assert_string_equal(names_of(r, "for k, v in pairs(t) do if k then return v, w end end"), "pairs t w");
    assert_string_equal(names_of(r, "local function f(x) return x + y end return f(z)"), "z y");
    assert_string_equal(names_of(r, "(function() return function() return deep end end)()()"), "deep");
    assert_string_equal(names_of(r, "do local a = 1 end return a"), "a");
    assert_string_equal(names_of(r, "local a = {} local function f() return a.x end return f()"), "");
    assert_string_equal(names_of(r, "local _ENV = {} return inside"), "");
    assert_string_equal(names_of(r, "goto done; do local x end ::done:: return label"), "label");
    assert_string_equal(names_of(r, "12 + 0.5 + x"), "x");
    assert_string_equal(names_of(r, "'a long text, longer than what Lua calls a short one' .. x"), "x");
    assert_string_equal(names_of(r, "a +"), "");
}

static void names_that_are_known(void **state)
{
    struct rig *r = *state;
    const char *const *known = expr_known_names(r->x);
    size_t n = 0;

    for (; known[n]; n++)
        assert_true(expr_knows(r->x, known[n]) && (n == 0 || strcmp(known[n - 1], known[n]) < 0));
    assert_true(n > 20);
    assert_false(expr_knows(r->x, "os"));
    assert_true(expr_is_function(r->x, "xor"));
    assert_false(expr_is_function(r->x, "math"));
    assert_false(expr_is_function(r->x, "os"));
    assert_fails(r, "a + 1", "nothing here is called `a`");
}

static void a_name_hides_what_is_known(void **state)
{
    struct rig *r = *state;

    rig_bind(r, "count", datum_int(3));
    assert_gives(r, "count + 1", "4");
    r->n = 0;
    assert_gives(r, "count({1})", "1");
}

static void nothing_stays(void **state)
{
    struct rig *r = *state;

    rig_bind(r, "a", datum_int(1));
    assert_gives(r, "a + 0", "1");
    r->n = 0;
    assert_fails(r, "a", "nothing here is called `a`");
    assert_fails(r, "string.upper = nil return 1", "`upper` cannot be given a value: write `local upper`");
    assert_fails(r, "rx.mine = 1 return 1", "`mine` cannot be given a value: write `local mine`");
    assert_gives(r, "string.upper('a') .. ('b'):upper()", "AB");
}

/* ---- errors -------------------------------------------------------------------------------------- */

static void errors_know_their_line(void **state)
{
    struct rig *r = *state;

    assert_fails(r, "local t\n\nreturn t.x", "attempt to index a nil value (local 't')");
    assert_int_equal(r->error.line, 3);
    assert_fails(r, "\nerror('no luck')", "no luck");
    assert_int_equal(r->error.line, 2);
    assert_fails(r, "\n\nassert(false, 'not so')", "not so");
    assert_int_equal(r->error.line, 3);
    assert_fails(r, "\nlocal x = {} .. 'a'", "attempt to concatenate a table value");
    assert_int_equal(r->error.line, 2);
    assert_fails(r, "\nreturn rx.find('a', '(')",
                 "the pattern is wrong at byte 2: missing closing parenthesis");
    assert_int_equal(r->error.line, 2);
    assert_fails(r, "error({})", "error() was given a table instead of a text");
    assert_fails(r, "\nerror()", "error() was given a nil instead of a text");
    assert_int_equal(r->error.line, 2);
    assert_false(r->error.in_functions);
}

static void long_errors_are_cut(void **state)
{
    struct rig *r = *state;

    assert_int_equal(strlen(rig_error(r, "error(string.rep('x', 1000))")), sizeof r->error.text - 1);
}

static void conditions(void **state)
{
    struct rig *r = *state;
    struct expr_verdict v = {0};

    assert_true(expr_check(r->x, BYTES("1 < 2"), EXPR_BLOCK, rig_names(r), &r->arena, &v, &r->error));
    assert_true(v.holds && v.reason.len == 0);
    assert_true(expr_check(r->x, BYTES("return false, 'too\\0few'"), EXPR_BLOCK, rig_names(r), &r->arena, &v,
                           &r->error));
    assert_false(v.holds);
    assert_true(bytes_equal(v.reason, BYTES("too\0few")));
    assert_false(expr_check(r->x, BYTES("local x = 1"), EXPR_BLOCK, rig_names(r), &r->arena, &v, &r->error));
    assert_string_equal(r->error.text,
                        "this gives neither true nor false, but nothing: is a `return` missing?");
    assert_false(expr_check(r->x, BYTES("42"), EXPR_BLOCK, rig_names(r), &r->arena, &v, &r->error));
    assert_string_equal(r->error.text, "this gives neither true nor false, but a number");
    assert_false(expr_check(r->x, BYTES("false, {}"), EXPR_BLOCK, rig_names(r), &r->arena, &v, &r->error));
    assert_string_equal(r->error.text, "the reason is a table instead of a text");
}

/* ---- functions ----------------------------------------------------------------------------------- */

static const char prelude[] = "local key = '\\1\\2'\n"
                              "function mask(bytes) return xor(bytes, key) end\n"
                              "function deep() return mask(nil) end\n"
                              "limit = 10\n"
                              "function spoil() other = 1 end\n"
                              "local n = 0 function next_id() n = n + 1 return n end\n"
                              "function outside() return a end\n";

static void functions_are_known(void **state)
{
    struct rig *r = rig_with(prelude, EXPR_LIMITS);

    (void)state;
    assert_non_null(r->x);
    rig_bind(r, "a", datum_int(1));
    assert_gives(r, "hex(mask('\\0\\0\\0'))", "010201");
    assert_gives(r, "limit + 1", "11");
    assert_gives(r, "next_id() + next_id()", "3");
    assert_true(expr_is_function(r->x, "mask") && expr_knows(r->x, "limit"));
    assert_false(expr_is_function(r->x, "limit") || expr_knows(r->x, "key"));
    assert_fails(r, "deep()", "bad argument #1 to 'xor' (text or message expected, got nil)");
    assert_true(r->error.in_functions);
    assert_int_equal(r->error.line, 2);
    assert_fails(r, "spoil()", "`other` cannot be given a value: write `local other`");
    assert_gives(r, "outside() == nil", "true"); /* only expressions see the case's names */
    rig_teardown((void **)&r);
}

static void calls(void **state)
{
    struct rig *r = rig_with(prelude, EXPR_LIMITS);
    struct datum arg = datum_bytes(BYTES("\1\2\3")), out;

    (void)state;
    assert_true(expr_call(r->x, "mask", &arg, 1, &r->arena, &out, &r->error));
    assert_true(bytes_equal(out.bytes, BYTES("\0\0\2")));
    assert_false(expr_call(r->x, "limit", NULL, 0, &r->arena, &out, &r->error));
    assert_string_equal(r->error.text, "there is no function `limit`");
    rig_teardown((void **)&r);
}

static void typed_messages_ask(void **state)
{
    struct rig *r = rig_with("function add(bytes, n) return rx.gsub(bytes, '(?s).', function(c)\n"
                             "return string.char((c:byte() + n) % 256) end) end\n"
                             "function unadd(bytes, n) return (add(bytes, -n)) end\n"
                             "function bad() return 1 end",
                             EXPR_LIMITS);
    struct message_eval eval = expr_message_eval(r->x);
    struct datum items[2] = {datum_int(5), datum_bytes(BYTES("abc"))}, out, n = datum_int(1);
    const char *names[2] = {"seq", "body"}, *why;
    struct datum record = {.kind = DATUM_RECORD, .items = items, .names = names, .n = 2};
    struct bytes bytes;

    (void)state;
    items[0].wire = BYTES("\0\0\0\5");
    assert_true(eval.value(eval.ctx, "crc32(body) + seq + size(seq)", &record, &r->arena, &out, &why));
    assert_int_equal(out.i, 0x352441c2 + 9);
    assert_true(eval.knows(eval.ctx, "add") && eval.knows(eval.ctx, "crc32") &&
                !eval.knows(eval.ctx, "other"));
    assert_false(eval.value(eval.ctx, "other + 1", &record, &r->arena, &out, &why));
    assert_string_equal(why, "nothing here is called `other`");
    assert_true(eval.transform(eval.ctx, "add", &n, 1, BYTES("abc\xff"), true, &r->arena, &bytes, &why));
    assert_true(bytes_equal(bytes, BYTES("bcd\0")));
    assert_true(eval.transform(eval.ctx, "add", &n, 1, bytes, false, &r->arena, &bytes, &why));
    assert_true(bytes_equal(bytes, BYTES("abc\xff")));
    assert_true(eval.transform(eval.ctx, "reverse", NULL, 0, BYTES("abc"), false, &r->arena, &bytes, &why));
    assert_true(bytes_equal(bytes, BYTES("cba")));
    assert_false(eval.transform(eval.ctx, "bad", NULL, 0, BYTES("abc"), true, &r->arena, &bytes, &why));
    assert_string_equal(why, "`bad` gives no bytes");
    assert_false(eval.transform(eval.ctx, "add", NULL, 0, BYTES("abc"), true, &r->arena, &bytes, &why));
    assert_string_equal(why,
                        "`functions`, line 2: attempt to perform arithmetic on a nil value (upvalue 'n')");
    rig_teardown((void **)&r);
}

static void a_case_begins_anew(void **state)
{
    struct rig *r = rig_with("local n = 0\nfunction count_up() n = n + 1 return n end", EXPR_LIMITS);
    const char *drawn;

    (void)state;
    assert_string_equal(rig_text(r, "count_up()"), "1");
    assert_string_equal(rig_text(r, "count_up()"), "2");
    assert_true(expr_begin(r->x, 7));
    assert_string_equal(rig_text(r, "count_up()"), "1");
    drawn = rig_text(r, "hex(random(8))");
    assert_true(expr_begin(r->x, 7));
    assert_string_equal(rig_text(r, "hex(random(8))"), drawn);
    assert_true(expr_knows(r->x, "count_up"));
    rig_teardown((void **)&r);
}

static void wrong_functions(void **state)
{
    static const struct {
        const char *text, *error;
        int line;
    } wrong[] = {
        {"function f()\nreturn 1", "'end' expected (to close 'function' at line 1) near <eof>", 2},
        {"\nerror('at once')", "at once", 2},
        {"local t\nlocal x = t.y", "attempt to index a nil value (local 't')", 2},
        {"\n\nwhile true do end", "this takes more than 50000000 steps: does a loop never end?", 3},
    };

    (void)state;
    for (size_t i = 0; i < array_len(wrong); i++) {
        struct rig *r = rig_with(wrong[i].text, EXPR_LIMITS);

        assert_null(r->x);
        assert_string_equal(r->error.text, wrong[i].error);
        assert_int_equal(r->error.line, wrong[i].line);
        assert_true(r->error.in_functions);
        rig_teardown((void **)&r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(every_kind_comes_out),
        rig_test(what_is_no_value),
        rig_test(unsigned_integers),
        rig_test(every_kind_goes_in),
        rig_test(sizes_are_those_on_the_wire),
        rig_test(an_expression_is_one_value),
        rig_test(a_block_is_an_expression_too),
        rig_test(compiled_code_is_refused),
        rig_test(names_from_outside),
        rig_test(names_that_are_known),
        rig_test(a_name_hides_what_is_known),
        rig_test(nothing_stays),
        rig_test(errors_know_their_line),
        rig_test(long_errors_are_cut),
        rig_test(conditions),
        cmocka_unit_test(functions_are_known),
        cmocka_unit_test(calls),
        cmocka_unit_test(typed_messages_ask),
        cmocka_unit_test(a_case_begins_anew),
        cmocka_unit_test(wrong_functions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
