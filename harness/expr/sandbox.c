/*
 * sandbox.c - which of Lua's own libraries an expression sees.
 *
 * What is left out, and why: whatever reaches files, code or the state (io os package debug load dofile
 * require collectgarbage getmetatable setmetatable raw*), Lua's patterns, which can take hours without one
 * instruction (find match gmatch gsub: see rx.c), loops in C that no hook sees (table.move, string.rep of
 * nothing), and what is not the same in each run: addresses in texts, and the order in which `next` goes
 * through a table.
 */
#include "base/mem.h"
#include "expr/state.h"

#include <lualib.h>
#include <string.h>

#define SORT_STEPS 8 /* for each item: sorting in C executes no instructions */
#define REP_STEPS 4  /* of string.rep, that one step pays for */
#define CATCH_STEPS 100

/* ---- instead of Lua's own ------------------------------------------------------------------------ */

static int safe_pcall(lua_State *lua)
{
    int status;

    luaL_checkany(lua, 1);
    status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
    if (status == LUA_ERRMEM)
        return lua_error(lua); /* which makes it that again */
    if (status != LUA_OK)
        expr_pay(lua, CATCH_STEPS); /* goes on with what ended an evaluation, too */
    lua_pushboolean(lua, status == LUA_OK);
    lua_insert(lua, 1);
    return lua_gettop(lua);
}

static int safe_tostring(lua_State *lua)
{
    luaL_checkany(lua, 1);
    switch (lua_type(lua, 1)) {
    case LUA_TTABLE:
    case LUA_TFUNCTION: lua_pushstring(lua, luaL_typename(lua, 1)); return 1; /* never its address */
    default: luaL_tolstring(lua, 1, NULL); return 1;
    }
}

/* Has no %p, which is an address. */
static void check_format(lua_State *lua)
{
    for (const char *f = luaL_checkstring(lua, 1); (f = strchr(f, '%'));) {
        f += 1 + strspn(f + 1, "-+ #0123456789.");
        if (*f == 'p')
            luaL_error(lua, "string.format() knows no %%p here");
        f += *f != 0;
    }
}

/* string.format, which is the upvalue, of values that have a text. */
static int safe_format(lua_State *lua)
{
    check_format(lua);
    for (int i = 2; i <= lua_gettop(lua); i++)
        if (lua_istable(lua, i) || lua_isfunction(lua, i))
            return luaL_error(lua, "string.format() was given a %s", luaL_typename(lua, i));
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 1);
    return 1;
}

static int safe_rep(lua_State *lua)
{
    size_t len, between;
    const char *text = luaL_checklstring(lua, 1, &len);
    lua_Integer n = luaL_checkinteger(lua, 2);
    const char *separator = luaL_optlstring(lua, 3, "", &between);
    luaL_Buffer out;

    expr_pay(lua, n > 0 ? (uint64_t)n / REP_STEPS : 0);
    luaL_buffinit(lua, &out);
    for (lua_Integer i = 0; i < n; i++) {
        if (i)
            luaL_addlstring(&out, separator, between);
        luaL_addlstring(&out, text, len);
    }
    luaL_pushresult(&out);
    return 1;
}

/* table.sort, which is the upvalue. */
static int safe_sort(lua_State *lua)
{
    luaL_checktype(lua, 1, LUA_TTABLE);
    expr_pay(lua, SORT_STEPS * lua_rawlen(lua, 1));
    lua_pushvalue(lua, lua_upvalueindex(1));
    lua_insert(lua, 1);
    lua_call(lua, lua_gettop(lua) - 1, 0);
    return 0;
}

/* ---- pairs, in an order that is always the same -------------------------------------------------- */

static int key_class(lua_State *lua, int index)
{
    switch (lua_type(lua, index)) {
    case LUA_TNUMBER: return 0;
    case LUA_TSTRING: return 1;
    default: return 2;
    }
}

