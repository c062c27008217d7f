/*
 * test_report.c - every report of every sample, compared byte for byte with a golden file.
 *
 * GOLDEN_UPDATE=1 rewrites them: then read the difference. What is true of any report (no hostile byte in it,
 * lines that fit, XML and JSON that parse) is checked besides.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/escape.h"
#include "base/rng.h"
#include "report/json.h"
#include "report/junit.h"
#include "report/progress.h"
#include "report/terminal.h"
#include "report/wording.h"
#include "report_network.h"
#include "report_xray.h"

static const struct {
    const char *name;
    void (*make)(struct sample *s);
} samples[] = {
    {"pass", sample_pass},         {"split", sample_split},     {"differs", sample_differs},
    {"long", sample_long},         {"binary", sample_binary},   {"crash", sample_crash},
    {"deaf", sample_deaf},         {"broken", sample_broken},   {"ungraded", sample_ungraded},
    {"excused", sample_excused},   {"hostile", sample_hostile}, {"client", sample_client},
    {"far", sample_far},           {"refused", sample_refused}, {"unasked", sample_unasked},
    {"groups", sample_groups},     {"network", sample_network}, {"chunks", sample_chunks},
    {"advice", sample_advice},     {"xray", sample_xray},       {"xrays", sample_xrays},
    {"untraced", sample_untraced},
};

/* ---- golden files -------------------------------------------------------------------------------------- */

/* The folder of the golden files: beside this source, wherever the test is run. */
static const char *golden_path(const char *name, const char *suffix, char out[512])
{
    const char *slash = strrchr(__FILE__, '/');

    snprintf(out, 512, "%.*s/../golden/reports/%s.%s", slash ? (int)(slash - __FILE__) : 1,
             slash ? __FILE__ : ".", name, suffix);
    return out;
}

static void read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "r");
    char chunk[4096];
    size_t n;

    while (f && (n = fread(chunk, 1, sizeof chunk, f)) > 0)
        buf_append(out, (struct bytes){(uint8_t *)chunk, n});
    if (f)
        fclose(f);
}

static void compare(const char *name, const char *suffix, const struct buf *got)
{
    _cleanup_buf_ struct buf want = BUF_INIT;
    char path[512];
    FILE *f;

    golden_path(name, suffix, path);
    if (getenv("GOLDEN_UPDATE")) {
        f = fopen(path, "w");
        assert_non_null(f);
        assert_int_equal(fwrite(got->data, 1, got->len, f), got->len);
        assert_int_equal(fclose(f), 0);
    }
    read_file(path, &want);
    if (!bytes_equal(buf_view(got), buf_view(&want)))
        print_error("%s differs; what came:\n%.*s\n", path, (int)got->len, (const char *)got->data);
    assert_true(bytes_equal(buf_view(got), buf_view(&want)));
}

/* ---- what is true of any report ------------------------------------------------------------------------ */

/* Columns of a line, where every character takes one: true of all that the samples but `hostile` write. */
static size_t columns(struct bytes line)
{
    size_t n = 0;

    for (size_t i = 0; i < line.len; i++)
        n += (line.data[i] & 0xc0) != 0x80;
    return n;
}

static void check_lines(struct bytes text, size_t width, const char *name)
{
    for (size_t from = 0; from < text.len;) {
        const uint8_t *end = memchr(text.data + from, '\n', text.len - from);
        struct bytes line = {text.data + from, (size_t)(end - (text.data + from))};
        /* A command is never broken. */
        bool command = bytes_find(line, bytes_of("sockgrade grade ")) != NULL;

        assert_non_null(end);
        if (columns(line) > width && !command)
            print_error("%s: %zu columns: %.*s\n", name, columns(line), (int)line.len, line.data);
        assert_true(columns(line) <= width || command);
        assert_true(line.len == 0 || line.data[line.len - 1] != ' ');
        from += line.len + 1;
    }
}

