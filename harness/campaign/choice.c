#include "campaign/choice.h"
#include "base/mem.h"

#include <string.h>

bool choice_is_partial(const struct grading_request *q)
{
    return q->only_tests || q->xray;
}

bool choice_has(const struct grading_request *q, size_t test)
{
    const char *id = q->spec->tests[test].id;

    for (const char *const *only = q->only_tests; only && *only; only++)
        if (strcmp(*only, id) == 0)
            return true;
    return !choice_is_partial(q) || (q->xray && strcmp(q->xray, id) == 0);
}

int choice_cases(const struct grading_request *q, size_t test, struct case_list *out, struct err *e)
{
    struct case_key key = {.row = q->row, .seed = q->seed, .fresh = true};
    int r;

    if (!q->only_case) {
        r = plan_cases(q->spec, test, q->seed, out, e);
        if (r == 0 && q->most_cases && !(q->in_full && q->in_full[test]))
            plan_thin(out, q->most_cases);
        return r;
    }
    key.split = split_copy(&q->split);
    key.impairment = q->impairment;
    key.impaired_by = q->impaired_by;
    *array_push(out->keys, out->n, out->cap) = key;
    return 0;
}
