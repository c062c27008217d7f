/* test_stream.c - a record travels whole, in any chunks, and nothing that is not one is believed. */
#include "stream_rig.h"

/* ---- round trips --------------------------------------------------------------------------------------- */

/* Two records are equal when they are written alike; whether all members are is another test's to say. */
static void a_record_travels_whole(void **state)
{
    struct record *r = example(), *copy;
    struct buf out = written(r), again;

    (void)state;
    copy = read_whole(buf_view(&out), 0);
    assert_null(copy->fault);
    assert_true(copy->complete);
    assert_false(copy->truncated);
    assert_int_equal(copy->n_programs, 3);
    assert_int_equal(copy->n_cases, 5);
    assert_string_equal(copy->settled, r->settled);
    assert_string_equal(copy->programs[0].limit, "memory");
    assert_null(copy->programs[2].limit);
    assert_string_equal(copy->programs[0].listeners[1].address, "::1");
    assert_int_equal(copy->cases[1].key.split.cuts[0].at[1], 9);
    assert_int_equal(copy->cases[4].steps[3].step, STEP_AFTER);
    assert_int_equal(copy->cases[3].steps[1].sent.total, 10000);
    assert_int_equal(copy->cases[3].steps[1].sent.tail.len, EXCERPT_MAX);
    assert_false(copy->cases[4].complete);
    assert_int_equal(copy->cases[0].took, -7);
    assert_string_equal(copy->untraced, "Yama");
    assert_int_equal(copy->cases[2].xray.n_calls, 2);
    assert_int_equal(copy->cases[2].xray.calls[0].head.len, 3);
    assert_string_equal(copy->cases[2].xray.calls[1].address, "[::1]:80");
    assert_int_equal(copy->cases[2].xray.calls[1].ended, -1);
    assert_int_equal(copy->cases[2].xray.wires[0].total, 1000);
    assert_int_equal(copy->cases[2].xray.more_calls, 77);
    again = written(copy);
    assert_int_equal(out.len, again.len);
    assert_memory_equal(out.data, again.data, out.len);
    buf_deinit(&out);
    buf_deinit(&again);
    record_free(copy);
    record_free(r);
}

static void chunks_of_any_size(void **state)
{
    struct record *r = example();
    struct buf out = written(r);

    (void)state;
    for (size_t chunk = 1; chunk < 3000; chunk = chunk * 3 + 1) {
        struct record_reader reader;
        struct record *copy;
        struct buf again;

        record_reader_init(&reader);
        for (size_t at = 0; at < out.len; at += chunk)
            assert_int_equal(record_reader_feed(&reader, bytes_slice(buf_view(&out), at, chunk)), 0);
        copy = record_reader_take(&reader);
        record_reader_deinit(&reader);
        again = written(copy);
        assert_int_equal(out.len, again.len);
        assert_memory_equal(out.data, again.data, out.len);
        buf_deinit(&again);
        record_free(copy);
    }
    buf_deinit(&out);
    record_free(r);
}

static void programs_are_replaced_by_index(void **state)
{
    struct record *r = example(), *copy;
    struct buf out = BUF_INIT;

    (void)state;
    record_put_play(&out, r);
    record_put_program(&out, &r->programs[0]);
    record_put_program(&out, &r->programs[1]);
    r->programs[0].left_behind = 77;
    record_put_program(&out, &r->programs[0]);
    copy = read_whole(buf_view(&out), 0);
    assert_int_equal(copy->n_programs, 2);
    assert_int_equal(copy->programs[0].program, r->programs[0].program);
    assert_int_equal(copy->programs[0].left_behind, 77);
    assert_false(copy->complete);
    buf_deinit(&out);
    record_free(copy);
    record_free(r);
}

static void the_play_may_be_told_again(void **state)
{
    struct record r = {.test = 1, .seed = 2};
    struct buf out = BUF_INIT;
    struct record *copy;

    (void)state;
    record_put_play(&out, &r);
    r.settled = r.excused = (char *)"because";
    record_put_play(&out, &r);
    copy = read_whole(buf_view(&out), 0);
    assert_string_equal(copy->excused, "because");
    assert_int_equal(copy->version, RECORD_VERSION);
    record_free(copy);
    r.seed = 3;
    record_put_play(&out, &r);
    copy = read_whole(buf_view(&out), -EPROTO);
    assert_non_null(strstr(copy->fault, "two plays"));
    record_free(copy);
    buf_deinit(&out);
}

