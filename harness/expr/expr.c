/* expr.c - see expr.h: which names there are, and how a text is evaluated among them. */
#include "base/mem.h"
#include "expr/state.h"

#include <stdlib.h>
#include <string.h>

/* ---- names --------------------------------------------------------------------------------------- */

/* Gives the function on the top its names: those of the evaluation, and behind them the known ones. */
static void give_names(lua_State *lua)
{
    lua_newtable(lua);
    luaL_setmetatable(lua, EXPR_OUTSIDE);
    lua_setupvalue(lua, -2, 1); /* _ENV, which every text has */
}

/* Tables are made once, so that each stays the same one; the name that was asked for last is kept, for
 * size(name). */
static int push_named(lua_State *lua, const struct datum *value)
{
    expr_of(lua)->looked_up = value;
    expr_push(lua, value);
    if (lua_istable(lua, -1)) {
        lua_pushvalue(lua, 2);
        lua_pushvalue(lua, 3);
        lua_rawset(lua, 1);
    }
    return 1;
}

/* __index of an expression's own names: made when they are asked for, for most are not. */
static int find_outside(lua_State *lua)
{
    struct expr *x = expr_of(lua);
    const char *name = luaL_checkstring(lua, 2);

    lua_settop(lua, 2);
    for (size_t i = 0; i < x->names.n; i++)
        if (strcmp(x->names.names[i].name, name) == 0)
            return push_named(lua, x->names.names[i].value);
    luaL_getmetatable(lua, EXPR_KNOWN);
    lua_pushvalue(lua, 2);
    if (lua_rawget(lua, -2) == LUA_TNIL)
        return luaL_error(lua, "nothing here is called `%s`", name);
    return 1;
}

static int refuse_assignment(lua_State *lua)
{
    return luaL_error(lua, "`%s` cannot be given a value: write `local %s`", lua_tostring(lua, 2),
                      lua_tostring(lua, 2));
}

/* ---- beginning ----------------------------------------------------------------------------------- */

/* A table of names for `functions`, which shows the known ones. */
static void push_prelude_names(lua_State *lua, int known)
{
    lua_newtable(lua);
    lua_newtable(lua);
    lua_pushvalue(lua, known);
    lua_setfield(lua, -2, "__index");
    lua_setmetatable(lua, -2);
}

/* Moves all that it has to the known ones; from now on it takes no more. */
static void close_prelude_names(lua_State *lua, int names, int known)
{
    for (lua_pushnil(lua); lua_next(lua, names);) {
        lua_pushvalue(lua, -2);
        lua_insert(lua, -2);
        lua_rawset(lua, known);
        lua_pushvalue(lua, -1);
        lua_pushnil(lua);
        lua_rawset(lua, names);
    }
    lua_getmetatable(lua, names);
    lua_pushcfunction(lua, refuse_assignment);
    lua_setfield(lua, -2, "__newindex");
}

/* The known names are on the top of the stack. */
static void run_prelude(lua_State *lua, struct bytes text)
{
    int known = lua_gettop(lua);

    push_prelude_names(lua, known);
    expr_compile_prelude(lua, text);
    lua_pushvalue(lua, known + 1);
    lua_setupvalue(lua, -2, 1);
    lua_call(lua, 0, 0);
    close_prelude_names(lua, known + 1, known);
    lua_settop(lua, known);
}

static int compare_names(const void *a, const void *b)
{
    const char *const *one = a, *const *other = b;

    return strcmp(*one, *other);
}

static void list_known(lua_State *lua, struct expr *x)
{
    size_t n = 0;

    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1))
        n += lua_type(lua, -2) == LUA_TSTRING;
    x->known = arena_new(&x->arena, (n + 1) * sizeof *x->known);
    for (lua_pushnil(lua); lua_next(lua, -2); lua_pop(lua, 1))
        if (lua_type(lua, -2) == LUA_TSTRING)
            x->known[x->n_known++] = arena_text(&x->arena, lua_tostring(lua, -2));
    qsort(x->known, x->n_known, sizeof *x->known, compare_names);
}

static int begin(lua_State *lua)
{
    const struct bytes *functions = lua_touserdata(lua, 1);

    luaL_newmetatable(lua, EXPR_OUTSIDE);
    lua_pushcfunction(lua, find_outside);
    lua_setfield(lua, -2, "__index");
    lua_pushcfunction(lua, refuse_assignment);
    lua_setfield(lua, -2, "__newindex");
    lua_newtable(lua);
    lua_pushvalue(lua, -1);
    lua_setfield(lua, LUA_REGISTRYINDEX, EXPR_KNOWN);
    expr_open_libraries(lua);
    expr_open_helpers(lua);
    expr_open_rx(lua);
    run_prelude(lua, *functions);
    list_known(lua, expr_of(lua));
    return 0;
}

/* A state of Lua's that knows nothing but helpers and the spec's functions. */
static bool start(struct expr *x, struct expr_error *e)
{
    x->left = x->limits.steps;
    expr_seed(x, 0);
    x->lua = expr_lua_new(x);
    *e = (struct expr_error){.text = "there is no memory for expressions"};
    return x->lua && expr_protected(x, begin, &x->functions, e);
}

static struct bytes bytes_copy(struct bytes b)
{
    uint8_t *copy = mem_new(b.len + 1);

    if (b.len)
        memcpy(copy, b.data, b.len);
    return (struct bytes){copy, b.len};
}

struct expr *expr_new(struct bytes functions, struct expr_limits limits, struct expr_error *e)
{
    struct expr *x = mem_new(sizeof *x);

