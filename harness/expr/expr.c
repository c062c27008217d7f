/*
 * expr.c - see expr.h: the state, its bounds, and what is done in it.
 *
 * Bounds. A hook counts instructions by the thousand; helpers, and the allocator for each byte that Lua
 * copies somewhere, pay into the same account. That makes an end the same everywhere. What is left are single
 * instructions on values of many megabytes (`a == b`): for those the CPU clock stands behind. When an account
 * is empty, `stop` says so, and our own pcall hands the error on.
 *
 * All of Lua's calls that may fail happen in protected(), for an error outside of it would end the process.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "expr/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOOK_STEPS 1000
#define COPY_BYTES 32   /* that one step pays for */
#define REFUSALS_MAX 10 /* each has cost a collection of all garbage */
#define GC_PAUSE 125    /* a collection begins at so many percent of what was alive: buffers wait for none */

/* How Lua names the two texts that it can be in. */
#define CHUNK "expr"
#define PRELUDE "functions"

/* ---- bounds -------------------------------------------------------------------------------------- */

struct expr *expr_of(lua_State *lua)
{
    void *x;

    lua_getallocf(lua, &x);
    return x;
}

static int64_t cpu_now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

static void spend(struct expr *x, uint64_t steps)
{
    x->left -= steps < x->left ? steps : x->left;
    if (x->left == 0 && x->stop == STOP_NONE)
        x->stop = STOP_STEPS;
}

/* The innermost line that somebody wrote. Asks Lua for no memory. */
static void find_line(lua_State *lua, struct expr_error *e)
{
    lua_Debug ar;

    for (int level = 0; lua_getstack(lua, level, &ar); level++)
        if (lua_getinfo(lua, "Sl", &ar) && ar.currentline > 0) {
            e->line = ar.currentline;
            e->in_functions = strcmp(ar.short_src, PRELUDE) == 0;
            return;
        }
}

/* On false Lua collects its garbage and asks again, before it gives up, without a message handler: so this is
 * the last chance to see where that was. */
static bool afford(struct expr *x, size_t more, size_t copied)
{
    bool fits = more <= x->limits.memory - x->held;

    spend(x, copied / COPY_BYTES);
    if (!fits && ++x->refusals > REFUSALS_MAX && x->stop == STOP_NONE)
        x->stop = STOP_MEMORY;
    if (fits && x->stop == STOP_NONE)
        return true;
    if (x->error && x->lua)
        find_line(x->lua, x->error);
    return false;
}

/* Lua's allocator. To shrink a block never fails; that is a promise of lua_Alloc. */
static void *allocate(void *data, void *block, size_t old, size_t size)
{
    struct expr *x = data;

    if (!block)
        old = 0; /* then it tells what is allocated */
    if (size == 0) {
        x->held -= old;
        free(block);
        return NULL;
    }
    if (size > old && !afford(x, size - old, size))
        return NULL;
    x->held += size - old;
    return mem_grow(block, size);
}

/* Without a text, for which there is no memory any more: explain() says why. */
static void stop_now(lua_State *lua)
{
    lua_pushboolean(lua, false);
    lua_error(lua);
}

static void hook(lua_State *lua, lua_Debug *ar)
{
    struct expr *x = expr_of(lua);

    (void)ar;
    spend(x, HOOK_STEPS);
    if (x->stop == STOP_NONE && cpu_now() > x->ends)
        x->stop = STOP_TIME;
    if (x->stop != STOP_NONE)
        stop_now(lua);
}

void expr_pay(lua_State *lua, uint64_t steps)
{
    struct expr *x = expr_of(lua);

    spend(x, steps);
    if (x->stop != STOP_NONE)
        stop_now(lua);
}

/* Lua's buffers for texts raise a plain error, of this text. */
static bool is_memory_error(lua_State *lua, int index)
{
    return lua_type(lua, index) == LUA_TSTRING && strcmp(lua_tostring(lua, index), "not enough memory") == 0;
}

bool expr_is_over(lua_State *lua, int status)
{
    return status == LUA_ERRMEM || expr_of(lua)->stop != STOP_NONE || is_memory_error(lua, -1);
}

/* ---- errors -------------------------------------------------------------------------------------- */

static void say(struct expr_error *e, const char *text)
{
    snprintf(e->text, sizeof e->text, "%s", text);
}

/* Lua puts "expr:3: " before a message; here that becomes the line. Returns the rest. */
static const char *without_place(const char *text, struct expr_error *e)
{
    static const char *const chunks[] = {CHUNK ":", PRELUDE ":"};

    for (size_t i = 0; i < array_len(chunks); i++) {
        char *end;
        long line;

        if (strncmp(text, chunks[i], strlen(chunks[i])) != 0)
            continue;
        line = strtol(text + strlen(chunks[i]), &end, 10);
        if (end[0] != ':' || end[1] != ' ')
            continue;
        e->line = (int)line;
        e->in_functions = i == 1;
        return end + 2;
    }
    return text;
}