static void faults_of_the_runner(void **state)
{
    struct record r = {0};
    struct buf out = BUF_INIT;
    struct record *copy;
    char *text = mem_new(6000);

    (void)state;
    memset(text, 'x', 5999);
    record_put_play(&out, &r);
    record_put_fault(&out, "epoll_wait: out of luck");
    record_put_fault(&out, "and so on");
    copy = read_whole(buf_view(&out), 0);
    assert_string_equal(copy->fault, "epoll_wait: out of luck");
    record_free(copy);
    buf_deinit(&out);
    record_put_play(&out, &r);
    record_put_fault(&out, text);
    copy = read_whole(buf_view(&out), 0);
    assert_int_equal(strlen(copy->fault), 4096);
    record_free(copy);
    buf_deinit(&out);
    mem_free(text);
}

/* ---- what is not believed ------------------------------------------------------------------------------ */

static struct buf begun(void)
{
    struct record r = {0};
    struct buf out = BUF_INIT;

    record_put_play(&out, &r);
    return out;
}

static void is_refused(struct buf *out, const char *why)
{
    struct record *r = read_whole(buf_view(out), -EPROTO);

    assert_non_null(r->fault);
    assert_non_null(strstr(r->fault, "the runner's record cannot be read: "));
    if (!strstr(r->fault, why))
        fail_msg("%s, not: %s", r->fault, why);
    assert_false(r->complete);
    record_free(r);
    buf_deinit(out);
}

static void events_out_of_order(void **state)
{
    struct case_key key = {0};
    struct step_record step = {0};
    struct case_record end = {0};
    struct buf out = BUF_INIT;

    (void)state;
    record_put_case(&out, &key);
    is_refused(&out, "does not begin with a play");
    out = begun();
    record_put_step(&out, &step);
    is_refused(&out, "a step belongs to no case");
    out = begun();
    record_put_case_end(&out, &end);
    is_refused(&out, "an end belongs to no case");
    out = begun();
    record_put_case(&out, &key);
    record_put_case_end(&out, &end);
    record_put_step(&out, &step);
    is_refused(&out, "a step belongs to no case");
    out = begun();
    record_put_end(&out);
    record_put_case(&out, &key);
    is_refused(&out, "after its end");
}

static void event_is_refused(uint32_t len, uint8_t kind, struct bytes payload, const char *why)
{
    struct buf out = begun();

    codec_put_number(&out, len, 4);
    buf_byte(&out, kind);
    buf_append(&out, payload);
    is_refused(&out, why);
}

static void versions_lengths_and_kinds(void **state)
{
    struct buf out = begun();

    (void)state;
    out.data[5]++;
    is_refused(&out, "another version");
    event_is_refused(0, 0, BYTES(""), "impossible length");
    event_is_refused(UINT32_MAX, 0, BYTES(""), "impossible length");
    event_is_refused(1, EVENT_END + 1, BYTES(""), "no known kind");
    event_is_refused(3, EVENT_STEP, BYTES("ab"), "a step belongs to no case");
    event_is_refused(3, EVENT_CASE, BYTES("ab"), "ends too early");
    event_is_refused(3, EVENT_END, BYTES("ab"), "too long");
    event_is_refused(6, EVENT_FAULT, BYTES("\1\0\0\0\0"), "zero byte");
    event_is_refused(5, EVENT_FAULT, BYTES("\xff\xff\xff\xff"), "says nothing");
    event_is_refused(5, EVENT_FAULT, BYTES("\xff\xff\xff\xfe"), "longer than it may be");
}

static void case_is_refused(const struct case_key *key, const char *why)
{
    struct buf out = begun();

    record_put_case(&out, key);
    is_refused(&out, why);
}

