/* datum.c - see datum.h. */
#include "wire/datum.h"

#include <string.h>

struct datum datum_int(int64_t i)
{
    return (struct datum){.kind = DATUM_INT, .i = i};
}

struct datum datum_uint(uint64_t u)
{
    return (struct datum){.kind = u > INT64_MAX ? DATUM_UINT : DATUM_INT, .i = (int64_t)u};
}

struct datum datum_bytes(struct bytes b)
{
    return (struct datum){.kind = DATUM_BYTES, .bytes = b};
}

const struct datum *datum_get(const struct datum *record, const char *name)
{
    for (size_t i = 0; record->kind == DATUM_RECORD && i < record->n; i++)
        if (strcmp(record->names[i], name) == 0)
            return &record->items[i];
    return NULL;
}

static bool items_equal(const struct datum *a, const struct datum *b)
{
    if (a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++) {
        const struct datum *other = a->kind == DATUM_RECORD ? datum_get(b, a->names[i]) : &b->items[i];

        if (!other || !datum_equal(&a->items[i], other))
            return false;
    }
    return true;
}

bool datum_equal(const struct datum *a, const struct datum *b)
{
    if (a->kind != b->kind)
        return false;
    switch (a->kind) {
    case DATUM_NONE: return true;
    case DATUM_INT:
    case DATUM_UINT:
    case DATUM_BOOL: return a->i == b->i;
    case DATUM_REAL: return memcmp(&a->real, &b->real, sizeof a->real) == 0;
    case DATUM_BYTES: return bytes_equal(a->bytes, b->bytes);
    case DATUM_LIST:
    case DATUM_RECORD: return items_equal(a, b);
    }
    return false;
}

static void items_text(const struct datum *d, struct buf *out)
{
    buf_text(out, d->kind == DATUM_RECORD ? "{" : "[");
    for (size_t i = 0; i < d->n; i++) {
        if (i)
            buf_text(out, ", ");
        if (d->kind == DATUM_RECORD)
            buf_printf(out, "%s: ", d->names[i]);
        datum_text(&d->items[i], out);
    }
    buf_text(out, d->kind == DATUM_RECORD ? "}" : "]");
}

void datum_text(const struct datum *d, struct buf *out)
{
    switch (d->kind) {
    case DATUM_NONE: break;
    case DATUM_INT: buf_printf(out, "%lld", (long long)d->i); break;
    case DATUM_UINT: buf_printf(out, "%llu", (unsigned long long)d->i); break;
    case DATUM_REAL: buf_printf(out, "%.14g", d->real); break;
    case DATUM_BOOL: buf_text(out, d->i ? "true" : "false"); break;
    case DATUM_BYTES: buf_append(out, d->bytes); break;
    case DATUM_LIST:
    case DATUM_RECORD: items_text(d, out); break;
    }
}
