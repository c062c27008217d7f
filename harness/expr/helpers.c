/* helpers.c - what every expression can call: sizes, codes, checksums, chance. All take and give any bytes.
 */
#include "base/mem.h"
#include "expr/state.h"
#include "wire/digest.h"

#include <string.h>

#define BYTES_A_STEP 4 /* what one step pays for, where each byte is looked at */

static struct bytes paid_bytes(lua_State *lua, int index)
{
    struct bytes b = expr_arg_bytes(lua, index);

    expr_pay(lua, b.len / BYTES_A_STEP);
    return b;
}

static int give(lua_State *lua, const void *data, size_t size)
{
    lua_pushlstring(lua, data, size);
    return 1;
}

/* ---- sizes --------------------------------------------------------------------------------------- */

/* What the name that was looked up last takes on the wire, if it is what stands at `index`. */
static bool looked_up_size(lua_State *lua, int index, size_t *size)
{
    const struct datum *d = expr_of(lua)->looked_up;
    bool same;

    if (!d || !d->wire.data)
        return false;
    expr_push(lua, d);
    same = lua_rawequal(lua, -1, index);
    lua_pop(lua, 1);
    *size = d->wire.len;
    return same;
}

static int size(lua_State *lua)
{
    size_t n;

    luaL_checkany(lua, 1);
    if (!looked_up_size(lua, 1, &n))
        n = expr_arg_bytes(lua, 1).len;
    lua_pushinteger(lua, (lua_Integer)n);
    return 1;
}

static int count(lua_State *lua)
{
    lua_Integer n = 0;

    luaL_checktype(lua, 1, LUA_TTABLE);
    for (lua_pushnil(lua); lua_next(lua, 1); lua_pop(lua, 1))
        n++;
    expr_pay(lua, (uint64_t)n);
    lua_pushinteger(lua, n);
    return 1;
}

/* ---- bytes to bytes ------------------------------------------------------------------------------ */

static int upper(lua_State *lua)
{
    struct bytes b = paid_bytes(lua, 1);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(lua, &out, b.len);

    for (size_t i = 0; i < b.len; i++)
        to[i] = (char)(b.data[i] >= 'a' && b.data[i] <= 'z' ? b.data[i] - 0x20 : b.data[i]);
    luaL_pushresultsize(&out, b.len);
    return 1;
}

static int lower(lua_State *lua)
{
    struct bytes b = paid_bytes(lua, 1);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(lua, &out, b.len);

    for (size_t i = 0; i < b.len; i++)
        to[i] = (char)(b.data[i] >= 'A' && b.data[i] <= 'Z' ? b.data[i] + 0x20 : b.data[i]);
    luaL_pushresultsize(&out, b.len);
    return 1;
}

static int reverse(lua_State *lua)
{
    struct bytes b = paid_bytes(lua, 1);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(lua, &out, b.len);

    for (size_t i = 0; i < b.len; i++)
        to[i] = (char)b.data[b.len - 1 - i];
    luaL_pushresultsize(&out, b.len);
    return 1;
}

/* The second is repeated as often as it takes: a mask. */
static int xor
    (lua_State * lua) {
        struct bytes b = paid_bytes(lua, 1), mask = expr_arg_bytes(lua, 2);
        luaL_Buffer out;
        char *to;

        luaL_argcheck(lua, mask.len > 0, 2, "it is empty");
        to = luaL_buffinitsize(lua, &out, b.len);
        for (size_t i = 0; i < b.len; i++)
            to[i] = (char)(b.data[i] ^ mask.data[i % mask.len]);
        luaL_pushresultsize(&out, b.len);
        return 1;
    }

    /* ---- digits -------------------------------------------------------------------------------------- */

    static const char hex_digits[] = "0123456789abcdef";
static const char base64_digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Digits of `bits` bits each; what is left over is filled with zero bits. */
static size_t write_digits(struct bytes b, const char *digits, unsigned bits, char *to)
{
    uint32_t value = 0;
    unsigned left = 0;
    size_t n = 0;

    for (size_t i = 0; i < b.len; i++) {
        value = value << 8 | b.data[i];
        for (left += 8; left >= bits; left -= bits)
            to[n++] = digits[value >> (left - bits) & ((1u << bits) - 1)];
    }
    if (left)
        to[n++] = digits[value << (bits - left) & ((1u << bits) - 1)];
    return n;
}

/* Returns the bits that are left over. Raises an error at what is no digit. */
static unsigned read_digits(lua_State *lua, struct bytes b, const char *digits, unsigned bits, char *to,
                            size_t *n)
{
    uint32_t value = 0;
    unsigned left = 0;

    *n = 0;
    for (size_t i = 0; i < b.len; i++) {
        int c = bits == 4 && b.data[i] >= 'A' && b.data[i] <= 'F' ? b.data[i] | 0x20 : b.data[i];
        const char *digit = c ? strchr(digits, c) : NULL;

        if (!digit)
            luaL_error(lua, "no digit stands at byte %d", (int)i + 1);
        value = value << bits | (uint32_t)(digit - digits);
        left += bits;
        if (left >= 8) {
            left -= 8;
            to[(*n)++] = (char)(value >> left);
        }
    }
    return left;
}

