/*
 * rx.c - rx.find, rx.match, rx.gsub: string.find, match and gsub with the patterns of PCRE2, on bytes.
 *
 * Lua's own patterns can take hours in one call, and no hook sees it; wire/match has a budget for each
 * search, and what a search took is paid for here. A compiled pattern is not in Lua's memory, so each
 * function runs its body under a pcall of its own and frees the pattern whatever happens.
 */
#include "base/mem.h"
#include "expr/state.h"
#include "wire/match.h"

#include <string.h>

#define GROUPS_MAX 32
#define COMPILE_STEPS 16 /* for each byte of a pattern */

struct search {
    struct regex *regex;
    struct bytes subject;
    struct span groups[GROUPS_MAX];
    size_t n; /* groups of the pattern, groups[0] with them */
};

static struct regex *compile(lua_State *lua, struct bytes pattern)
{
    char message[120];
    size_t offset;
    struct regex *r;

    expr_pay(lua, COMPILE_STEPS * (pattern.len + 10));
    r = regex_new(pattern, &offset, message, sizeof message);
    if (!r)
        luaL_error(lua, "the pattern is wrong at byte %d: %s", (int)offset + 1, message);
    return r;
}

/* Calls `body` with the arguments, and the search behind them. */
static int with_pattern(lua_State *lua, lua_CFunction body)
{
    struct search s = {.subject = expr_arg_bytes(lua, 1)};
    int status;

    s.regex = compile(lua, expr_arg_bytes(lua, 2));
    s.n = regex_groups(s.regex) < GROUPS_MAX ? regex_groups(s.regex) + 1 : GROUPS_MAX;
    lua_pushcfunction(lua, body);
    lua_insert(lua, 1);
    lua_pushlightuserdata(lua, &s);
    status = lua_pcall(lua, lua_gettop(lua) - 1, LUA_MULTRET, 0);
    regex_free(s.regex);
    return status == LUA_OK ? lua_gettop(lua) : lua_error(lua);
}

static struct search *take_search(lua_State *lua)
{
    struct search *s = lua_touserdata(lua, -1);

    lua_pop(lua, 1);
    return s;
}

static bool search(lua_State *lua, struct search *s, size_t start)
{
    uint64_t cost;
    enum matched m = regex_search(s->regex, s->subject, start, s->groups, s->n, &cost);

    expr_pay(lua, cost);
    if (m == MATCH_LIMIT)
        luaL_error(lua, "the pattern takes too many steps on this text");
    return m == MATCHED;
}

static void push_group(lua_State *lua, const struct search *s, size_t group)
{
    struct span at = s->groups[group];

    if (at.from == SIZE_MAX)
        lua_pushnil(lua);
    else
        lua_pushlstring(lua, at.to > at.from ? (const char *)s->subject.data + at.from : "", at.to - at.from);
}

/* All groups; where there are none, the whole match if `whole`. Returns how many. */
static int push_groups(lua_State *lua, const struct search *s, bool whole)
{
    luaL_checkstack(lua, GROUPS_MAX, "too many groups");
    for (size_t i = 1; i < s->n; i++)
        push_group(lua, s, i);
    if (s->n > 1 || !whole)
        return (int)s->n - 1;
    push_group(lua, s, 0);
    return 1;
}

/* Where to begin, as Lua counts: from 1, or from the end; false: behind the end. */
static bool start_at(lua_State *lua, int index, size_t len, size_t *start)
{
    lua_Integer at = luaL_optinteger(lua, index, 1);

    if (at < 0)
        at = (lua_Unsigned)-at > len ? 1 : (lua_Integer)len + at + 1;
    *start = at > 0 ? (size_t)at - 1 : 0;
    return *start <= len;
}

/* ---- find, match --------------------------------------------------------------------------------- */

static int find_body(lua_State *lua)
{
    struct search *s = take_search(lua);
    size_t start;

    if (!start_at(lua, 3, s->subject.len, &start) || !search(lua, s, start)) {
        lua_pushnil(lua);
        return 1;
    }
    lua_pushinteger(lua, (lua_Integer)s->groups[0].from + 1);
    lua_pushinteger(lua, (lua_Integer)s->groups[0].to);
    return 2 + push_groups(lua, s, false);
}

