/*
 * fuzz_record.c - any bytes as a runner's stream, in chunks. What the reader makes of them is consistent:
 * written and read again, it is the same.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "record/stream.h"

static void require(bool holds)
{
    if (!holds)
        abort();
}

static struct record *read_chunks(struct bytes in, size_t chunk)
{
    struct record_reader reader;
    struct record *r;

    record_reader_init(&reader);
    for (size_t at = 0; at < in.len; at += chunk)
        (void)record_reader_feed(&reader, bytes_slice(in, at, chunk));
    r = record_reader_take(&reader);
    record_reader_deinit(&reader);
    return r;
}

static void check_round_trip(const struct record *r)
{
    struct buf out = BUF_INIT, again = BUF_INIT;
    struct record *copy;

    record_put_all(&out, r);
    copy = read_chunks(buf_view(&out), out.len);
    record_put_all(&again, copy);
    require(bytes_equal(buf_view(&out), buf_view(&again)));
    record_free(copy);
    buf_deinit(&out);
    buf_deinit(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A stream begins with the length of an event, which a fuzzer is slow to guess: the first byte tells whether
 * lengths are as they stand, or a byte for each event and made right here. */
static struct buf stream_of(const uint8_t *data, size_t size)
{
    struct buf out = BUF_INIT;
    struct record play = {0};
    size_t at = 1;

    if (!(data[0] & 1)) {
        buf_append(&out, (struct bytes){data + 1, size - 1});
        return out;
    }
    record_put_play(&out, &play);
    while (at < size) {
        size_t len = data[at++];

        len = len < size - at ? len : size - at;
        for (unsigned i = 0; i < 4; i++)
            buf_byte(&out, (uint8_t)(len >> (8 * i)));
        buf_append(&out, (struct bytes){data + at, len});
        at += len;
    }
    return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct record *r, *same;
    struct buf stream, a = BUF_INIT, b = BUF_INIT;

    if (size == 0)
        return 0;
    stream = stream_of(data, size);
    r = read_chunks(buf_view(&stream), 1 + data[0] / 2);
    same = read_chunks(buf_view(&stream), stream.len + 1);
    require(!r->fault == !same->fault && r->complete == same->complete);
    record_put_all(&a, r);
    record_put_all(&b, same);
    require(bytes_equal(buf_view(&a), buf_view(&b)));
    if (r->version == RECORD_VERSION)
        check_round_trip(r);
    buf_deinit(&stream);
    buf_deinit(&a);
    buf_deinit(&b);
    record_free(r);
    record_free(same);
    return 0;
}
