/* test_expr_sandbox.c - what an expression cannot do: leave, go on for ever, take all memory, or differ from
 * run to run. Whoever adds a function to the sandbox thinks of an attack on it here. */
#include "expr_rig.h"

#include <time.h>

/* ---- leaving ------------------------------------------------------------------------------------- */

static void no_way_out(void **state)
{
    static const char *const names[] = {
        "io",           "os",       "package", "debug",    "coroutine",      "load",
        "loadstring",   "loadfile", "dofile",  "require",  "collectgarbage", "getmetatable",
        "setmetatable", "rawget",   "rawset",  "rawequal", "rawlen",         "next",
        "print",        "warn",     "xpcall",  "_G",       "_VERSION"};
    static const char *const fields[] = {"string.dump", "string.find", "string.match",    "string.gmatch",
                                         "string.gsub", "table.move",  "math.randomseed", "utf8.charpattern",
                                         "('x').dump",  "('x').find",  "('x').gsub"};
    struct rig *r = *state;

    for (size_t i = 0; i < array_len(names); i++)
        assert_string_equal(rig_error(r, names[i]),
                            arena_printf(&r->arena, "nothing here is called `%s`", names[i]));
    for (size_t i = 0; i < array_len(fields); i++)
        assert_gives(r, arena_printf(&r->arena, "%s == nil", fields[i]), "true");
    /* _ENV is a table of names without a way to those of others */
    assert_fails(r, "_ENV.io", "nothing here is called `io`");
    assert_gives(r, "local n = 0 for k in pairs(_ENV) do n = n + 1 end return n", "0");
    assert_gives(r, "local n = 0 for k in pairs(string) do n = n + 1 end return n", "0");
}

static void libraries_stay_as_they_are(void **state)
{
    struct rig *r = *state;

    assert_fails(r, "string.rep = 1", "`rep` cannot be given a value: write `local rep`");
    assert_fails(r, "table.insert(math, 1)", "`1` cannot be given a value: write `local 1`");
    assert_fails(r, "_ENV.size = 1", "`size` cannot be given a value: write `local size`");
    assert_fails(r, "local _ENV = string upper = nil",
                 "`upper` cannot be given a value: write `local upper`");
    assert_gives(r, "string.rep('ab', 2) .. #table.pack(math.pi)", "abab1");
}

/* ---- going on for ever --------------------------------------------------------------------------- */

#define NEVER_ENDS "this takes more than 5000000 steps: does a loop never end?"

static int tight_setup(void **state)
{
    struct rig *r = rig_with("", (struct expr_limits){5000000, 8 << 20, INT64_C(60000000000)});

    *state = r;
    return r->x ? 0 : -1;
}
#define tight_test(f) cmocka_unit_test_setup_teardown(f, tight_setup, rig_teardown)

/* By steps alone, none of these takes long, in CPU time, whatever the sanitizer makes of it. */
static void assert_stops(struct rig *r, const char *text, const char *wanted)
{
    clock_t began = clock();

    assert_fails(r, text, wanted);
    assert_true(clock() - began < 20 * CLOCKS_PER_SEC);
}

static void loops_end(void **state)
{
    struct rig *r = *state;

    assert_stops(r, "while true do end", NEVER_ENDS);
    assert_stops(r, "\n\n::a:: goto a", NEVER_ENDS);
    assert_int_equal(r->error.line, 3);
    assert_stops(r, "for i = 1, math.huge do end", NEVER_ENDS);
    assert_stops(r, "local function f() return f() end f()", NEVER_ENDS);
    assert_stops(r, "table.sort({3, 2, 1}, function() while true do end end)", NEVER_ENDS);
    assert_stops(r, "rx.gsub('abc', '.', function() while true do end end)", NEVER_ENDS);
    assert_stops(r, "('').rep('', math.maxinteger)", NEVER_ENDS);
    assert_stops(r, "local s = ('x'):rep(1000000) while true do sha256(s) end", NEVER_ENDS);
    assert_stops(r, "local s = ('x'):rep(1000000) while true do local t = s .. 'y' end", NEVER_ENDS);
    assert_stops(r, "while true do rx.find('aaaaaaaaaaaaaaaaaaaaaaaaaaab', '(a+)+$') end",
                 "the pattern takes too many steps on this text");
    assert_stops(r, "while true do rx.find('aaaaaaaaaaaab', '(a+)+$') end", NEVER_ENDS);
    assert_stops(r, "local p = ('a'):rep(3000) while true do rx.find('b', p) end", NEVER_ENDS);
}

