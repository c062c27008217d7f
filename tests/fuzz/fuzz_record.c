/*
 * fuzz_record.c - any bytes as a runner's stream, in chunks. What the reader makes of them is consistent:
 * written and read again, it is the same.
 */
#include <stdint.h>
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "record/stream.h"

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

static void put_case_end(struct buf *out, uint8_t choice)
{
    struct call_record calls[] = {{.kind = choice >> 4, .result = -1, .head = bytes_of("abc")},
                                  {.ended = -1, .address = (char[]){"127.0.0.1:80"}}};
    struct wire_record wires[] = {{.at = choice, .event = choice >> 6, .total = 3, .head = bytes_of("abc")}};
    struct case_record c = {.complete = true, .xray = {.calls = calls, .wires = wires, .closed = 9}};

    if (choice >> 5) {
        c.xray.n_calls = array_len(calls);
        c.xray.n_wires = array_len(wires);
    }
    record_put_case_end(out, &c);
}

/* One event that is right, of the kind that `choice` says. */
static void put_event(struct buf *out, uint8_t choice)
{
    struct excerpt excerpt = {.total = 3, .hash = 4, .head = bytes_of("abc")};
    struct listener_record listeners[] = {{.port = 80}, {.transport = 1, .ipv6 = true}};
    struct cuts cuts[] = {{.step = 1, .n = 2, .at = (uint32_t[]){4, 9}},
                          {.step = 4, .n = 1, .at = (uint32_t[]){1}}};
    struct program_record program = {.program = choice >> 6,
                                     .ports = (uint16_t[]){1, 2},
                                     .n_ports = 2,
                                     .limit = (char[]){"cpu"},
                                     .listeners = listeners,
                                     .n_listeners = 2,
                                     .out = excerpt,
                                     .err = excerpt};
    struct case_key key = {.split = {SPLIT_CUTS, cuts, 2}, .seed = choice};
    struct step_record step = {
        .step = 1, .outcome = choice >> 4, .sent = excerpt, .came = excerpt, .frame = excerpt.head};

    switch ((enum event_kind)(choice % (EVENT_END + 1))) {
    case EVENT_PLAY: record_put_play(out, &(struct record){.settled = (char[]){"so"}}); break;
    case EVENT_PROGRAM: record_put_program(out, &program); break;
    case EVENT_CASE: record_put_case(out, &key); break;
    case EVENT_STEP: record_put_step(out, &step); break;
    case EVENT_CASE_END: put_case_end(out, choice); break;
    case EVENT_FAULT: record_put_fault(out, "why"); break;
    case EVENT_END: record_put_end(out); break;
    }
}

/* An even first byte: the rest is the stream. An odd one: three bytes for each event, which is right but for
 * the byte at the second's place, to which the third is added. Guessing whole events would take a fuzzer too
 * long. */
static struct buf stream_of(const uint8_t *data, size_t size)
{
    struct buf out = BUF_INIT;

    if (!(data[0] & 1)) {
        buf_append(&out, (struct bytes){data + 1, size - 1});
        return out;
    }
    put_event(&out, EVENT_PLAY);
    for (size_t at = 1; at + 2 < size; at += 3) {
        size_t start = out.len;

        put_event(&out, data[at]);
        if (data[at + 1])
            out.data[start + data[at + 1] % (out.len - start)] += data[at + 2];
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