static void impossible_splits(void **state)
{
    uint32_t at[] = {4, 4}, one = 1;
    struct cuts cuts[] = {{.step = 3, .n = 2, .at = at}, {.step = 2, .n = 1, .at = &one}};
    struct case_key key = {.split = {SPLIT_CUTS, cuts, 1}};

    (void)state;
    case_is_refused(&key, "contradicts itself");
    at[0] = 0;
    case_is_refused(&key, "contradicts itself");
    at[0] = 1;
    key.split.n = 2;
    case_is_refused(&key, "contradicts itself");
    cuts[1].step = 4;
    key.split.kind = SPLIT_BYTES;
    case_is_refused(&key, "contradicts itself");
    key.split = (struct split){.kind = SPLIT_CHUNKS};
    case_is_refused(&key, "contradicts itself");
    key.split = (struct split){.kind = SPLIT_WHOLE, .chunk = 7};
    case_is_refused(&key, "contradicts itself");
    key.split.kind = SPLIT_CUTS + 1;
    case_is_refused(&key, "out of its range");
}

static void impossible_values(void **state)
{
    struct step_record step = {.outcome = STEP_LIMIT + 1};
    struct program_record program = {.program = 256};
    struct buf out = begun();

    (void)state;
    record_put_program(&out, &program);
    is_refused(&out, "out of its range");
    out = begun();
    record_put_case(&out, &(struct case_key){0});
    record_put_step(&out, &step);
    is_refused(&out, "out of its range");
    step = (struct step_record){.sent = {.total = 2, .head = BYTES("abc")}};
    out = begun();
    record_put_case(&out, &(struct case_key){0});
    record_put_step(&out, &step);
    is_refused(&out, "contradicts itself");
}

static void a_broken_stream_is_told_once(void **state)
{
    struct record_reader reader;
    struct record *r;
    struct buf out = begun();

    (void)state;
    record_put_case(&out, &(struct case_key){.row = 9});
    record_reader_init(&reader);
    assert_int_equal(record_reader_feed(&reader, buf_view(&out)), 0);
    assert_int_equal(record_reader_feed(&reader, BYTES("\0\0\0\0")), -EPROTO);
    assert_int_equal(record_reader_feed(&reader, buf_view(&out)), 0);
    r = record_reader_take(&reader);
    assert_int_equal(record_reader_feed(&reader, buf_view(&out)), 0);
    assert_null(record_reader_take(&reader));
    assert_int_equal(r->n_cases, 1);
    assert_int_equal(r->cases[0].key.row, 9);
    record_reader_deinit(&reader);
    record_reader_deinit(&reader);
    record_free(r);
    buf_deinit(&out);
}

static void a_cut_off_stream_is_incomplete(void **state)
{
    struct record *r = example();
    struct buf out = written(r);

    (void)state;
    for (size_t n = 0; n < out.len; n += n < 200 ? 1 : 997) {
        struct record *part = read_whole(bytes_slice(buf_view(&out), 0, n), 0);

        assert_false(part->complete);
        assert_null(part->fault);
        record_free(part);
    }
    buf_deinit(&out);
    record_free(r);
}

/* Whatever byte is changed: it is read, or refused, but nothing else happens (ASan and UBSan watch). */
static void any_damage_is_survived(void **state)
{
    struct record *r = example();
    struct buf out = written(r);
    struct rng rng = rng_seed(4, 4);

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct record_reader reader;
        size_t at = round < 600 ? (size_t)round : rng_below(&rng, out.len);
        uint8_t old = out.data[at];

        out.data[at] = (uint8_t)rng_next(&rng);
        record_reader_init(&reader);
        (void)record_reader_feed(&reader, buf_view(&out));
        record_reader_deinit(&reader);
        out.data[at] = old;
    }
    buf_deinit(&out);
    record_free(r);
}

/* ---- limits -------------------------------------------------------------------------------------------- */

static void feed_steps(struct record_reader *reader, const struct step_record *s, int n)
{
    struct buf out = BUF_INIT;

    record_put_step(&out, s);
    for (int i = 0; i < n; i++)
        assert_int_equal(record_reader_feed(reader, buf_view(&out)), 0);
    buf_deinit(&out);
}

static void feed_end(struct record_reader *reader)
{
    struct buf out = BUF_INIT;

    record_put_case_end(&out, &(struct case_record){.complete = true});
    assert_int_equal(record_reader_feed(reader, buf_view(&out)), 0);
    buf_deinit(&out);
}

