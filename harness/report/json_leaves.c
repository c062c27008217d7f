#include "report/json_leaves.h"
#include "base/escape.h"

#include <inttypes.h>
#include <stdio.h>

json_t *json_text(struct bytes b)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    escape_text(&text, b);
    return json_stringn(text.data ? (const char *)text.data : "", text.len);
}

json_t *json_text_or_null(const char *text)
{
    return text ? json_text(bytes_of(text)) : json_null();
}

/* Seeds and hashes have 64 bits: more than a number of JSON keeps everywhere. */
json_t *json_wide(uint64_t n)
{
    char text[24];

    snprintf(text, sizeof text, "%" PRIu64, n);
    return json_string(text);
}

json_t *json_count(uint64_t n)
{
    return json_integer(n > INT64_MAX ? INT64_MAX : (json_int_t)n);
}

static json_t *base64_of(struct bytes b)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    _cleanup_buf_ struct buf text = BUF_INIT;

    for (size_t i = 0; i < b.len; i += 3) {
        size_t n = b.len - i < 3 ? b.len - i : 3;
        uint32_t three = (uint32_t)b.data[i] << 16;

        three |= n > 1 ? (uint32_t)b.data[i + 1] << 8 : 0;
        three |= n > 2 ? b.data[i + 2] : 0;
        for (size_t k = 0; k < 4; k++)
            buf_byte(&text, (uint8_t)(k <= n ? digits[three >> (18 - 6 * k) & 63] : '='));
    }
    return json_stringn(text.data ? (const char *)text.data : "", text.len);
}

json_t *json_bytes(struct bytes b, uint64_t total)
{
    json_t *o = json_object();

    json_object_set_new(o, "text", json_text(b));
    json_object_set_new(o, "base64", base64_of(b));
    json_object_set_new(o, "total", json_count(total));
    json_object_set_new(o, "truncated", json_boolean(b.len < total));
    return o;
}

/* The beginning, and where that is not all, the end. */
json_t *json_excerpt(const struct excerpt *e)
{
    json_t *o = json_bytes(e->head, e->total);

    if (e->tail.len)
        json_object_set_new(o, "tail", json_bytes(e->tail, e->tail.len));
    return o;
}
