/* state.h - what the files of harness/expr share: the Lua state with its bounds. Nobody else includes it. */
#pragma once
#include <lauxlib.h>
#include <lua.h>

#include "base/rng.h"
#include "expr/expr.h"

/* Why an evaluation was ended, besides LUA_ERRMEM: no pcall of ours catches either. */
enum stop { STOP_NONE, STOP_STEPS, STOP_TIME };

struct expr {
    lua_State *lua;
    struct arena arena; /* known */
    struct expr_limits limits;
    struct bytes functions; /* owned copy of the spec's */
    size_t held;            /* bytes that Lua has */
    uint64_t left;          /* steps of this evaluation */
    int64_t ends;           /* when it has taken too long, by this thread's CPU clock */
    enum stop stop;
    struct rng rng;
    struct expr_names names; /* of this evaluation, as are the next two */
    struct expr_error *error;
    const struct datum *looked_up; /* the name's value that was asked for last */
    const char **known;
    size_t n_known;
};

/* Where things are in Lua's registry. */
#define EXPR_KNOWN "sockgrade.known"     /* a table: what every expression may name */
#define EXPR_OUTSIDE "sockgrade.outside" /* the metatable of an expression's own names */

/* How Lua names the two texts that code can be of. */
#define EXPR_CHUNK "expr"
#define EXPR_PRELUDE "functions"

/* ---- bounds.c ------------------------------------------------------------------------------------ */

struct expr *expr_of(lua_State *lua);
lua_State *expr_lua_new(struct expr *x); /* NULL: its memory is too little even for that */
/* Calls f(data) within the bounds. False: *e says why. */
bool expr_protected(struct expr *x, lua_CFunction f, void *data, struct expr_error *e);
/* Pays for work that Lua's instructions do not count: raises the error that ends the evaluation. */
void expr_pay(lua_State *lua, uint64_t steps);

/* ---- texts.c: each pushes a function, or raises an error ----------------------------------------- */

void expr_compile(lua_State *lua, struct bytes text, enum expr_form form);
void expr_compile_prelude(lua_State *lua, struct bytes text);

/* ---- values.c: each may raise an error ----------------------------------------------------------- */

void expr_push(lua_State *lua, const struct datum *d);
/* The value at `index`; what it holds is copied into the arena. */
struct datum expr_take(lua_State *lua, int index, struct arena *a);
/* An argument as bytes: a text, or a message by its bytes on the wire. Numbers are refused. */
struct bytes expr_arg_bytes(lua_State *lua, int index);
int expr_unsigned(lua_State *lua); /* the helper `unsigned` */

/* ---- filling the table of known names, on the top of the stack ----------------------------------- */

void expr_open_libraries(lua_State *lua); /* sandbox.c */
void expr_open_helpers(lua_State *lua);   /* helpers.c */
void expr_open_rx(lua_State *lua);        /* rx.c */
/* Replaces the table on the top by one that shows the same and takes no assignments. */
void expr_freeze(lua_State *lua);

/* ---- names.c ------------------------------------------------------------------------------------- */

/* Tells each use of a name from outside in a function that lua_dump wrote; `assigned`: it is given a value.
 */
void expr_walk_names(struct bytes dump, void (*use)(void *data, struct bytes name, bool assigned),
                     void *data);