static int find(lua_State *lua)
{
    return with_pattern(lua, find_body);
}

static int match_body(lua_State *lua)
{
    struct search *s = take_search(lua);
    size_t start;

    if (!start_at(lua, 3, s->subject.len, &start) || !search(lua, s, start)) {
        lua_pushnil(lua);
        return 1;
    }
    return push_groups(lua, s, true);
}

static int match(lua_State *lua)
{
    return with_pattern(lua, match_body);
}

/* ---- gsub ---------------------------------------------------------------------------------------- */

/* %0 is the match, %1 … %9 are groups, %% is a percent sign. */
static void add_template(lua_State *lua, luaL_Buffer *out, const struct search *s, struct bytes with)
{
    for (size_t i = 0; i < with.len; i++) {
        size_t group;

        if (with.data[i] != '%') {
            luaL_addchar(out, (char)with.data[i]);
            continue;
        }
        group = ++i < with.len ? (size_t)with.data[i] - '0' : s->n;
        if (i < with.len && with.data[i] == '%') {
            luaL_addchar(out, '%');
        } else if (group < 10 && group < s->n) {
            push_group(lua, s, group);
            if (lua_isnil(lua, -1))
                lua_pop(lua, 1);
            else
                luaL_addvalue(out);
        } else {
            luaL_error(lua, "a replacement has %%0 to %%%d, and %%%% for a percent sign", (int)s->n - 1);
        }
    }
}

/* What a function or a table says to the match; nil or false leaves it as it is. */
static void add_answer(lua_State *lua, luaL_Buffer *out, const struct search *s)
{
    if (lua_istable(lua, 3)) {
        push_group(lua, s, s->n > 1 ? 1 : 0);
        lua_gettable(lua, 3);
    } else {
        lua_pushvalue(lua, 3);
        lua_call(lua, push_groups(lua, s, true), 1);
    }
    if (!lua_toboolean(lua, -1)) {
        lua_pop(lua, 1);
        push_group(lua, s, 0);
    } else if (!lua_isstring(lua, -1)) {
        luaL_error(lua, "a match cannot be replaced by a %s", luaL_typename(lua, -1));
    }
    luaL_addvalue(out);
}

static int gsub_body(lua_State *lua)
{
    struct search *s = take_search(lua);
    lua_Integer most = luaL_optinteger(lua, 4, LUA_MAXINTEGER), n = 0;
    const char *text = s->subject.len ? (const char *)s->subject.data : "";
    size_t at = 0; /* all before it is in `out` */
    luaL_Buffer out;

    if (lua_type(lua, 3) != LUA_TSTRING && !lua_istable(lua, 3) && !lua_isfunction(lua, 3))
        luaL_error(lua, "rx.gsub() replaces by a text, function or table, not by a %s",
                   luaL_typename(lua, 3));
    luaL_buffinit(lua, &out);
    for (size_t start = 0; n < most && start <= s->subject.len && search(lua, s, start); n++) {
        luaL_addlstring(&out, text + at, s->groups[0].from - at);
        at = s->groups[0].to;
        if (lua_type(lua, 3) == LUA_TSTRING)
            add_template(lua, &out, s, expr_arg_bytes(lua, 3));
        else
            add_answer(lua, &out, s);
        start = at > s->groups[0].from ? at : at + 1; /* nothing was matched: go on behind the next byte */
    }
    luaL_addlstring(&out, text + at, s->subject.len - at);
    luaL_pushresult(&out);
    lua_pushinteger(lua, n);
    return 2;
}

static int gsub(lua_State *lua)
{
    return with_pattern(lua, gsub_body);
}

void expr_open_rx(lua_State *lua)
{
    static const luaL_Reg functions[] = {{"find", find}, {"gsub", gsub}, {"match", match}, {NULL, NULL}};

    luaL_newlib(lua, functions);
    expr_freeze(lua);
    lua_setfield(lua, -2, "rx");
}