/* Is the first key before the second? Numbers, then texts, then whatever else is a key. */
static int key_before(lua_State *lua)
{
    int a = key_class(lua, 1), b = key_class(lua, 2);

    lua_pushboolean(lua, a == b ? a < 2 && lua_compare(lua, 1, 2, LUA_OPLT) : a < b);
    return 1;
}

/* Upvalues: the table, its keys, how many were seen. */
static int next_pair(lua_State *lua)
{
    lua_Integer at = lua_tointeger(lua, lua_upvalueindex(3));

    for (;;) {
        lua_settop(lua, 0);
        lua_pushinteger(lua, ++at);
        lua_replace(lua, lua_upvalueindex(3));
        if (lua_rawgeti(lua, lua_upvalueindex(2), at) == LUA_TNIL)
            return 1;
        lua_pushvalue(lua, 1);
        if (lua_rawget(lua, lua_upvalueindex(1)) != LUA_TNIL)
            return 2; /* else it was taken out meanwhile */
    }
}

static int sorted_pairs(lua_State *lua)
{
    lua_Integer n = 0;

    luaL_checktype(lua, 1, LUA_TTABLE);
    lua_settop(lua, 1);
    lua_newtable(lua);
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1)) {
        lua_pushvalue(lua, -2);
        lua_rawseti(lua, 2, ++n);
    }
    expr_pay(lua, SORT_STEPS * (uint64_t)n);
    lua_pushvalue(lua, lua_upvalueindex(1)); /* table.sort */
    lua_pushvalue(lua, 2);
    lua_pushcfunction(lua, key_before);
    lua_call(lua, 2, 0);
    lua_pushinteger(lua, 0);
    lua_pushcclosure(lua, next_pair, 3);
    return 1;
}

/* ---- chance, from the case's seed ---------------------------------------------------------------- */

/* math.random, as Lua's: a number below 1; 1 … n; m … n. */
static int seeded_random(lua_State *lua)
{
    struct rng *rng = &expr_of(lua)->rng;
    lua_Integer from = lua_gettop(lua) > 1 ? luaL_checkinteger(lua, 1) : 1, to;
    uint64_t span;

    if (lua_gettop(lua) == 0) {
        lua_pushnumber(lua, (double)(rng_next(rng) >> 11) / (double)(UINT64_C(1) << 53));
        return 1;
    }
    to = luaL_checkinteger(lua, lua_gettop(lua) > 1 ? 2 : 1);
    luaL_argcheck(lua, from <= to, lua_gettop(lua) > 1 ? 2 : 1, "interval is empty");
    span = (uint64_t)to - (uint64_t)from + 1; /* 0: all integers */
    lua_pushinteger(lua, (lua_Integer)((uint64_t)from + (span ? rng_below(rng, span) : rng_next(rng))));
    return 1;
}

/* ---- what is left -------------------------------------------------------------------------------- */

void expr_freeze(lua_State *lua)
{
    lua_newtable(lua);
    lua_newtable(lua);
    lua_rotate(lua, -3, -1);
    lua_setfield(lua, -2, "__index");
    luaL_getmetatable(lua, EXPR_OUTSIDE);
    lua_getfield(lua, -1, "__newindex");
    lua_setfield(lua, -3, "__newindex");
    lua_pop(lua, 1);
    lua_setmetatable(lua, -2);
}

/* Copies functions from the table on the top to the one below it, and takes it away. */
static void keep(lua_State *lua, const char *const *names)
{
    for (; *names; names++) {
        lua_getfield(lua, -1, *names);
        lua_setfield(lua, -3, *names);
    }
    lua_pop(lua, 1);
}

