/* texts.c - from a text to a function, and what can be said of it without calling it. */
#include "base/mem.h"
#include "expr/state.h"

#include <stdio.h>
#include <string.h>

/* ---- compiling ----------------------------------------------------------------------------------- */

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
    int status = lua_load(lua, next_part, &r, "=" EXPR_CHUNK, "t");

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

void expr_compile(lua_State *lua, struct bytes text, enum expr_form form)
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

void expr_compile_prelude(lua_State *lua, struct bytes text)
{
    struct reading r = {{text}, 0};

    if (lua_load(lua, next_part, &r, "=" EXPR_PRELUDE, "t") != LUA_OK)
        lua_error(lua);
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

    expr_compile(lua, l->text, l->form);
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

    if (!expr_protected(x, look, &l, e))
        return false;
    e->line = 1;
    if (!l.single) {
        snprintf(e->text, sizeof e->text, "this is no single value");
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

    if (expr_protected(x, look, &l, &e))
        expr_walk_names(buf_view(&dump), gather, &g);
    *names = arena_copy(a, g.names, g.n * sizeof *g.names);
    mem_free(g.names);
    return g.n;
}
