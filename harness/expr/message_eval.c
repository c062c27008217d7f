/* message_eval.c - expressions and transforms of typed messages, which ask for them by callbacks. */
#include "base/mem.h"
#include "expr/expr.h"

static bool failed(const struct expr_error *e, struct arena *a, const char **why)
{
    *why = e->in_functions ? arena_printf(a, "`functions`, line %d: %s", e->line, e->text)
                           : arena_text(a, e->text);
    return false;
}

static bool value(void *ctx, const char *expression, const struct datum *names, struct arena *a,
                  struct datum *out, const char **why)
{
    struct expr_binding *bindings = arena_new(a, names->n * sizeof *bindings);
    struct expr_error e;

    for (size_t i = 0; i < names->n; i++)
        bindings[i] = (struct expr_binding){names->names[i], &names->items[i]};
    if (expr_eval(ctx, bytes_of(expression), EXPR_VALUE, (struct expr_names){bindings, names->n}, a, out, &e))
        return true;
    return failed(&e, a, why);
}

static bool transform(void *ctx, const char *function, const struct datum *args, size_t n_args,
                      struct bytes in, bool encode, struct arena *a, struct bytes *out, const char **why)
{
    struct datum *all = arena_new(a, (n_args + 1) * sizeof *all), result;
    const char *back = arena_printf(a, "un%s", function);
    struct expr_error e;

    all[0] = datum_bytes(in);
    for (size_t i = 0; i < n_args; i++)
        all[i + 1] = args[i];
    if (!encode && expr_is_function(ctx, back))
        function = back;
    if (!expr_call(ctx, function, all, n_args + 1, a, &result, &e))
        return failed(&e, a, why);
    if (result.kind != DATUM_BYTES) {
        *why = arena_printf(a, "`%s` gives no bytes", function);
        return false;
    }
    *out = result.bytes;
    return true;
}

static bool knows(void *ctx, const char *name)
{
    return expr_knows(ctx, name);
}

struct message_eval expr_message_eval(struct expr *x)
{
    return (struct message_eval){.ctx = x, .value = value, .transform = transform, .knows = knows};
}
