/*
 * bounds.c - what keeps an evaluation within its bounds, and says which one it came to.
 *
 * A hook counts instructions by the thousand; helpers, and the allocator for each byte that Lua copies
 * somewhere, pay into the same account. That makes an end the same everywhere. What is left are single
 * instructions on values of many megabytes (`a == b`): for those the CPU clock stands behind. When an account
 * is empty, `stop` says so, and our own pcall hands the error on.
 *
 * All of Lua's calls that may fail happen in expr_protected(), for an error outside of it would end the
 * process.
 */
#include "base/clock.h"
#include "base/mem.h"
#include "expr/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define HOOK_STEPS 1000
#define COPY_BYTES 32 /* that one step pays for */
#define GC_PAUSE 125  /* a collection begins at so many percent of what was alive: buffers wait for none */

/* ---- accounts -------------------------------------------------------------------------------------- */

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
            e->in_functions = strcmp(ar.short_src, EXPR_PRELUDE) == 0;
            return;
        }
}

/* On false Lua collects its garbage and asks again, before it gives up, without a message handler: so this is
 * the last chance to see where that was. */
static bool afford(struct expr *x, size_t more, size_t copied)
{
    bool fits = more <= x->limits.memory - x->held;

    spend(x, copied / COPY_BYTES);
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

lua_State *expr_lua_new(struct expr *x)
{
    lua_State *lua = lua_newstate(allocate, x);

    if (!lua)
        return NULL;
    lua_sethook(lua, hook, LUA_MASKCOUNT, HOOK_STEPS);
    lua_gc(lua, LUA_GCINC, GC_PAUSE, 0, 0);
    return lua;
}

/* ---- errors -------------------------------------------------------------------------------------- */

static void say(struct expr_error *e, const char *text)
{
    snprintf(e->text, sizeof e->text, "%s", text);
}

/* Lua puts "expr:3: " before a message; here that becomes the line. Returns the rest. */
static const char *without_place(const char *text, struct expr_error *e)
{
    static const char *const chunks[] = {EXPR_CHUNK ":", EXPR_PRELUDE ":"};

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
    if (x->stop != STOP_NONE) {
        say_stop(x, e);
    } else if (lua_type(lua, 1) == LUA_TSTRING) {
        say(e, reword(without_place(lua_tostring(lua, 1), e)));
        drop_unknown_name(e->text);
    } else {
        snprintf(e->text, sizeof e->text, "error() was given a %s instead of a text", luaL_typename(lua, 1));
    }
    return 1;
}

bool expr_protected(struct expr *x, lua_CFunction f, void *data, struct expr_error *e)
{
    lua_State *lua = x->lua;
    int status;

    *e = (struct expr_error){0};
    x->error = e;
    x->left = x->limits.steps;
    x->ends = cpu_now() + x->limits.time;
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
