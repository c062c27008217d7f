/* prompts.c - "Name: " and no line feed, printed before something is typed. */
#include "spec/parts.h"

static bool ends_in_mid_line(const struct value *v)
{
    const struct piece *last = v->kind == VALUE_BYTES && v->text.n ? &v->text.pieces[v->text.n - 1] : NULL;

    return last && !v->framed && last->kind == PIECE_TEXT && last->text.len &&
           last->text.data[last->text.len - 1] != '\n';
}

static bool is_typed_to_after(const struct test *t, size_t step)
{
    for (size_t i = step + 1; i < t->n_steps; i++)
        if (t->steps[i].actor_kind == ACTOR_PROGRAM && t->steps[i].actor == t->steps[step].actor &&
            t->steps[i].verb == VERB_TYPES)
            return true;
    return false;
}

/* stdio writes a prompt out before it reads from a terminal, but not before it reads from a pipe. */
static void check_step(struct loader *l, const struct test *t, size_t i)
{
    const struct step *s = &t->steps[i];
    const struct program *p;

    if (s->actor_kind != ACTOR_PROGRAM || s->verb != VERB_PRINTS || !ends_in_mid_line(&s->value))
        return;
    p = test_program(l->spec, t, s->actor);
    if (p->stdin_given || p->stdin_kind != STDIN_OPEN || p->stdout_is_pipe || !is_typed_to_after(t, i))
        return;
    diag_note(
        l->diags,
        diag_warning(l->diags, s->mark,
                     "the stdin of `%s` is a pipe, and printf then holds a prompt back that ends no line",
                     p->name),
        "say `stdin: terminal` of it, as it is for whoever starts it by hand");
}

void prompts_check(struct loader *l)
{
    for (size_t i = 0; i < l->spec->n_tests; i++)
        for (size_t k = 0; k < l->spec->tests[i].n_steps; k++)
            check_step(l, &l->spec->tests[i], k);
}
