/* expr_rig.h - evaluating texts in tests: what they give, and what is wrong with them. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "base/mem.h"
#include "expr/expr.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

struct rig {
    struct expr *x;
    struct arena arena;
    struct expr_error error;
    struct expr_binding names[8];
    size_t n;
};

static inline struct rig *rig_with(const char *functions, struct expr_limits limits)
{
    struct rig *r = mem_new(sizeof *r);

    r->x = expr_new(bytes_of(functions), limits, &r->error);
    return r;
}

static inline int rig_setup(void **state)
{
    struct rig *r = rig_with("", EXPR_LIMITS);

    *state = r;
    return r->x ? 0 : -1;
}

static inline int rig_teardown(void **state)
{
    struct rig *r = *state;

    expr_free(r->x);
    arena_deinit(&r->arena);
    mem_free(r);
    return 0;
}

static inline void rig_bind(struct rig *r, const char *name, struct datum value)
{
    assert_true(r->n < array_len(r->names));
    r->names[r->n++] = (struct expr_binding){name, arena_copy(&r->arena, &value, sizeof value)};
}

static inline struct expr_names rig_names(const struct rig *r)
{
    return (struct expr_names){r->names, r->n};
}

static inline struct datum rig_eval(struct rig *r, const char *text)
{
    struct datum out = {0};

    if (!expr_eval(r->x, bytes_of(text), EXPR_BLOCK, rig_names(r), &r->arena, &out, &r->error))
        fail_msg("%s: %s", text, r->error.text);
    return out;
}

/* The result as it would stand in a text. */
static inline const char *rig_text(struct rig *r, const char *text)
{
    _cleanup_buf_ struct buf b = BUF_INIT;
    struct datum d = rig_eval(r, text);

    datum_text(&d, &b);
    return (const char *)arena_bytes(&r->arena, buf_view(&b)).data;
}

/* What is wrong with it; fails when nothing is. */
static inline const char *rig_error(struct rig *r, const char *text)
{
    struct datum out;

    if (expr_eval(r->x, bytes_of(text), EXPR_BLOCK, rig_names(r), &r->arena, &out, &r->error))
        fail_msg("nothing is wrong with: %s", text);
    return r->error.text;
}

#define assert_gives(r, text, wanted) assert_string_equal(rig_text(r, text), wanted)
#define assert_fails(r, text, wanted) assert_string_equal(rig_error(r, text), wanted)
#define rig_test(f) cmocka_unit_test_setup_teardown(f, rig_setup, rig_teardown)
