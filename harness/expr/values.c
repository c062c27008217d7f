/*
 * values.c - datums to Lua and back.
 *
 * A table that was made from a message remembers the message's bytes in its metatable, which Lua cannot
 * reach: size() counts these, and checksums take them.
 */
#include "base/mem.h"
#include "expr/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEPTH_MAX 50
#define WIRE "__wire"
#define UNSIGNED "sockgrade.unsigned"

/* ---- to Lua -------------------------------------------------------------------------------------- */

static void push_bytes(lua_State *lua, struct bytes b)
{
    lua_pushlstring(lua, b.len ? (const char *)b.data : "", b.len);
}

static int size_hint(size_t n)
{
    return n < 1 << 20 ? (int)n : 1 << 20;
}

static void push_at(lua_State *lua, const struct datum *d, int depth);

static void push_items(lua_State *lua, const struct datum *d, int depth)
{
    bool named = d->kind == DATUM_RECORD;

    luaL_checkstack(lua, 4, "a value within too many others");
    if (depth > DEPTH_MAX)
        luaL_error(lua, "a value within more than %d others", DEPTH_MAX);
    lua_createtable(lua, named ? 0 : size_hint(d->n), named ? size_hint(d->n) : 0);
    for (size_t i = 0; i < d->n; i++) {
        push_at(lua, &d->items[i], depth + 1);
        if (named)
            lua_setfield(lua, -2, d->names[i]);
        else
            lua_rawseti(lua, -2, (lua_Integer)i + 1);
    }
    if (!d->wire.data)
        return;
    lua_createtable(lua, 0, 1);
    push_bytes(lua, d->wire);
    lua_setfield(lua, -2, WIRE);
    lua_setmetatable(lua, -2);
}

static void push_at(lua_State *lua, const struct datum *d, int depth)
{
    switch (d->kind) {
    case DATUM_NONE: lua_pushnil(lua); return;
    case DATUM_INT:
    case DATUM_UINT: lua_pushinteger(lua, d->i); return;
    case DATUM_REAL: lua_pushnumber(lua, d->real); return;
    case DATUM_BOOL: lua_pushboolean(lua, d->i != 0); return;
    case DATUM_BYTES: push_bytes(lua, d->bytes); return;
    case DATUM_LIST:
    case DATUM_RECORD: push_items(lua, d, depth); return;
    }
}

void expr_push(lua_State *lua, const struct datum *d)
{
    push_at(lua, d, 0);
}

static int unsigned_text(lua_State *lua)
{
    char text[24];

    snprintf(text, sizeof text, "%llu", *(const unsigned long long *)luaL_checkudata(lua, 1, UNSIGNED));
    lua_pushstring(lua, text);
    return 1;
}

int expr_unsigned(lua_State *lua)
{
    lua_Integer i = luaL_checkinteger(lua, 1);

    *(lua_Integer *)lua_newuserdatauv(lua, sizeof i, 0) = i;
    luaL_newmetatable(lua, UNSIGNED);
    lua_pushcfunction(lua, unsigned_text);
    lua_setfield(lua, -2, "__tostring");
    lua_setmetatable(lua, -2);
    return 1;
}

/* ---- from Lua ------------------------------------------------------------------------------------ */

struct taking {
    lua_State *lua;
    struct arena *arena;
    size_t left; /* bytes: a table may hold one long text very often */
};

static void pay_bytes(struct taking *t, size_t size)
{
    if (size > t->left)
        luaL_error(t->lua, "the result is larger than %d KiB", (int)(expr_of(t->lua)->limits.memory >> 10));
    t->left -= size;
}

static struct datum take_at(struct taking *t, int index, int depth);

/* The text at `index`, which stays Lua's. */
static struct bytes text_at(lua_State *lua, int index)
{
    size_t len;
    const char *text = lua_tolstring(lua, index, &len);

    return (struct bytes){(const uint8_t *)text, len};
}

static struct datum take_list(struct taking *t, int index, size_t n, int depth)
{
    struct datum out = {.kind = DATUM_LIST, .n = n};

    out.items = arena_new(t->arena, n * sizeof *out.items);
    for (size_t i = 0; i < n; i++) {
        lua_rawgeti(t->lua, index, (lua_Integer)i + 1);
        out.items[i] = take_at(t, lua_gettop(t->lua), depth + 1);
        lua_pop(t->lua, 1);
    }
    return out;
}