    x->limits = limits;
    x->functions = bytes_copy(functions);
    if (start(x, e))
        return x;
    expr_free(x);
    return NULL;
}

bool expr_begin(struct expr *x, uint64_t seed)
{
    struct expr_error e;

    if (x->functions.len == 0) { /* nothing could have been kept */
        expr_seed(x, seed);
        return true;
    }
    lua_close(x->lua);
    arena_deinit(&x->arena);
    *x = (struct expr){.limits = x->limits, .functions = x->functions};
    if (!start(x, &e))
        return false;
    expr_seed(x, seed);
    return true;
}

void expr_free(struct expr *x)
{
    if (!x)
        return;
    if (x->lua)
        lua_close(x->lua);
    arena_deinit(&x->arena);
    mem_free((void *)x->functions.data);
    mem_free(x);
}

void expr_seed(struct expr *x, uint64_t seed)
{
    enum { STREAM = 0x4c7561 }; /* not that of splits or !random */

    x->rng = rng_seed(seed, STREAM);
}

const char *const *expr_known_names(struct expr *x)
{
    return x->known;
}

bool expr_knows(struct expr *x, const char *name)
{
    return bsearch(&name, x->known, x->n_known, sizeof *x->known, compare_names);
}

struct asking {
    const char *name;
    bool is_function;
};

static int ask(lua_State *lua)
{
    struct asking *q = lua_touserdata(lua, 1);

    luaL_getmetatable(lua, EXPR_KNOWN);
    q->is_function = lua_getfield(lua, -1, q->name) == LUA_TFUNCTION;
    return 0;
}

bool expr_is_function(struct expr *x, const char *name)
{
    struct asking q = {.name = name};
    struct expr_error e;

    return expr_protected(x, ask, &q, &e) && q.is_function;
}

/* ---- evaluating ---------------------------------------------------------------------------------- */

struct evaluation {
    struct bytes text;
    enum expr_form form;
    struct arena *arena;
    struct datum out;
    struct expr_verdict verdict;
    const char *function; /* expr_call */
    const struct datum *args;
    size_t n_args;
};

static int evaluate(lua_State *lua)
{
    struct evaluation *v = lua_touserdata(lua, 1);

    expr_compile(lua, v->text, v->form);
    give_names(lua);
    lua_call(lua, 0, 1);
    v->out = expr_take(lua, -1, v->arena);
    return 0;
}

/* A name alone keeps all that its value is: also what Lua has no word for. */
static const struct datum *named_alone(struct bytes text, struct expr_names names)
{
    while (text.len && text.data[0] == ' ')
        text = bytes_slice(text, 1, text.len);
    while (text.len && text.data[text.len - 1] == ' ')
        text.len--;
    for (size_t i = 0; i < names.n; i++)
        if (bytes_equal(bytes_of(names.names[i].name), text))
            return names.names[i].value;
    return NULL;
}

bool expr_eval(struct expr *x, struct bytes text, enum expr_form form, struct expr_names names,
               struct arena *a, struct datum *out, struct expr_error *e)
{
    struct evaluation v = {.text = text, .form = form, .arena = a};
    const struct datum *alone = named_alone(text, names);

    if (alone) {
        *out = *alone;
        return true;
    }
    x->names = names;
    if (!expr_protected(x, evaluate, &v, e))
        return false;
    *out = v.out;
    return true;
}

static int judge(lua_State *lua)
{
    struct evaluation *v = lua_touserdata(lua, 1);

    expr_compile(lua, v->text, v->form);
    give_names(lua);
    lua_call(lua, 0, 2);
    if (lua_isnil(lua, -2))
        return luaL_error(lua, "this gives neither true nor false, but nothing: is a `return` missing?");
    if (!lua_isboolean(lua, -2))
        return luaL_error(lua, "this gives neither true nor false, but a %s", luaL_typename(lua, -2));
    v->verdict.holds = lua_toboolean(lua, -2);
    if (lua_isnil(lua, -1))
        return 0;
    if (lua_type(lua, -1) != LUA_TSTRING)
        return luaL_error(lua, "the reason is a %s instead of a text", luaL_typename(lua, -1));
    v->verdict.reason = expr_take(lua, -1, v->arena).bytes;
    return 0;
}

bool expr_check(struct expr *x, struct bytes text, enum expr_form form, struct expr_names names,
                struct arena *a, struct expr_verdict *out, struct expr_error *e)
{
    struct evaluation v = {.text = text, .form = form, .arena = a};

    x->names = names;
    if (!expr_protected(x, judge, &v, e))
        return false;
    *out = v.verdict;
    return true;
}

static int call(lua_State *lua)
{
    struct evaluation *v = lua_touserdata(lua, 1);

    luaL_getmetatable(lua, EXPR_KNOWN);
    if (lua_getfield(lua, -1, v->function) != LUA_TFUNCTION)
        return luaL_error(lua, "there is no function `%s`", v->function);
    luaL_checkstack(lua, (int)v->n_args, "too many arguments");
    for (size_t i = 0; i < v->n_args; i++)
        expr_push(lua, &v->args[i]);
    lua_call(lua, (int)v->n_args, 1);
    v->out = expr_take(lua, -1, v->arena);
    return 0;
}

bool expr_call(struct expr *x, const char *function, const struct datum *args, size_t n, struct arena *a,
               struct datum *out, struct expr_error *e)
{
    struct evaluation v = {.arena = a, .function = function, .args = args, .n_args = n};

    if (!expr_protected(x, call, &v, e))
        return false;
    *out = v.out;
    return true;
}
