/*
 * fuzz_framing.c - the first bytes choose a framing, the rest is a stream. Whatever it is: a frame lies
 * inside it, an answer does not change when more comes, and what was taken apart can be put together again.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "wire/framing.h"
#include "wire/message.h"

#define CHOICES 4

static void no_problem(void *ctx, const struct message_problem *problem)
{
    (void)ctx, (void)problem;
    require(false);
}

/* For FRAMING_FIELDS: a message that counts, and one that ends with its line. Made once. */
static const struct message_set *messages(void)
{
    static const char *const texts[] = {"D{size:uint}:{body:bytes(size)}", "L {rest:line}\n"};
    static struct message_form forms[2];
    static struct message_def defs[2];
    static struct message_set set;
    static struct arena arena;
    struct message_problem problem;

    for (size_t i = 0; set.n == 0 && i < 2; i++) {
        require(message_parse_text(&arena, bytes_of(texts[i]), NULL, &forms[i], &problem));
        defs[i] = (struct message_def){
            .name = i ? "L" : "D", .lower = i ? "l" : "d", .forms = &forms[i], .n_forms = 1, .is_text = true};
    }
    if (set.n)
        return &set;
    set = (struct message_set){.defs = defs, .n = 2};
    require(message_set_link(&set, &arena, true, no_problem, NULL));
    return &set;
}

static struct framing chosen(const uint8_t *c)
{
    static const char *const delimiters[] = {"\n", "\r\n", "aab", "\r\n\r\n"};

    return (struct framing){
        .kind = (enum framing_kind)(c[0] % (FRAMING_DATAGRAM + 1)),
        .delimiter = bytes_of(delimiters[c[1] % 4]),
        .size = 1u + c[1],
        .width = 1u << (c[1] & 3),
        .little = c[1] & 4,
        .counts_all = c[1] & 8,
        .max = c[2] % 4 ? c[3] : 0,
        .messages = messages(),
        .http = {.kind = c[1] & 16 ? HTTP_RESPONSE : HTTP_REQUEST, .to_head = c[1] & 32},
    };
}

/* The same bytes, cut off where the frame ends, in memory of just that size. */
static void check_frame(const struct framing *f, struct bytes in, const struct frame *frame)
{
    uint8_t *exact = mem_new(frame->total);
    struct bytes alone = {exact, frame->total};
    struct buf again = BUF_INIT;
    struct frame same;

    require(frame->total <= in.len && frame->header + frame->body.len <= frame->total);
    if (frame->total)
        memcpy(exact, in.data, frame->total);
    if (f->kind != FRAMING_NONE || frame->total) {
        require(framing_last(f, alone, &same) == FRAMED_MESSAGE);
        require(same.total == frame->total && bytes_equal(same.body, frame->body));
    }
    if (frame->total && f->kind != FRAMING_NONE && f->kind != FRAMING_DATAGRAM && f->kind != FRAMING_EOF)
        require(framing_next(f, bytes_slice(alone, 0, frame->total - 1), &same) == FRAMED_PARTIAL);
    require(framing_encode(f, frame->body, &again) == 0);
    /* Leading zeros are read, but not written. */
    require(f->kind == FRAMING_ASCII ? again.len <= frame->total : bytes_equal(buf_view(&again), alone));
    buf_deinit(&again);
    mem_free(exact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes in = {data, size};
    struct framing f;
    struct frame frame;
    size_t edges[2];
    char name[48];

    if (size < CHOICES)
        return 0;
    f = chosen(data);
    in = bytes_slice(in, CHOICES, size);
    while (in.len && framing_last(&f, in, &frame) == FRAMED_MESSAGE) {
        struct bytes whole = bytes_slice(in, 0, frame.total);

        check_frame(&f, in, &frame);
        for (size_t i = 0, n = framing_edges(&f, whole, edges); i < n; i++)
            require(edges[i] > 0 && edges[i] < whole.len);
        in = bytes_slice(in, frame.total, in.len);
        if (!frame.total)
            break;
    }
    require(strlen(framing_name(&f, name)) < sizeof name);
    return 0;
}