/* Nothing is in it that escape_text would change, once our own colours are taken out. */
static void check_harmless(struct bytes text)
{
    static const char *const colours[] = {"\033[0m",  "\033[1m",  "\033[2m",    "\033[31m",  "\033[32m",
                                          "\033[33m", "\033[36m", "\033[1;31m", "\033[1;35m"};
    _cleanup_buf_ struct buf plain = BUF_INIT;
    _cleanup_buf_ struct buf escaped = BUF_INIT;

    for (size_t i = 0; i < text.len;) {
        size_t skip = 0;

        for (size_t k = 0; k < array_len(colours); k++)
            if (bytes_equal(bytes_slice(text, i, strlen(colours[k])), bytes_of(colours[k])))
                skip = strlen(colours[k]);
        if (skip == 0)
            buf_byte(&plain, text.data[i]);
        i += skip ? skip : 1;
    }
    escape_text(&escaped, buf_view(&plain));
    assert_true(bytes_equal(buf_view(&plain), buf_view(&escaped)));
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static void test_terminal(void **state)
{
    struct sample s;

    (void)state;
    for (size_t i = 0; i < array_len(samples); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT;

        samples[i].make(&s);
        report_terminal(&s.result, NULL, &out);
        compare(samples[i].name, "txt", &out);
        check_lines(buf_view(&out), 80, samples[i].name);
        check_harmless(buf_view(&out));
    }
}

static void test_terminal_looks(void **state)
{
    static const struct {
        const char *suffix;
        struct report_options options;
    } looks[] = {
        {"colour.txt", {.colour = true, .width = 100}},
        {"ascii.txt", {.ascii = true, .width = 60, .verbose = true}},
    };
    struct sample s;

    (void)state;
    for (size_t i = 0; i < array_len(samples); i++)
        for (size_t k = 0; k < array_len(looks); k++) {
            _cleanup_buf_ struct buf out = BUF_INIT;

            samples[i].make(&s);
            report_terminal(&s.result, &looks[k].options, &out);
            compare(samples[i].name, looks[k].suffix, &out);
            check_harmless(buf_view(&out));
            if (looks[k].options.ascii)
                check_lines(buf_view(&out), 60, samples[i].name);
            for (size_t n = 0; looks[k].options.ascii && n < out.len; n++)
                assert_true(out.data[n] < 0x80);
        }
}

/* Whatever the width, no line is longer than it. */
static void test_any_width(void **state)
{
    struct sample s;

    (void)state;
    for (size_t i = 0; i < array_len(samples); i++) {
        samples[i].make(&s);
        for (unsigned width = 60; width <= 110 && strcmp(samples[i].name, "hostile") != 0; width++) {
            _cleanup_buf_ struct buf out = BUF_INIT;

            report_terminal(&s.result, &(struct report_options){.width = width, .verbose = true}, &out);
            check_lines(buf_view(&out), width, samples[i].name);
        }
    }
}

static void test_json(void **state)
{
    struct sample s;

    (void)state;
    for (size_t i = 0; i < array_len(samples); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT;

        samples[i].make(&s);
        report_json(&s.result, &out);
        compare(samples[i].name, "json", &out);
        check_harmless(buf_view(&out));
    }
}

static void test_junit(void **state)
{
    struct sample s;

    (void)state;
    for (size_t i = 0; i < array_len(samples); i++) {
        _cleanup_buf_ struct buf out = BUF_INIT;

        samples[i].make(&s);
        report_junit(&s.result, &out);
        compare(samples[i].name, "xml", &out);
        check_harmless(buf_view(&out));
    }
}

static void test_junit_names_are_unique(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct sample s;

    (void)state;
    sample_init(&s);
    s.tests[3].id = "build";
    report_junit(&s.result, &out);
    assert_non_null(bytes_find(buf_view(&out), bytes_of("name=\"build\"")));
    assert_non_null(bytes_find(buf_view(&out), bytes_of("name=\"build (2)\"")));
}

/* A published schema and readers that are not ours: what they say of every golden file. */
static void test_others_can_read_them(void **state)
{
    char command[1200], folder[512];

    (void)state;
    if (system("python3 -c 'import jsonschema' 2>/dev/null") != 0)
        skip();
    golden_path("..", "", folder);
    *strrchr(folder, '/') = 0;
    snprintf(command, sizeof command, "python3 -W ignore '%s/../../e2e/validate.py' '%s'", folder, folder);
    assert_int_equal(system(command), 0);
}

static struct excerpt random_excerpt(struct rng *rng, uint8_t *data, size_t size)
{
    size_t len = rng_below(rng, 4) ? rng_below(rng, 40) : rng_below(rng, size), head = len;

    rng_fill(rng, data, len);
    for (size_t i = 0; rng_below(rng, 2) && i < len; i++)
        data[i] = (uint8_t)(' ' + data[i] % 95);
    if (len > 100 && rng_below(rng, 2))
        head = len / 2;
    return (struct excerpt){.total = head < len ? len + rng_below(rng, 1000) : len,
                            .head = {data, head},
                            .tail = {data + head, len - head}};
}

/* Any bytes, cut and different anywhere: each line fits, nothing hostile comes out, and nothing breaks. */
static void test_any_conversation(void **state)
{
    static const enum outcome outcomes[] = {STEP_OTHER_CAME, STEP_TOO_LITTLE,  STEP_BAD_FRAME,
                                            STEP_ENDED,      STEP_NOT_PRINTED, STEP_CAME_UNASKED};
    static uint8_t data[3][3000];
    struct rng rng = rng_seed(3, 0);
    struct sample s;

    (void)state;
    for (int round = 0; round < 3000; round++) {
        struct report_options o = {
            .width = 60 + (unsigned)rng_below(&rng, 51), .colour = false, .ascii = round % 2};
        _cleanup_buf_ struct buf out = BUF_INIT;

        sample_split(&s);
        s.played[0].sent = random_excerpt(&rng, data[0], sizeof data[0]);
        s.played[1].expected = random_excerpt(&rng, data[1], sizeof data[1]);
        s.played[1].came = random_excerpt(&rng, data[2], sizeof data[2]);
        s.played[1].at = rng_below(&rng, s.played[1].came.total + 2);
        s.played[1].outcome = outcomes[rng_below(&rng, array_len(outcomes))];
        s.cuts.n = 1 + (uint32_t)rng_below(&rng, 14);
        for (uint32_t i = 0; i < s.cuts.n; i++)
            s.at[i] =
                (i ? s.at[i - 1] : 0) + 1 + (uint32_t)rng_below(&rng, 1 + s.played[0].sent.total / s.cuts.n);
        s.play.key.split.kind = rng_below(&rng, 3) ? SPLIT_CUTS : SPLIT_BYTES;
        report_terminal(&s.result, &o, &out);
        check_lines(buf_view(&out), o.width, "random");
        check_harmless(buf_view(&out));
    }
}

/* The character above the caret is the byte that differs, in what was expected and in what came. */
static void test_caret_points_at_the_difference(void **state)
{
    static uint8_t data[2][400];
    struct sample s;

    (void)state;
    for (uint64_t at = 0; at < sizeof data[0]; at += 3) {
        _cleanup_buf_ struct buf out = BUF_INIT;
        const uint8_t *line[3], *end;
        size_t column;

        for (size_t i = 0; i < sizeof data[0]; i++)
            data[0][i] = data[1][i] = (uint8_t)(i % 7 ? 'a' : '\n');
        data[0][at] = '#';
        data[1][at] = '@';
        sample_split(&s);
        s.played[1].outcome = STEP_OTHER_CAME;
        s.played[1].at = at;
        s.played[1].expected = (struct excerpt){.total = sizeof data[0], .head = {data[0], sizeof data[0]}};
        s.played[1].came = (struct excerpt){.total = sizeof data[1], .head = {data[1], sizeof data[1]}};
        report_terminal(&s.result, &(struct report_options){.ascii = true}, &out);
        line[0] = bytes_find(buf_view(&out), bytes_of(" expected  "));
        while (*(line[0] - 1) != '\n')
            line[0]--;
        for (int i = 1; i < 3; i++) {
            end = memchr(line[i - 1], '\n', 200);
            assert_non_null(end);
            line[i] = end + 1;
        }
        column = (size_t)((const uint8_t *)memchr(line[2], '^', 200) - line[2]);
        assert_int_equal(line[0][column], '#');
        assert_int_equal(line[1][column], '@');
    }
}

static void test_ungraded_tells_no_score(void **state)
{
    _cleanup_buf_ struct buf text = BUF_INIT;
    _cleanup_buf_ struct buf json = BUF_INIT;
    struct sample s;

    (void)state;
    sample_ungraded(&s);
    report_terminal(&s.result, NULL, &text);
    report_json(&s.result, &json);
    assert_null(bytes_find(buf_view(&text), bytes_of("/14")));
    assert_null(bytes_find(buf_view(&text), bytes_of("2/2")));
    assert_non_null(bytes_find(buf_view(&json), bytes_of("\"score\": null")));
    assert_null(bytes_find(buf_view(&json), bytes_of("\"score\": 1")));
}

static void test_progress(void **state)
{
    _cleanup_buf_ struct buf out = BUF_INIT;

    (void)state;
    progress_line(12, 34, "Adds two numbers", 1, 0, &out);
    buf_byte(&out, 0);
    assert_string_equal((const char *)out.data,
                        "\r[=======>            ] 12/34  1 failed  Adds two numbers\033[K");
    for (unsigned width = 1; width < 120; width++) {
        out.len = 0;
        progress_line(34, 34, "A title \033[2J that is as long as it is", 30, width, &out);
        assert_null(bytes_find(buf_view(&out), bytes_of("\033[2J")));
        /* Less than the width, without the return and the three bytes that clear the rest. */
        assert_true(out.len - 4 < width);
    }
}

static void check_words(const char *want, struct buf *got)
{
    buf_byte(got, 0);
    assert_string_equal((const char *)got->data, want);
    got->len = 0;
}

static void test_words(void **state)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    (void)state;
    wording_points(&b, 4), check_words("4", &b);
    wording_points(&b, 2.5), check_words("2.5", &b);
    wording_points(&b, 1.0 / 3), check_words("0.33", &b);
    wording_points(&b, 0), check_words("0", &b);
    wording_points(&b, 99.999), check_words("100", &b);
    wording_count(&b, 1204), check_words("1,204", &b);
    wording_count(&b, 1000000), check_words("1,000,000", &b);
    wording_count(&b, UINT64_MAX), check_words("18,446,744,073,709,551,615", &b);
    wording_plural(&b, 1, "case"), check_words("1 case", &b);
    wording_duration(&b, 400 * NS_PER_US), check_words("0.4 ms", &b);
    wording_duration(&b, 0), check_words("0 ms", &b);
    wording_duration(&b, -1), check_words("0 ms", &b);
    wording_duration(&b, 912 * NS_PER_MS), check_words("0.9 s", &b);
    wording_duration(&b, 125 * NS_PER_S), check_words("2 min 5 s", &b);
    wording_date(&b, INT64_C(1767225600) * NS_PER_S), check_words("2026-01-01T00:00:00Z", &b);
    wording_exit(&b, EXITED(3)), check_words("exit status 3", &b);
    wording_exit(&b, SIGSEGV), check_words("killed by SIGSEGV (Segmentation fault)", &b);
    wording_exit(&b, -1), check_words("still running", &b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_terminal),
        cmocka_unit_test(test_terminal_looks),
        cmocka_unit_test(test_any_width),
        cmocka_unit_test(test_any_conversation),
        cmocka_unit_test(test_caret_points_at_the_difference),
        cmocka_unit_test(test_json),
        cmocka_unit_test(test_junit),
        cmocka_unit_test(test_junit_names_are_unique),
        cmocka_unit_test(test_others_can_read_them),
        cmocka_unit_test(test_ungraded_tells_no_score),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
