/* fuzz_expr.c - any text as an expression: it ends, within its bounds, and the next one is none the worse. */
#include <string.h>

#include "base/mem.h"
#include "expr/expr.h"
#include "fuzz.h"

static const char functions[] = "function twice(f) return f(), f() end kept = {} "
                                "function keep(x) kept[#kept + 1] = x return kept end";

/* Bytes of the input, an integer, and a record of both that came from a message. */
static void bind(struct bytes all, struct datum *values, struct expr_binding *names)
{
    static const char *const fields[] = {"text", "number"};

    values[0] = datum_bytes(all);
    values[1] = datum_uint(UINT64_MAX - all.len);
    values[2] = (struct datum){
        .kind = DATUM_RECORD, .items = values, .names = (const char **)fields, .n = 2, .wire = all};
    for (size_t i = 0; i < 3; i++)
        names[i] = (struct expr_binding){i < 2 ? fields[i] : "got", &values[i]};
}

/* What can be said of a text, whatever it is. */
static void check(struct expr *x, struct bytes text, enum expr_form form, struct expr_names names)
{
    struct arena a = {0};
    struct expr_error e;
    struct expr_verdict verdict;
    struct datum out;
    const char **free_names;
    bool compiles = expr_compiles(x, text, form, &e);

    if (!compiles)
        require(e.text[0] && memchr(e.text, 0, sizeof e.text));
    if (expr_free_names(x, text, form, &a, &free_names) > 0 && form == EXPR_VALUE)
        require(free_names[0][0]);
    if (expr_eval(x, text, form, names, &a, &out, &e)) {
        _cleanup_buf_ struct buf b = BUF_INIT;

        datum_text(&out, &b);
    } else {
        require(memchr(e.text, 0, sizeof e.text));
    }
    expr_check(x, text, form, names, &a, &verdict, &e);
    require(expr_eval(x, bytes_of("size('ab') + 1"), EXPR_VALUE, (struct expr_names){0}, &a, &out, &e));
    require(out.kind == DATUM_INT && out.i == 3);
    arena_deinit(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes all = {data, size};
    struct datum values[3];
    struct expr_binding bindings[3];
    struct expr_error e;
    struct expr *x =
        expr_new(bytes_of(functions), (struct expr_limits){100000, 1 << 20, INT64_C(5000000000)}, &e);

    require(x);
    bind(all, values, bindings);
    check(x, all, EXPR_VALUE, (struct expr_names){bindings, 3});
    check(x, all, EXPR_BLOCK, (struct expr_names){bindings, 3});
    expr_free(x);
    x = expr_new(all, (struct expr_limits){100000, 1 << 20, INT64_C(5000000000)}, &e);
    require(x || e.text[0]);
    expr_free(x);
    return 0;
}