static void no_pcall_catches_the_end(void **state)
{
    struct rig *r = *state;

    assert_stops(r, "pcall(function() while true do end end) return 1", NEVER_ENDS);
    assert_stops(r, "while true do pcall(function() while true do end end) end", NEVER_ENDS);
    assert_stops(r, "local function f() while true do pcall(f) end end f()", NEVER_ENDS);
    assert_stops(r, "pcall(rx.gsub, 'a', 'a', function() while true do end end) return 1", NEVER_ENDS);
    assert_stops(r, "pcall(table.sort, {2, 1}, function() while true do end end) return 1", NEVER_ENDS);
    assert_gives(r, "select('#', pcall(error, 'caught'))", "2");
    assert_gives(r, "local ok, why = pcall(error, 'caught', 0) return why", "caught");
    assert_gives(r, "pcall(function(...) return ... end, 1, 2)", "true");
}

/* Single instructions on long texts: no step counts these. */
static void the_clock_stands_behind(void **state)
{
    struct rig *r = rig_with("", (struct expr_limits){50000000, 32 << 20, INT64_C(100000000)});

    (void)state;
    assert_stops(r,
                 "local a, b = ('x'):rep(8000000) .. 'a', ('x'):rep(8000000) .. 'b'\n"
                 "while true do local _ = a == b or a < b or a > b or a <= b end",
                 "this takes too long");
    assert_int_equal(r->error.line, 2);
    rig_teardown((void **)&r);
}

static void deep_calls_end(void **state)
{
    struct rig *r = *state;

    assert_non_null(strstr(rig_error(r, "local function f() return 1 + f() end return f()"), "memory"));
    assert_non_null(
        strstr(rig_error(r, "local function f() return rx.gsub('a', 'a', f) end return f()"), "overflow"));
    assert_gives(r, "1", "1");
}

/* ---- taking memory ------------------------------------------------------------------------------- */

#define TOO_MUCH "this takes more than 8192 KiB of memory"

static void memory_ends(void **state)
{
    struct rig *r = *state;

    assert_stops(r, "\nreturn ('x'):rep(1 << 30)", NEVER_ENDS);
    assert_stops(r, "\nreturn ('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx'):rep(1000000)", TOO_MUCH);
    assert_int_equal(r->error.line, 2);
    assert_stops(r, "local s = 'x'\n\nwhile true do s = s .. s end", TOO_MUCH);
    assert_int_equal(r->error.line, 3);
    assert_stops(r, "local t = {} for i = 1, math.huge do t[i] = i end", TOO_MUCH);
    assert_stops(r, "local t = {} while true do t = {t} end", TOO_MUCH);
    assert_stops(r, "random(8 << 20)", TOO_MUCH);
    assert_stops(r, "random(1 << 40)", "bad argument #1 to 'random' (out of range)");
    assert_non_null(strstr(rig_error(r, "string.format('%99999999d', 1)"), "invalid conversion"));
    assert_stops(r, "table.unpack({}, 1, 1e8)", "too many results to unpack");
    assert_stops(r, "local s = ('x'):rep(100000) return rx.gsub(s, 'x', s)", TOO_MUCH);
    assert_gives(r, "#('x'):rep(1000000)", "1000000"); /* and then all is well again */
}

static void no_pcall_catches_the_end_of_memory(void **state)
{
    struct rig *r = *state;

    assert_stops(r, "pcall(string.rep, ('x'):rep(1000), 100000) return 1", TOO_MUCH);
    assert_stops(r, "pcall(function() local s = 'x' while true do s = s .. s end end) return 1", TOO_MUCH);
    assert_stops(r, "local t = {} while true do pcall(function() while true do t[#t + 1] = {} end end) end",
                 TOO_MUCH);
}

/* Garbage is none of an evaluation's memory. */
static void garbage_does_not_count(void **state)
{
    struct rig *r = *state;

    for (int i = 0; i < 30; i++)
        assert_gives(r, "local s = ('xxxxxxxxxx'):rep(100000) return #s", "1000000");
    assert_gives(r, "local n = 0 for i = 1, 30 do n = n + #(('yyyyyyyyyy'):rep(100000)) end return n",
                 "30000000");
}