struct named_item {
    const char *name;
    struct datum value;
};

static int by_name(const void *a, const void *b)
{
    const struct named_item *one = a, *other = b;

    return strcmp(one->name, other->name);
}

static const char *take_name(struct taking *t, int index)
{
    struct bytes name;

    if (lua_type(t->lua, index) != LUA_TSTRING)
        luaL_error(t->lua, "the result is a table with both names and numbers");
    name = text_at(t->lua, index);
    if (memchr(name.data, 0, name.len))
        luaL_error(t->lua, "the result is a table with a NUL in a name");
    pay_bytes(t, name.len);
    return (const char *)arena_bytes(t->arena, name).data;
}

static struct datum take_record(struct taking *t, int index, size_t n, int depth)
{
    struct named_item *items = arena_new(t->arena, n * sizeof *items);
    struct datum out = {.kind = DATUM_RECORD, .n = n};
    size_t i = 0;

    for (lua_pushnil(t->lua); lua_next(t->lua, index); lua_pop(t->lua, 1)) {
        items[i].name = take_name(t, -2);
        items[i++].value = take_at(t, lua_gettop(t->lua), depth + 1);
    }
    qsort(items, n, sizeof *items, by_name);
    out.items = arena_new(t->arena, n * sizeof *out.items);
    out.names = arena_new(t->arena, n * sizeof *out.names);
    for (i = 0; i < n; i++) {
        out.items[i] = items[i].value;
        out.names[i] = items[i].name;
    }
    return out;
}

static size_t count_pairs(lua_State *lua, int index)
{
    size_t n = 0;

    for (lua_pushnil(lua); lua_next(lua, index); lua_pop(lua, 1))
        n++;
    return n;
}

static struct datum take_table(struct taking *t, int index, int depth)
{
    size_t n = count_pairs(t->lua, index), listed = lua_rawlen(t->lua, index);

    luaL_checkstack(t->lua, 4, "a value within too many others");
    if (depth > DEPTH_MAX)
        luaL_error(t->lua, "the result is a table within more than %d others: within itself?", DEPTH_MAX);
    pay_bytes(t, n * sizeof(struct named_item));
    return n == listed ? take_list(t, index, n, depth) : take_record(t, index, n, depth);
}

/* What has no fraction is an integer: `total / 2` is 21, not 21.0. */
static struct datum take_number(lua_State *lua, int index)
{
    lua_Number real = lua_tonumber(lua, index);
    lua_Integer i;

    if (lua_isinteger(lua, index))
        return datum_int(lua_tointeger(lua, index));
    if (lua_numbertointeger(real, &i) && (lua_Number)i == real)
        return datum_int(i);
    return (struct datum){.kind = DATUM_REAL, .real = real};
}

static struct datum take_at(struct taking *t, int index, int depth)
{
    lua_State *lua = t->lua;

    switch (lua_type(lua, index)) {
    case LUA_TNIL: return (struct datum){.kind = DATUM_NONE};
    case LUA_TBOOLEAN: return (struct datum){.kind = DATUM_BOOL, .i = lua_toboolean(lua, index)};
    case LUA_TNUMBER: return take_number(lua, index);
    case LUA_TSTRING:
        pay_bytes(t, lua_rawlen(lua, index));
        return datum_bytes(arena_bytes(t->arena, text_at(lua, index)));
    case LUA_TTABLE: return take_table(t, index, depth);
    case LUA_TUSERDATA: return datum_uint(*(const uint64_t *)luaL_checkudata(lua, index, UNSIGNED));
    default: luaL_error(lua, "the result is a %s, which is no value", luaL_typename(lua, index));
    }
    return (struct datum){0};
}

struct datum expr_take(lua_State *lua, int index, struct arena *a)
{
    struct taking t = {lua, a, expr_of(lua)->limits.memory};

    return take_at(&t, lua_absindex(lua, index), 0);
}

struct bytes expr_arg_bytes(lua_State *lua, int index)
{
    struct bytes b;

    if (lua_istable(lua, index) && luaL_getmetafield(lua, index, WIRE) == LUA_TSTRING) {
        b = text_at(lua, -1);
        lua_pop(lua, 1); /* the metatable still has it */
        return b;
    }
    if (lua_type(lua, index) != LUA_TSTRING)
        luaL_typeerror(lua, index, "text or message");
    return text_at(lua, index);
}