/* A function that has Lua's own, a field of the table `of`, as its upvalue. */
static void replace(lua_State *lua, const char *library, const char *of, lua_CFunction function)
{
    luaL_getsubtable(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_getfield(lua, -1, library);
    lua_getfield(lua, -1, of);
    lua_pushcclosure(lua, function, 1);
    lua_rotate(lua, -3, 1);
    lua_pop(lua, 2);
}

static void open_base(lua_State *lua)
{
    static const char *const kept[] = {"assert", "error", "ipairs", "select", "tonumber", "type", NULL};
    static const luaL_Reg ours[] = {{"pcall", safe_pcall}, {"tostring", safe_tostring}, {NULL, NULL}};

    luaL_requiref(lua, LUA_GNAME, luaopen_base, 0);
    keep(lua, kept);
    luaL_setfuncs(lua, ours, 0);
}

static void open_string(lua_State *lua)
{
    static const char *const kept[] = {"byte",    "char", "len",    "lower", "pack", "packsize",
                                       "reverse", "sub",  "unpack", "upper", NULL};

    lua_newtable(lua);
    luaL_requiref(lua, LUA_STRLIBNAME, luaopen_string, 0);
    keep(lua, kept);
    replace(lua, LUA_STRLIBNAME, "format", safe_format);
    lua_setfield(lua, -2, "format");
    lua_pushcfunction(lua, safe_rep);
    lua_setfield(lua, -2, "rep");
    lua_pushliteral(lua, ""); /* whose methods, `("x"):upper()`, are the same */
    lua_getmetatable(lua, -1);
    lua_pushvalue(lua, -3);
    lua_setfield(lua, -2, "__index");
    lua_pop(lua, 2);
    expr_freeze(lua);
    lua_setfield(lua, -2, LUA_STRLIBNAME);
}

static void open_table(lua_State *lua)
{
    static const char *const kept[] = {"concat", "insert", "pack", "remove", "unpack", NULL};

    lua_newtable(lua);
    luaL_requiref(lua, LUA_TABLIBNAME, luaopen_table, 0);
    keep(lua, kept);
    replace(lua, LUA_TABLIBNAME, "sort", safe_sort);
    lua_setfield(lua, -2, "sort");
    expr_freeze(lua);
    lua_setfield(lua, -2, LUA_TABLIBNAME);
    replace(lua, LUA_TABLIBNAME, "sort", sorted_pairs);
    lua_setfield(lua, -2, "pairs");
}

static void open_math(lua_State *lua)
{
    static const char *const kept[] = {"abs", "acos",       "asin", "atan", "ceil", "cos", "deg",
                                       "exp", "floor",      "fmod", "huge", "log",  "max", "maxinteger",
                                       "min", "mininteger", "modf", "pi",   "rad",  "sin", "sqrt",
                                       "tan", "tointeger",  "type", "ult",  NULL};

    lua_newtable(lua);
    luaL_requiref(lua, LUA_MATHLIBNAME, luaopen_math, 0);
    keep(lua, kept);
    lua_pushcfunction(lua, seeded_random);
    lua_setfield(lua, -2, "random");
    expr_freeze(lua);
    lua_setfield(lua, -2, LUA_MATHLIBNAME);
}

static void open_utf8(lua_State *lua)
{
    static const char *const kept[] = {"char", "codepoint", "codes", "len", "offset", NULL};

    lua_newtable(lua);
    luaL_requiref(lua, LUA_UTF8LIBNAME, luaopen_utf8, 0);
    keep(lua, kept);
    expr_freeze(lua);
    lua_setfield(lua, -2, LUA_UTF8LIBNAME);
}

/* Nothing in Lua names the registry's tables, but an error message looks into them: they go. */
static void forget_loaded(lua_State *lua)
{
    lua_pushnil(lua);
    lua_setfield(lua, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
    lua_newtable(lua);
    lua_rawseti(lua, LUA_REGISTRYINDEX, LUA_RIDX_GLOBALS);
}

void expr_open_libraries(lua_State *lua)
{
    open_base(lua);
    open_string(lua);
    open_table(lua);
    open_math(lua);
    open_utf8(lua);
    forget_loaded(lua);
}
