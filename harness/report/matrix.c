#include "report/matrix.h"
#include "judge/finding.h"

#include <string.h>

#define NAME_WIDTH 30
#define PROOFS_WANTED 2 /* one mutant may be named rightly by luck */

/* ---- tests and mutants ----------------------------------------------------------------------------------
 */

static char column(size_t test)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return letters[test % (sizeof letters - 1)];
}

static void put_row(const struct expectation *x, size_t tests, struct buf *out)
{
    buf_printf(out, "    %-*s", NAME_WIDTH, x->name);
    for (size_t t = 0; t < tests; t++)
        buf_text(out, x->fails[t] ? " x" : " .");
    buf_byte(out, '\n');
}

void matrix_tests(const struct proven *p, struct buf *out)
{
    for (size_t t = 0; t < p->spec->n_tests; t++)
        buf_printf(out, "    %c %s\n", column(t), p->spec->tests[t].id);
    buf_printf(out, "    %-*s", NAME_WIDTH, "");
    for (size_t t = 0; t < p->spec->n_tests; t++)
        buf_printf(out, " %c", column(t));
    buf_byte(out, '\n');
    for (size_t i = 0; i < p->expected.n; i++)
        if (!p->expected.items[i].right)
            put_row(&p->expected.items[i], p->spec->n_tests, out);
}

/* ---- diagnoses and mutants ------------------------------------------------------------------------------
 */

static size_t put_proofs(const struct proven *p, const char *id, struct buf *out)
{
    const char *slash = strrchr(p->dir, '/');
    size_t n = 0;

    for (size_t i = 0; i < p->expected.n; i++) {
        const struct expectation *x = &p->expected.items[i];

        if (x->right || !(expectation_advises(x, id) || (x->diagnosis && strcmp(x->diagnosis, id) == 0)))
            continue;
        buf_printf(out, " %s/%s", slash ? slash + 1 : p->dir, x->name);
        n++;
    }
    return n;
}

size_t matrix_diagnoses(const struct proven *all, size_t n, struct buf *out)
{
    const struct diagnosis *d;
    size_t few = 0;

    for (size_t k = 0; (d = diagnosis_at(k)); k++) {
        _cleanup_buf_ struct buf proofs = BUF_INIT;
        size_t found = 0;

        for (size_t i = 0; i < n; i++)
            found += put_proofs(&all[i], d->id, &proofs);
        few += found < PROOFS_WANTED;
        buf_printf(out, "  %s %-*s", found < PROOFS_WANTED ? "FEW " : "ok  ", NAME_WIDTH, d->id);
        buf_append(out, buf_view(&proofs));
        buf_byte(out, '\n');
    }
    return few;
}
