/* test_record.c - excerpts, indices, and that the tables of layout.c miss no member. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "record/layout.h"

static size_t width(const struct field *f, size_t *align)
{
    *align = sizeof(void *);
    switch (f->type) {
    case MEMBER_NUMBER: return *align = f->size;
    case MEMBER_TEXT: return sizeof(char *);
    case MEMBER_BYTES: return sizeof(struct bytes);
    case MEMBER_STRUCT: return f->of->size;
    case MEMBER_LIST: return sizeof(void *);
    }
    return 0;
}

/* A member that somebody adds to a struct, but not to its table, leaves a gap there that alignment does not
 * explain. */
static void check_covered(const struct layout *layout)
{
    uint8_t *covered = mem_new(layout->size);
    size_t most_aligned = 1;

    for (size_t i = 0; i < layout->n; i++) {
        const struct field *f = &layout->fields[i];
        size_t align, n = width(f, &align), before = f->offset;

        memset(covered + f->offset, 1, n);
        if (f->type == MEMBER_LIST)
            memset(covered + f->count, 1, f->size);
        most_aligned = align > most_aligned ? align : most_aligned;
        while (before && f->offset - before < align - 1 && !covered[before - 1])
            covered[--before] = 2; /* padding, as far as can be told */
        if (f->of)
            check_covered(f->of);
    }
    for (size_t i = 0; i < layout->size; i++)
        if (!covered[i])
            assert_true(layout->size - i < most_aligned);
    mem_free(covered);
}

static void every_member_travels(void **state)
{
    (void)state;
    check_covered(&layout_step);
    check_covered(&layout_program);
    check_covered(&layout_key);
    check_covered(&layout_call);
    check_covered(&layout_wire);
    check_covered(&layout_xray);
}

static void excerpts(void **state)
{
    static const uint8_t data[2 * EXCERPT_MAX + 1] = {1, 2, 3, [EXCERPT_MAX] = 7, [2 * EXCERPT_MAX] = 9};
    struct arena a = {0};
    struct bytes all = arena_bytes(&a, (struct bytes){data, sizeof data});
    struct excerpt whole = excerpt_of(&a, bytes_slice(all, 0, 2 * EXCERPT_MAX)), part = excerpt_of(&a, all);
    struct excerpt none = excerpt_of(&a, (struct bytes){0});

    (void)state;
    assert_true(excerpt_is_whole(&whole));
    assert_int_equal(whole.head.len, 2 * EXCERPT_MAX);
    assert_int_equal(whole.tail.len, 0);
    assert_false(excerpt_is_whole(&part));
    assert_int_equal(part.total, 2 * EXCERPT_MAX + 1);
    assert_memory_equal(part.head.data, all.data, EXCERPT_MAX);
    assert_memory_equal(part.tail.data, all.data + EXCERPT_MAX + 1, EXCERPT_MAX);
    assert_true(part.hash == bytes_hash(all));
    assert_true(excerpt_is_whole(&none));
    assert_int_equal(none.total, 0);
    arena_deinit(&a);
}

static struct record *example(void)
{
    struct record *r = record_new();
    struct case_record *c;
    struct step_record *s;

    r->test = 3;
    record_program(r, 2);
    c = record_add_case(r);
    c->key.row = 4;
    c->key.plan = 1;
    c->key.impairment = 2;
    c->release = (struct release_record){.tried = true, .closed = 1};
    s = record_add_step(r, c);
    assert_int_equal(s->program, UINT32_MAX);
    assert_int_equal(s->exit_status, -1);
    s->step = 2;
    record_add_step(r, c)->step = STEP_AFTER;
    return r;
}

static const char *within(const struct record *r, size_t tests, size_t programs, size_t peers, size_t steps)
{
    struct record_bounds b = {tests, programs, peers, steps, .rows = 5, .plans = 2, .impairments = 2};

    return record_within(r, &b);
}

