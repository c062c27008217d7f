/* message_layout.c - the fields of layouts as they lie in bytes: integers, floats, bits, enums. */
#include "wire/message_parts.h"

#include <string.h>

static size_t place(const struct message_field *f, unsigned i, bool swapped)
{
    return f->little != swapped ? i : f->width - 1 - i;
}

uint64_t integer_read(const struct message_field *f, const uint8_t *at, bool swapped)
{
    uint64_t number = 0;

    for (unsigned i = 0; i < f->width; i++)
        number |= (uint64_t)at[place(f, i, swapped)] << (8 * i);
    return number;
}

void integer_write(const struct message_field *f, uint64_t number, struct buf *out)
{
    size_t at = out->len;

    buf_reserve(out, f->width);
    out->len += f->width;
    for (unsigned i = 0; i < f->width; i++)
        out->data[at + place(f, i, false)] = (uint8_t)(number >> (8 * i));
}

struct datum integer_datum(const struct message_field *f, uint64_t number)
{
    unsigned unused = 64 - 8 * f->width;

    if (!f->is_signed)
        return datum_uint(number);
    return datum_int((int64_t)(number << unused) >> unused);
}

bool integer_holds(const struct message_field *f, const struct datum *value)
{
    unsigned bits = 8 * f->width;
    bool negative = value->kind == DATUM_INT && value->i < 0;
    uint64_t number = (uint64_t)value->i;

    if (!f->is_signed)
        return !negative && (bits == 64 || number >> bits == 0);
    if (!negative)
        return number >> (bits - 1) == 0;
    return bits == 64 || value->i >= -(INT64_C(1) << (bits - 1));
}

struct datum float_read(const struct message_field *f, const uint8_t *at, bool swapped)
{
    uint64_t bits = integer_read(f, at, swapped);
    struct datum d = {.kind = DATUM_REAL};
    uint32_t narrow = (uint32_t)bits;
    float single;

    if (f->width == 4) {
        memcpy(&single, &narrow, sizeof single);
        d.real = single;
    } else {
        memcpy(&d.real, &bits, sizeof d.real);
    }
    return d;
}

void float_write(const struct message_field *f, double value, struct buf *out)
{
    float single = (float)value;
    uint32_t narrow;
    uint64_t bits;

    memcpy(&bits, &value, sizeof bits);
    memcpy(&narrow, &single, sizeof narrow);
    integer_write(f, f->width == 4 ? narrow : bits, out);
}

uint64_t bits_read(const uint8_t *at, unsigned from, unsigned width)
{
    uint64_t number = 0;

    for (unsigned i = from; i < from + width; i++)
        number = number << 1 | (at[i / 8] >> (7 - i % 8) & 1);
    return number;
}

void bits_write(uint8_t *at, unsigned from, unsigned width, uint64_t number)
{
    for (unsigned i = from + width; i > from; number >>= 1) {
        uint8_t mask = (uint8_t)(0x80 >> (--i % 8));

        at[i / 8] = (uint8_t)(number & 1 ? at[i / 8] | mask : at[i / 8] & ~mask);
    }
}

const struct message_choice *choice_of(const struct message_field *f, uint64_t number)
{
    for (size_t i = 0; i < f->n_choices; i++)
        if (f->choices[i].number == number)
            return &f->choices[i];
    return NULL;
}

struct datum choice_datum(const struct message_field *f, uint64_t number)
{
    struct datum value = integer_datum(f, number);
    const struct message_choice *c = choice_of(f, (uint64_t)value.i);

    return c ? datum_bytes(bytes_of(c->name)) : value;
}

bool choice_number(const struct message_field *f, const struct datum *value, uint64_t *out)
{
    for (size_t i = 0; value->kind == DATUM_BYTES && i < f->n_choices; i++)
        if (bytes_equal(value->bytes, bytes_of(f->choices[i].name))) {
            *out = f->choices[i].number;
            return true;
        }
    *out = (uint64_t)value->i;
    return value->kind == DATUM_INT || value->kind == DATUM_UINT;
}
