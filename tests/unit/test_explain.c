/*
 * test_explain.c - what there is to tell of each diagnosis: that all of it is there, and how it looks.
 *
 * That the examples compile is a matter of tests/lint/examples.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "report/explain.h"
#include "report/explanation.h"
#include "spec/concepts.h"

#define CONCEPTS "SDAMRLOTPIE"

static bool holds(const struct buf *b, const char *text)
{
    return bytes_find(buf_view(b), bytes_of(text));
}

/* ---- nothing is missing -------------------------------------------------------------------------------- */

static void test_each_diagnosis(void **state)
{
    const struct diagnosis *d;
    struct explanation e;

    (void)state;
    for (size_t i = 0; (d = diagnosis_at(i)); i++) {
        if (!explanation_find(d->id, &e))
            fail_msg("harness/report/explanations/%s.md is missing", d->id);
        if (!e.seen.len || !e.why.len || !e.wrong.len || !e.right.len)
            fail_msg("harness/report/explanations/%s.md lacks something", d->id);
        assert_false(bytes_equal(e.wrong, e.right));
        assert_null(bytes_find(e.right, bytes_of("```")));
    }
}

static void test_no_other(void **state)
{
    struct bytes all = explanation_all();

    (void)state;
    while (all.len) {
        struct bytes line = explanation_line(&all);
        char id[64] = "";

        if (!bytes_equal(bytes_slice(line, 0, 2), bytes_of("# ")))
            continue;
        assert_true(line.len - 2 < sizeof id);
        memcpy(id, line.data + 2, line.len - 2);
        if (!diagnosis_find(id))
            fail_msg("there is no diagnosis %s, but an explanation of it", id);
    }
}

static void test_not_found(void **state)
{
    struct explanation e;

    (void)state;
    assert_false(explanation_find("one-read", &e));
    assert_false(explanation_find("", &e));
    assert_false(explanation_find("# Seen", &e));
    assert_int_equal(e.seen.len + e.why.len + e.wrong.len + e.right.len, 0);
}

static void test_concepts(void **state)
{
    struct arena arena = {0};
    struct concept c;
    const struct diagnosis *d;

    (void)state;
    for (const char *letter = CONCEPTS; *letter; letter++) {
        assert_true(concept_find(&arena, *letter, &c));
        assert_true(strlen(c.title) > 10 && strlen(c.title) < 60);
        assert_true(strlen(c.text) > 100);
    }
    for (size_t i = 0; (d = diagnosis_at(i)); i++)
        assert_true(concept_find(&arena, d->concept, &c));
    assert_false(concept_find(&arena, 'X', &c));
    assert_false(concept_find(&arena, 0, &c));
    arena_deinit(&arena);
}

/* ---- how it looks -------------------------------------------------------------------------------------- */

static unsigned columns(struct bytes line)
{
    unsigned n = 0;

    for (size_t i = 0; i < line.len; i++)
        n += (line.data[i] & 0xc0) != 0x80;
    return n;
}

static void check_lines(const struct buf *b, unsigned width)
{
    struct bytes all = buf_view(b);

    assert_true(all.len > 0 && all.data[all.len - 1] == '\n');
    while (all.len) {
        const struct bytes line = explanation_line(&all);

        assert_true(columns(line) <= width);
        for (size_t i = 0; i < line.len; i++)
            assert_true(line.data[i] >= ' ' && line.data[i] != 0x7f);
    }
}

static void test_one(void **state)
{
    const struct diagnosis *d;
    struct explanation e;

    (void)state;
    for (size_t i = 0; (d = diagnosis_at(i)); i++)
        for (unsigned width = 60; width <= 110; width += 10) {
            _cleanup_buf_ struct buf out = BUF_INIT;

            explain_one(d, &(struct report_options){.width = width}, &out);
            check_lines(&out, width);
            assert_memory_equal(out.data, d->id, strlen(d->id));
            assert_true(explanation_find(d->id, &e));
            while (width >= 80 && e.right.len)
                assert_true(bytes_find(buf_view(&out), explanation_line(&e.right)));
        }
}

static void test_whole(void **state)
{
    static const char *const parts[] = {
        "unflushed-stdout — what is printed stays in the program's own buffer\n\n",
        "  Seen:    In a terminal each line is there at once. Into a pipe",
        "  Why:     `printf` writes into a buffer of the C library.",
        "  Wrong:\n\n    printf(\"%s joined\\n\", name);\n\n",
        "  Right:\n\n    printf(\"%s joined\\n\", name);\n    fflush(stdout);\n\n",
        "  Hint:    Call fflush(stdout) after each line:",
        "  Concept: The server is there first\n           A client begins",
    };
    _cleanup_buf_ struct buf out = BUF_INIT;
    const char *at;

    (void)state;
    explain_one(diagnosis_find("unflushed-stdout"), NULL, &out);
    buf_byte(&out, 0);
    at = (const char *)out.data;
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        at = strstr(at, parts[i]);
        assert_non_null(at); /* it is not there, or not in its place */
    }
}

/* What the other example has too is in no colour, at whatever depth it stands. */
static void test_colour(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT;

    (void)state;
    explain_one(diagnosis_find("accepts-once"), &(struct report_options){.colour = true}, &out);
    assert_true(holds(&out, "\033[31mclient = accept(listener, NULL, NULL);\033[0m\n    serve(client);\n"));
    assert_true(holds(&out, "\033[32mwhile ((client = accept(listener, NULL, NULL)) >= 0) {\033[0m\n"
                            "        serve(client);\n        close(client);\n    \033[32m}\033[0m\n"));
}

static size_t question_marks(const struct buf *b)
{
    size_t n = 0;

    for (size_t i = 0; i < b->len; i++)
        n += b->data[i] == '?';
    return n;
}

/* Whatever ASCII has no twin of would be a question mark. */
static void test_ascii(void **state)
{
    const struct diagnosis *d;

    (void)state;
    for (size_t i = 0; (d = diagnosis_at(i)); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT;
        _cleanup_buf_ struct buf plain = BUF_INIT;

        explain_one(d, NULL, &plain);
        explain_one(d, &(struct report_options){.ascii = true}, &out);
        for (size_t k = 0; k < out.len; k++)
            assert_true(out.data[k] < 0x7f);
        assert_int_equal(question_marks(&out), question_marks(&plain));
    }
}

static void test_list(void **state)
{
    const struct diagnosis *d;

    (void)state;
    for (unsigned width = 60; width <= 110; width += 10) {
        _cleanup_buf_ struct buf out = BUF_INIT;

        explain_list(&(struct report_options){.width = width}, &out);
        check_lines(&out, width);
        for (size_t i = 0; (d = diagnosis_at(i)); i++) {
            char row[64];

            snprintf(row, sizeof row, "\n  %s ", d->id);
            assert_true(holds(&out, row));
        }
        assert_memory_equal(out.data, "Streams\n  close-with-unread-data ", 33);
        assert_true(holds(&out, "\n\nThe program itself\n  blocks-on-stdin "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_diagnosis),
        cmocka_unit_test(test_no_other),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_concepts),
        cmocka_unit_test(test_one),
        cmocka_unit_test(test_whole),
        cmocka_unit_test(test_colour),
        cmocka_unit_test(test_ascii),
        cmocka_unit_test(test_list),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