/* Within two peers and three programs. */
static void xrays_must_fit_the_spec(struct record *r)
{
    struct call_record call = {.program = UINT32_MAX, .peer = 2};
    struct wire_record wire = {.peer = 1};

    r->cases[0].xray = (struct xray_record){.calls = &call, .n_calls = 1, .wires = &wire, .n_wires = 1};
    assert_null(within(r, 4, 3, 2, 3));
    call.program = 3;
    assert_non_null(within(r, 4, 3, 2, 3));
    call = (struct call_record){.program = 2, .peer = 3};
    assert_non_null(within(r, 4, 3, 2, 3));
    call.peer = 0;
    assert_null(within(r, 4, 3, 2, 3));
    wire.peer = 2;
    assert_non_null(within(r, 4, 3, 2, 3));
    r->cases[0].xray = (struct xray_record){0};
}

static void indices_must_fit_the_spec(void **state)
{
    struct record *r = example();
    struct record_bounds few_rows = {4, 3, 2, 3, 4, 2, 2}, few_plans = {4, 3, 2, 3, 5, 1, 2},
                         no_rows = {4, 3, 2, 3, 0, 2, 2}, few_impairments = {4, 3, 2, 3, 5, 2, 1};

    (void)state;
    assert_null(within(r, 4, 3, 2, 3));
    assert_non_null(within(r, 3, 3, 2, 3));
    assert_non_null(within(r, 4, 2, 2, 3));
    assert_non_null(within(r, 4, 3, 1, 3));
    assert_non_null(within(r, 4, 3, 2, 2));
    assert_non_null(record_within(r, &few_rows));
    assert_non_null(record_within(r, &few_plans));
    assert_non_null(record_within(r, &few_impairments));
    r->cases[0].impaired = arena_new(&r->arena, sizeof *r->cases[0].impaired);
    r->cases[0].n_impaired = 1;
    r->cases[0].impaired[0].peer = 1;
    assert_null(within(r, 4, 3, 2, 3));
    r->cases[0].impaired[0].peer = 2;
    assert_non_null(within(r, 4, 3, 2, 3));
    r->cases[0].n_impaired = 0;
    xrays_must_fit_the_spec(r);
    r->cases[0].key.row = 0;
    assert_null(record_within(r, &no_rows));
    r->cases[0].steps[0].astray = 2; /* counts from 1 */
    assert_null(within(r, 4, 3, 2, 3));
    r->cases[0].steps[0].astray = 3;
    assert_non_null(within(r, 4, 3, 2, 3));
    r->cases[0].steps[0].astray = 0;
    r->cases[0].steps[0].program = 3;
    assert_non_null(within(r, 4, 3, 2, 3));
    record_free(r);
}

static void lists_grow(void **state)
{
    struct record *r = record_new();

    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        struct case_record *c = record_add_case(r);

        c->key.row = i;
        for (uint32_t k = 0; k < i; k++)
            record_add_step(r, c)->step = k;
        record_program(r, i)->left_behind = i;
        record_program(r, i / 2)->cpu++;
    }
    assert_int_equal(r->n_cases, 100);
    assert_int_equal(r->n_programs, 100);
    for (uint32_t i = 0; i < 100; i++) {
        assert_int_equal(r->cases[i].key.row, i);
        assert_int_equal(r->cases[i].n_steps, i);
        assert_int_equal(record_program(r, i)->left_behind, i);
        assert_int_equal(record_program(r, i)->cpu, i < 50 ? 2 : 0);
    }
    assert_int_equal(r->cases[99].steps[98].step, 98);
    record_free(r);
}

static void freeing_nothing(void **state)
{
    (void)state;
    record_free(NULL);
    record_free(record_new());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_travels),      cmocka_unit_test(excerpts),
        cmocka_unit_test(indices_must_fit_the_spec), cmocka_unit_test(lists_grow),
        cmocka_unit_test(freeing_nothing),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
