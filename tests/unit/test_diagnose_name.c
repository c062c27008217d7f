/* test_diagnose_name.c - who tries one address of a name only: what is played to find out, and what is not.
 */
#include "records.h"

/* Steps: 0 origin accepts, 1 plain accepts, 2 the client prints. */
static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  client: {run: ./client, args: \"${origin.name} ${origin.port} ${plain.port}\"}\n"
    "protocol: {framing: line}\n"
    "peers:\n  origin: {listens: tcp, name: calc.test, host: 127.0.0.7}\n"
    "  plain: {listens: tcp}\n"
    "tests:\n  - id: t\n    steps:\n      - origin accepts: conn\n"
    "      - plain accepts: other\n      - client prints: \"x\"\n";

struct script {
    uint32_t step; /* that fails … */
    enum outcome outcome;
    bool helped; /* … but not in the experiment */
};

static bool fails_as_planned(struct docket *d, struct record *r, struct case_record *c)
{
    const struct script *p = d->model.arg;
    struct step_record *s;

    if (c->key.experiment == EVERYWHERE && p->helped)
        return true;
    for (uint32_t i = 0; i < p->step; i++)
        add_step(r, c, i, STEP_PASSED);
    s = add_step(r, c, p->step, p->outcome);
    s->decided = BY_IDLE;
    s->program = UINT32_MAX;
    s->exit_status = -1;
    return false;
}

static bool was_tried(const struct docket *d)
{
    for (size_t i = 0; i < d->n; i++)
        for (size_t k = 0; k < d->records[i]->n_cases; k++)
            if (d->records[i]->cases[k].key.experiment == EVERYWHERE)
                return true;
    return false;
}

static void nobody_came(void **state)
{
    static const struct script plan = {0, STEP_NO_CONNECTION, true};
    struct docket d = judged(spec_text, fails_as_planned, &plan);

    (void)state;
    assert_true(was_tried(&d));
    assert_int_equal(d.out.verdict, VERDICT_FAIL);
    assert_string_equal(docket_finding(&d), "first-address-only");
    assert_non_null(strstr(d.out.findings[0].evidence, "calc.test, which stands for ::1 and 127.0.0.7"));
    assert_non_null(strstr(d.out.findings[0].evidence, "client did not come"));
    docket_deinit(&d);
}

static void nobody_comes_anywhere(void **state)
{
    static const struct script plan = {0, STEP_NO_CONNECTION, false};
    struct docket d = judged(spec_text, fails_as_planned, &plan);

    (void)state;
    assert_true(was_tried(&d));
    assert_string_equal(docket_finding(&d), "none");
    docket_deinit(&d);
}

static void not_asked(void **state)
{
    static const struct script plans[] = {
        {1, STEP_NO_CONNECTION, true}, /* that peer has no name */
        {0, STEP_NOT_LISTENING, true},
        {2, STEP_NOT_PRINTED, true},
        {2, STEP_NO_CONNECTION, true}, /* of a program: a record may say anything */
    };

    (void)state;
    for (size_t i = 0; i < array_len(plans); i++) {
        struct docket d = judged(spec_text, fails_as_planned, &plans[i]);

        assert_false(was_tried(&d));
        assert_string_not_equal(docket_finding(&d), "first-address-only");
        docket_deinit(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_came),
        cmocka_unit_test(nobody_comes_anywhere),
        cmocka_unit_test(not_asked),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