static void say_stop(const struct expr *x, struct expr_error *e)
{
    switch (x->stop) {
    case STOP_STEPS:
        snprintf(e->text, sizeof e->text, "this takes more than %llu steps: does a loop never end?",
                 (unsigned long long)x->limits.steps);
        return;
    case STOP_TIME: say(e, "this takes too long"); return;
    case STOP_MEMORY:
    case STOP_NONE:
        snprintf(e->text, sizeof e->text, "this takes more than %zu KiB of memory", x->limits.memory >> 10);
        return;
    }
}

/* What Lua says where one took the other sign for a comparison. */
static const char *reword(const char *text)
{
    if (strcmp(text, "<eof> expected near '='") == 0)
        return "`=` gives a name its value; to compare is `==`";
    return text;
}

/* "bad argument #2 to '?' (no value)": of a function that we called for the text. */
static void drop_unknown_name(char *text)
{
    static const char unknown[] = " to '?'";
    char *at = strstr(text, unknown);

    if (at)
        memmove(at, at + sizeof unknown - 1, strlen(at + sizeof unknown - 1) + 1);
}

/* The message handler: it is called where the error is raised, with its value. */
static int explain(lua_State *lua)
{
    struct expr *x = expr_of(lua);
    struct expr_error *e = x->error;

    find_line(lua, e);
    if (x->stop != STOP_NONE || is_memory_error(lua, 1)) {
        say_stop(x, e);
    } else if (lua_type(lua, 1) == LUA_TSTRING) {
        say(e, reword(without_place(lua_tostring(lua, 1), e)));
        drop_unknown_name(e->text);
    } else {
        snprintf(e->text, sizeof e->text, "error() was given a %s instead of a text", luaL_typename(lua, 1));
    }
    return 1;
}

/* Calls f(data) within the bounds. False: *e says why. */
static bool protected(struct expr *x, lua_CFunction f, void *data, struct expr_error *e)
{
    lua_State *lua = x->lua;
    int status;

    *e = (struct expr_error){0};
    x->error = e;
    x->left = x->limits.steps;
    x->ends = cpu_now() + x->limits.time;
    x->refusals = 0;
    x->stop = STOP_NONE;
    lua_pushcfunction(lua, explain);
    lua_pushcfunction(lua, f);
    lua_pushlightuserdata(lua, data);
    status = lua_pcall(lua, 1, 0, -3);
    if (status == LUA_ERRMEM) /* for which Lua asks no handler */
        say_stop(x, e);
    else if (status == LUA_ERRERR)
        say(e, "this calls itself too deeply");
    lua_settop(lua, 0);
    x->error = NULL;
    x->looked_up = NULL;
    x->names = (struct expr_names){0};
    return status == LUA_OK;
}

/* ---- texts --------------------------------------------------------------------------------------- */

struct reading {
    struct bytes parts[3];
    size_t next;
};

static const char *next_part(lua_State *lua, void *data, size_t *size)
{
    struct reading *r = data;

    (void)lua;
    while (r->next < array_len(r->parts) && r->parts[r->next].len == 0)
        r->next++;
    if (r->next == array_len(r->parts))
        return NULL;
    *size = r->parts[r->next].len;
    return (const char *)r->parts[r->next++].data;
}

/* Pushes the function that the text is, or what is wrong with it. Never takes compiled code. */
static bool load(lua_State *lua, const char *before, struct bytes text, const char *after)
{
    struct reading r = {{bytes_of(before), text, bytes_of(after)}, 0};
    int status = lua_load(lua, next_part, &r, "=" CHUNK, "t");

    if (status == LUA_ERRMEM)
        lua_error(lua);
    return status == LUA_OK;
}

static bool is_blank(struct bytes text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!memchr(" \t\r\n", text.data[i], 4))
            return false;
    return true;
}

static bool is_block(struct bytes text)
{
    return bytes_find(text, bytes_of("return")) || bytes_find(text, bytes_of("\n"));
}

/* Pushes the function, or raises an error. */
static void compile(lua_State *lua, struct bytes text, enum expr_form form)
{
    if (is_blank(text))
        luaL_error(lua, "here an expression is missing");
    if (load(lua, "return ", text, ""))
        return;
    if (form == EXPR_VALUE)
        lua_error(lua);
    if (load(lua, "", text, ""))
        return;
    if (!is_block(text))
        lua_pop(lua, 1); /* it was meant as an expression: that message says more */
    lua_error(lua);
}

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
    struct reading r = {{text}, 0};
    int known = lua_gettop(lua);

    push_prelude_names(lua, known);
    if (lua_load(lua, next_part, &r, "=" PRELUDE, "t") != LUA_OK)
        lua_error(lua);
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