static struct record_reader reading_case(void)
{
    struct record_reader reader;
    struct buf out = begun();

    record_put_case(&out, &(struct case_key){0});
    record_reader_init(&reader);
    assert_int_equal(record_reader_feed(&reader, buf_view(&out)), 0);
    buf_deinit(&out);
    return reader;
}

/* What failed keeps its payload longer than what passed; all keep their facts. */
static void payloads_are_dropped_first(void **state)
{
    struct record_reader reader = reading_case();
    struct arena a = {0};
    struct step_record passed = {.step = 1, .sent = excerpt_of(&a, some_bytes(&a, 20000, 1))};
    struct step_record failed = {
        .step = 2, .outcome = STEP_ENDED, .came = excerpt_of(&a, some_bytes(&a, 20000, 1))};
    struct record *r;
    const struct case_record *c;

    (void)state;
    feed_steps(&reader, &passed, 600);
    feed_steps(&reader, &failed, 1);
    assert_true(reader.record->truncated);
    feed_steps(&reader, &failed, 1000);
    feed_end(&reader);
    r = record_reader_take(&reader);
    c = &r->cases[0];
    assert_int_equal(c->n_steps, 1601);
    assert_true(c->complete);
    assert_int_equal(c->steps[0].sent.head.len, EXCERPT_MAX);
    assert_int_equal(c->steps[599].sent.head.len, 0);
    assert_int_equal(c->steps[599].sent.total, 20000);
    assert_true(c->steps[599].sent.hash == passed.sent.hash);
    assert_int_equal(c->steps[600].came.head.len, EXCERPT_MAX);
    assert_int_equal(c->steps[1600].came.head.len, 0);
    assert_int_equal(c->steps[1600].outcome, STEP_ENDED);
    record_reader_deinit(&reader);
    record_free(r);
    arena_deinit(&a);
}

static void a_case_that_lost_a_step_is_not_complete(void **state)
{
    struct record_reader reader = reading_case();
    struct step_record s = {.step = 1};
    struct buf out = BUF_INIT;
    struct record *r;

    (void)state;
    feed_steps(&reader, &s, 100000);
    feed_end(&reader);
    record_put_case(&out, &(struct case_key){.row = 1});
    record_put_step(&out, &s);
    record_put_case_end(&out, &(struct case_record){.complete = true});
    record_put_fault(&out, "too much");
    record_put_end(&out);
    assert_int_equal(record_reader_feed(&reader, buf_view(&out)), 0);
    r = record_reader_take(&reader);
    assert_true(r->truncated);
    assert_int_equal(r->n_cases, 1);
    assert_true(r->cases[0].n_steps < 40000);
    assert_false(r->cases[0].complete);
    assert_string_equal(r->fault, "too much");
    assert_true(r->complete);
    buf_deinit(&out);
    record_reader_deinit(&reader);
    record_free(r);
}

static void truncated_records_are_saved_as_such(void **state)
{
    struct record r = {.truncated = true};
    struct buf out = BUF_INIT;
    struct record *copy;

    (void)state;
    record_put_all(&out, &r);
    copy = read_whole(buf_view(&out), 0);
    assert_true(copy->truncated);
    assert_false(copy->complete);
    record_free(copy);
    buf_deinit(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_travels_whole),
        cmocka_unit_test(chunks_of_any_size),
        cmocka_unit_test(programs_are_replaced_by_index),
        cmocka_unit_test(the_play_may_be_told_again),
        cmocka_unit_test(faults_of_the_runner),
        cmocka_unit_test(events_out_of_order),
        cmocka_unit_test(versions_lengths_and_kinds),

        cmocka_unit_test(impossible_splits),
        cmocka_unit_test(impossible_values),
        cmocka_unit_test(a_broken_stream_is_told_once),
        cmocka_unit_test(a_cut_off_stream_is_incomplete),
        cmocka_unit_test(any_damage_is_survived),
        cmocka_unit_test(payloads_are_dropped_first),
        cmocka_unit_test(a_case_that_lost_a_step_is_not_complete),
        cmocka_unit_test(truncated_records_are_saved_as_such),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
