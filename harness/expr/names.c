/*
 * names.c - which names a text takes from outside, as Lua's own compiler sees it.
 *
 * Scopes of locals are the compiler's business, and it writes down what it found: a name that is no local is
 * read by GETTABUP, and given a value by SETTABUP, on the upvalue _ENV. So this reads what lua_dump writes.
 * The format is that of Lua 5.4 (ldump.c, lopcodes.h); of another version nothing is told, and a name that
 * is not known is then found when it is used. So is the 256th constant of a function, or a name of more than
 * 40 bytes, which the compiler handles in other ways.
 */
#include "base/mem.h"
#include "expr/state.h"

#include <string.h>

#define OP_GETTABUP 11u
#define OP_SETTABUP 15u
#define UPVALUES_MAX 256u

struct walk {
    struct bytes rest;
    void (*use)(void *data, struct bytes name, bool assigned);
    void *data;
};

static struct bytes take(struct walk *w, size_t n)
{
    struct bytes taken = bytes_slice(w->rest, 0, n);

    w->rest = bytes_slice(w->rest, taken.len, w->rest.len);
    return taken;
}

static unsigned take_byte(struct walk *w)
{
    struct bytes b = take(w, 1);

    return b.len ? b.data[0] : 0;
}

/* By seven bits, the highest first; the last byte has its eighth bit set. */
static size_t take_size(struct walk *w)
{
    size_t n = 0;
    unsigned byte;

    do {
        byte = take_byte(w);
        n = n << 7 | (byte & 0x7f);
    } while (!(byte & 0x80) && w->rest.len);
    return n;
}

static struct bytes take_string(struct walk *w)
{
    size_t size = take_size(w);

    return size ? take(w, size - 1) : (struct bytes){0};
}

/* How many elements of at least one byte follow: never more than there are bytes. */
static size_t take_count(struct walk *w)
{
    size_t n = take_size(w);

    return n < w->rest.len ? n : w->rest.len;
}

/* Texts as they are, other constants as empty ones. */
static struct bytes take_constant(struct walk *w)
{
    enum { INTEGER = 0x03, SHORT_TEXT = 0x04, REAL = 0x13, LONG_TEXT = 0x14 };

    switch (take_byte(w)) {
    case INTEGER: take(w, sizeof(lua_Integer)); break;
    case REAL: take(w, sizeof(lua_Number)); break;
    case SHORT_TEXT:
    case LONG_TEXT: return take_string(w);
    }
    return (struct bytes){0};
}

static void walk_code(const struct walk *w, struct bytes code, const struct bytes *constants, size_t n,
                      const bool *is_env)
{
    for (size_t at = 0; at + 4 <= code.len; at += 4) {
        uint32_t i;
        unsigned a, b, c;

        memcpy(&i, code.data + at, sizeof i);
        a = i >> 7 & 0xff, b = i >> 16 & 0xff, c = i >> 24;
        if ((i & 0x7f) == OP_GETTABUP && is_env[b] && c < n)
            w->use(w->data, constants[c], false);
        if ((i & 0x7f) == OP_SETTABUP && is_env[a] && b < n)
            w->use(w->data, constants[b], true);
    }
}

static void take_debug(struct walk *w)
{
    take(w, take_count(w)); /* lines */
    for (size_t n = take_count(w); n > 0; n--) {
        take_size(w);
        take_size(w);
    }
    for (size_t n = take_count(w); n > 0; n--) { /* locals */
        take_string(w);
        take_size(w);
        take_size(w);
    }
    for (size_t n = take_count(w); n > 0; n--)
        take_string(w); /* upvalues' names */
}

/* `outer`: which upvalues of the function around are _ENV; NULL for the outermost, whose first one is. */
static void walk_function(struct walk *w, const bool *outer)
{
    bool is_env[UPVALUES_MAX] = {!outer};
    struct bytes code, *constants;
    size_t n, n_upvalues;

    take_string(w); /* source */
    take_size(w);   /* first and last line */
    take_size(w);
    take(w, 3); /* parameters, whether there are more, registers */
    code = take(w, 4 * take_count(w));
    n = take_count(w);
    constants = mem_new(n * sizeof *constants);
    for (size_t i = 0; i < n; i++)
        constants[i] = take_constant(w);
    n_upvalues = take_count(w);
    for (size_t i = 0; i < n_upvalues; i++) {
        struct bytes upvalue = take(w, 3); /* a register of the function around?, index, kind */

        if (outer && i < UPVALUES_MAX && upvalue.len == 3)
            is_env[i] = !upvalue.data[0] && outer[upvalue.data[1]];
    }
    walk_code(w, code, constants, n, is_env);
    mem_free(constants);
    for (size_t inner = take_count(w); inner > 0; inner--)
        walk_function(w, is_env);
    take_debug(w);
}

void expr_walk_names(struct bytes dump, void (*use)(void *data, struct bytes name, bool assigned), void *data)
{
    static const uint8_t head[] = LUA_SIGNATURE "\x54\x00\x19\x93\r\n\x1a\n\x04\x08\x08";
    struct walk w = {dump, use, data};
    struct bytes found = take(&w, sizeof head - 1);

    if (!bytes_equal(found, (struct bytes){head, sizeof head - 1}))
        return;
    take(&w, sizeof(lua_Integer) + sizeof(lua_Number) + 1);
    walk_function(&w, NULL);
}