struct expr *expr_new(struct bytes functions, struct expr_limits limits, struct expr_error *e)
{
    struct expr *x = mem_new(sizeof *x);

    *x = (struct expr){.limits = limits, .left = limits.steps};
    expr_seed(x, 0);
    x->lua = lua_newstate(allocate, x);
    *e = (struct expr_error){.text = "there is no memory for expressions"};
    if (x->lua) {
        lua_sethook(x->lua, hook, LUA_MASKCOUNT, HOOK_STEPS);
        lua_gc(x->lua, LUA_GCINC, GC_PAUSE, 0, 0);
    }
    if (x->lua && protected(x, begin, &functions, e))
        return x;
    expr_free(x);
    return NULL;
}

void expr_free(struct expr *x)
{
    if (!x)
        return;
    if (x->lua)
        lua_close(x->lua);
    arena_deinit(&x->arena);
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

/* ---- looking ------------------------------------------------------------------------------------- */

struct looking {
    struct bytes text;
    enum expr_form form;
    struct buf *dump;
    bool single;
};

static int write_dump(lua_State *lua, const void *data, size_t size, void *into)
{
    (void)lua;
    buf_append(into, (struct bytes){data, size});
    return 0;
}

static int look(lua_State *lua)
{
    struct looking *l = lua_touserdata(lua, 1);

    compile(lua, l->text, l->form);
    lua_dump(lua, write_dump, l->dump, false);
    /* `a, b` is well-formed after `return`, but no expression. */
    l->single = l->form == EXPR_BLOCK || load(lua, "return (", l->text, "\n)");
    return 0;
}

/* The first name that is assigned to. */
static void note_assigned(void *data, struct bytes name, bool assigned)
{
    struct bytes *first = data;

    if (assigned && first->len == 0)
        *first = name;
}

bool expr_compiles(struct expr *x, struct bytes text, enum expr_form form, struct expr_error *e)
{
    _cleanup_buf_ struct buf dump = BUF_INIT;
    struct looking l = {.text = text, .form = form, .dump = &dump};
    struct bytes name = {0};

    if (!protected(x, look, &l, e))
        return false;
    e->line = 1;
    if (!l.single) {
        say(e, "this is no single value");
        return false;
    }
    expr_walk_names(buf_view(&dump), note_assigned, &name);
    if (name.len == 0)
        return true;
    e->line = 0;
    snprintf(e->text, sizeof e->text, "`%.*s` is no local, so it cannot be given a value: write `local %.*s`",
             (int)name.len, (const char *)name.data, (int)name.len, (const char *)name.data);
    return false;
}

struct gathering {
    struct arena *arena;
    const char **names;
    size_t n, cap;
};

static void gather(void *data, struct bytes name, bool assigned)
{
    struct gathering *g = data;

    (void)assigned;
    for (size_t i = 0; i < g->n; i++)
        if (bytes_equal(bytes_of(g->names[i]), name))
            return;
    *array_push(g->names, g->n, g->cap) = (const char *)arena_bytes(g->arena, name).data;
}

size_t expr_free_names(struct expr *x, struct bytes text, enum expr_form form, struct arena *a,
                       const char ***names)
{
    _cleanup_buf_ struct buf dump = BUF_INIT;
    struct looking l = {.text = text, .form = form, .dump = &dump};
    struct gathering g = {.arena = a};
    struct expr_error e;

    if (protected(x, look, &l, &e))
        expr_walk_names(buf_view(&dump), gather, &g);
    *names = arena_copy(a, g.names, g.n * sizeof *g.names);
    mem_free(g.names);
    return g.n;
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

    return protected(x, ask, &q, &e) && q.is_function;
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

    compile(lua, v->text, v->form);
    give_names(lua);
    lua_call(lua, 0, 1);
    v->out = expr_take(lua, -1, v->arena);
    return 0;
}

/* A name alone keeps all that its value is: also what Lua has no word for. */
static const struct datum *named_alone(struct bytes text, struct expr_names names)
{
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
    if (!protected(x, evaluate, &v, e))
        return false;
    *out = v.out;
    return true;
}

static int judge(lua_State *lua)
{
    struct evaluation *v = lua_touserdata(lua, 1);

    compile(lua, v->text, v->form);
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
    if (!protected(x, judge, &v, e))
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

    if (!protected(x, call, &v, e))
        return false;
    *out = v.out;
    return true;
}
