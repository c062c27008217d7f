/*
 * fuzz_http.c - the first bytes choose whose message, and a cut; the rest is a stream. A message lies inside
 * it, an answer does not change when more comes, and what was read into fields makes a message with the same
 * ones.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "wire/http.h"

#define CHOICES 3
#define MAX 4096

/* From memory of just this size. */
static enum http_state read_alone(struct http_context c, struct bytes in, bool ended, struct http_found *out)
{
    uint8_t *exact = mem_new(in.len);
    enum http_state s;

    if (in.len)
        memcpy(exact, in.data, in.len);
    s = http_read(c, (struct bytes){exact, in.len}, ended, MAX, out);
    mem_free(exact);
    return s;
}

/* What was decided of the beginning holds of the whole. */
static void check_cut(struct http_context c, struct bytes in, size_t cut, enum http_state s,
                      const struct http_found *whole)
{
    struct http_found f;
    enum http_state before = read_alone(c, bytes_slice(in, 0, cut), false, &f);

    if (before == HTTP_PARTIAL)
        return;
    require(before == s && f.problem == whole->problem && f.at == whole->at && f.total == whole->total);
    require(f.status == whole->status);
}

static bool equal_item(const struct datum *a, const struct datum *b, const char *name)
{
    const struct datum *x = datum_get(a, name), *y = datum_get(b, name);

    return x == y || (x && y && datum_equal(x, y));
}

static void check_fields(struct http_context c, struct bytes message)
{
    static const char *const names[] = {"method", "target", "version", "status", "reason", "body"};
    struct arena a = {0};
    struct buf out = BUF_INIT;
    struct http_found f;
    struct datum d, again;
    const char *field;

    require(http_decode(c, message, &a, &d, &f));
    require(http_encode(c.kind, &d, &out, &field));
    /* Whether a response answers HEAD is not in its fields: it is written with its chunks. */
    if (f.body != HTTP_BODY_NONE || !http_header(datum_get(&d, "headers"), "transfer-encoding")) {
        require(http_decode(c, buf_view(&out), &a, &again, &f));
        for (size_t i = 0; i < array_len(names); i++)
            require(equal_item(&d, &again, names[i]));
    }
    buf_deinit(&out);
    arena_deinit(&a);
}

static void check_text(struct http_context c, const struct http_found *f)
{
    struct buf out = BUF_INIT;

    http_describe(c, f, &out);
    require(out.len > 0);
    buf_deinit(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct http_context c;
    struct http_found f;
    enum http_state s;
    size_t cut;
    bool ended;

    if (size < CHOICES)
        return 0;
    c = (struct http_context){data[0] & 1 ? HTTP_RESPONSE : HTTP_REQUEST, data[0] & 2};
    ended = data[0] & 4;
    cut = data[1] | (size_t)data[2] << 8;
    in = bytes_slice(in, CHOICES, size);
    require(http_answered(in, 200) <= in.len);
    while (in.len) {
        s = read_alone(c, in, ended, &f);
        check_cut(c, in, cut, s, &f);
        check_text(c, &f);
        require(f.at <= in.len && f.head <= in.len && f.total <= in.len);
        if (s != HTTP_WHOLE)
            break;
        require(f.total && f.head + f.there == f.total);
        check_fields(c, bytes_slice(in, 0, f.total));
        in = bytes_slice(in, f.total, in.len);
    }
    return 0;
}