static void functions_are_bounded_too(void **state)
{
    struct rig *r = rig_with("kept = {} function keep() while true do kept[#kept + 1] = 'x' end end",
                             (struct expr_limits){5000000, 1 << 20, INT64_C(60000000000)});

    (void)state;
    assert_stops(r, "keep()", "this takes more than 1024 KiB of memory");
    assert_true(r->error.in_functions);
    rig_teardown((void **)&r);
    r = rig_with("", (struct expr_limits){5000000, 100, INT64_C(60000000000)});
    assert_null(r->x);
    rig_teardown((void **)&r);
}

/* ---- being the same in each run ------------------------------------------------------------------ */

static void order_is_always_the_same(void **state)
{
    struct rig *r = *state;

    assert_gives(
        r,
        "local t, s = {}, ''\n"
        "for i = 1, 20 do t['k' .. i] = i t[i * 1.5] = i end t[true] = 1\n"
        "for k in pairs(t) do s = s .. ' ' .. tostring(k) end return s",
        " 1.5 3 4.5 6 7.5 9 10.5 12 13.5 15 16.5 18 19.5 21 22.5 24 25.5 27 28.5 30 k1 k10 k11 k12 k13 "
        "k14 k15 k16 k17 k18 k19 k2 k20 k3 k4 k5 k6 k7 k8 k9 true");
    assert_gives(
        r, "local t = {a = 1, b = 2, c = 3} for k in pairs(t) do t.b = nil t[k] = nil end return count(t)",
        "0");
    assert_gives(
        r,
        "local t = {a = 1, b = 2} local s = '' for k, v in pairs(t) do s = s .. k .. v t.b = nil end "
        "return s",
        "a1");
}

static void no_addresses(void **state)
{
    struct rig *r = *state;

    assert_gives(r, "tostring({}) .. tostring(size) .. tostring(nil) .. tostring(1.5)",
                 "tablefunctionnil1.5");
    assert_fails(r, "string.format('%s', {})", "string.format() was given a table");
    assert_fails(r, "string.format('%5s', size)", "string.format() was given a function");
    assert_fails(r, "string.format('%p', 'a')", "string.format() knows no %p here");
    assert_fails(r, "string.format('%%%-10.5p', 'a')", "string.format() knows no %p here");
    assert_gives(r, "('%d%% %s %05.1f %q'):format(1, 'p', 2.5, 'q')", "1% p 002.5 \"q\"");
    assert_fails(r, "string.format('%')", "bad argument #2 (no value)");
    assert_fails(r, "string.format('%d', 'x')", "bad argument #2 (number expected, got string)");
}

static void chance_comes_from_the_seed(void **state)
{
    struct rig *r = *state;
    const char *first = rig_text(r, "hex(random(8)) .. ' ' .. math.random(1000000) .. ' ' .. math.random()");

    expr_seed(r->x, 1);
    assert_string_not_equal(
        rig_text(r, "hex(random(8)) .. ' ' .. math.random(1000000) .. ' ' .. math.random()"), first);
    expr_seed(r->x, 0);
    assert_gives(r, "hex(random(8)) .. ' ' .. math.random(1000000) .. ' ' .. math.random()", first);
    assert_gives(r,
                 "for i = 1, 1000 do local n, x = math.random(3, 5), math.random()\n"
                 "if n < 3 or n > 5 or x < 0 or x >= 1 then return false end end return true",
                 "true");
    assert_gives(r, "math.type(math.random(math.mininteger, math.maxinteger))", "integer");
    assert_fails(r, "math.random(0)", "bad argument #1 to 'random' (interval is empty)");
    assert_gives(r, "#random(0) + #random(100000)", "100000");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        rig_test(no_way_out),
        rig_test(libraries_stay_as_they_are),
        tight_test(loops_end),
        tight_test(no_pcall_catches_the_end),
        cmocka_unit_test(the_clock_stands_behind),
        tight_test(deep_calls_end),
        tight_test(memory_ends),
        tight_test(no_pcall_catches_the_end_of_memory),
        tight_test(garbage_does_not_count),
        cmocka_unit_test(functions_are_bounded_too),
        rig_test(order_is_always_the_same),
        rig_test(no_addresses),
        rig_test(chance_comes_from_the_seed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