static int hex(lua_State *lua)
{
    struct bytes b = paid_bytes(lua, 1);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(lua, &out, 2 * b.len);

    luaL_pushresultsize(&out, write_digits(b, hex_digits, 4, to));
    return 1;
}

static int unhex(lua_State *lua)
{
    struct bytes b = paid_bytes(lua, 1);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(lua, &out, b.len / 2 + 1);
    size_t n;

    if (read_digits(lua, b, hex_digits, 4, to, &n))
        return luaL_error(lua, "unhex() was given an odd number of digits");
    luaL_pushresultsize(&out, n);
    return 1;
}

static int base64(lua_State *lua)
{
    struct bytes b = paid_bytes(lua, 1);
    luaL_Buffer out;
    char *to = luaL_buffinitsize(lua, &out, b.len / 3 * 4 + 4);
    size_t n = write_digits(b, base64_digits, 6, to);

    while (n % 4)
        to[n++] = '=';
    luaL_pushresultsize(&out, n);
    return 1;
}

static int unbase64(lua_State *lua)
{
    struct bytes b = paid_bytes(lua, 1), digits = b;
    luaL_Buffer out;
    char *to = luaL_buffinitsize(lua, &out, b.len / 4 * 3 + 3);
    size_t n;

    while (digits.len > 0 && b.len - digits.len < 2 && digits.data[digits.len - 1] == '=')
        digits.len--;
    if (b.len % 4 || read_digits(lua, digits, base64_digits, 6, to, &n) / 2 != b.len - digits.len)
        return luaL_error(lua, "base64 has its digits in groups of four, filled up with `=`");
    luaL_pushresultsize(&out, n);
    return 1;
}

/* ---- checksums ----------------------------------------------------------------------------------- */

static struct bytes bytes_to_hash(lua_State *lua)
{
    struct bytes b = expr_arg_bytes(lua, 1);

    expr_pay(lua, b.len);
    return b;
}

static int crc32(lua_State *lua)
{
    lua_pushinteger(lua, digest_crc32(bytes_to_hash(lua)));
    return 1;
}

static int internet_checksum(lua_State *lua)
{
    lua_pushinteger(lua, digest_internet(bytes_to_hash(lua)));
    return 1;
}

static int sha1(lua_State *lua)
{
    uint8_t out[SHA1_SIZE];

    digest_sha1(bytes_to_hash(lua), out);
    return give(lua, out, sizeof out);
}

static int sha256(lua_State *lua)
{
    uint8_t out[SHA256_SIZE];

    digest_sha256(bytes_to_hash(lua), out);
    return give(lua, out, sizeof out);
}

/* ---- numbers ------------------------------------------------------------------------------------- */

static int swap16(lua_State *lua)
{
    lua_pushinteger(lua, __builtin_bswap16((uint16_t)luaL_checkinteger(lua, 1)));
    return 1;
}

static int swap32(lua_State *lua)
{
    lua_pushinteger(lua, __builtin_bswap32((uint32_t)luaL_checkinteger(lua, 1)));
    return 1;
}

/* Bytes by chance, from the case's seed; math.random gives numbers. */
static int random_bytes(lua_State *lua)
{
    lua_Integer n = luaL_checkinteger(lua, 1);
    luaL_Buffer out;
    char *to;

    luaL_argcheck(lua, n >= 0 && (lua_Unsigned)n <= expr_of(lua)->limits.memory, 1, "out of range");
    expr_pay(lua, (uint64_t)n / BYTES_A_STEP);
    to = luaL_buffinitsize(lua, &out, (size_t)n);
    rng_fill(&expr_of(lua)->rng, to, (size_t)n);
    luaL_pushresultsize(&out, (size_t)n);
    return 1;
}

void expr_open_helpers(lua_State *lua)
{
    static const luaL_Reg helpers[] = {
        {"base64", base64},     {"count", count},   {"crc32", crc32},
        {"hex", hex},           {"lower", lower},   {"random", random_bytes},
        {"reverse", reverse},   {"sha1", sha1},     {"sha256", sha256},
        {"size", size},         {"swap16", swap16}, {"swap32", swap32},
        {"unbase64", unbase64}, {"unhex", unhex},   {"unsigned", expr_unsigned},
        {"upper", upper},       {"xor", xor},       {"internet_checksum", internet_checksum},
        {NULL, NULL},
    };

    luaL_setfuncs(lua, helpers, 0);
}
