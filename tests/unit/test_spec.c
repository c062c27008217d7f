/*
 * test_spec.c - the spec loader: each golden folder's diagnostics, byte for byte, and what a good spec
 * becomes.
 *
 * After a wanted change of messages run it with GOLDEN_UPDATE=1 from the repository's root, and read the
 * diff.
 */
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "spec/load.h"
#include "spec/words.h"
#include "spec/yaml.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <setjmp.h>

#include <cmocka.h>

#define GOLDEN "tests/golden/specs/"

/* ---- golden folders ------------------------------------------------------------------------------ */

/* Diagnostics with `spec.yaml` in place of the path from here. */
static char *diagnostics_of(const char *folder, bool *loaded)
{
    struct diags diags = {0};
    struct buf shown = BUF_INIT, out = BUF_INIT;
    char path[400];
    struct spec *spec;
    size_t prefix = (size_t)snprintf(path, sizeof path, GOLDEN "%s/spec.yaml", folder) - strlen("spec.yaml");

    spec = spec_load(path, &diags);
    *loaded = spec != NULL;
    spec_free(spec);
    diags_render(&diags, false, &shown);
    diags_deinit(&diags);
    for (size_t i = 0; i < shown.len; i++) {
        if (shown.len - i > prefix && memcmp(shown.data + i, path, prefix) == 0)
            i += prefix;
        buf_byte(&out, shown.data[i]);
    }
    buf_deinit(&shown);
    return buf_steal_text(&out);
}

static void update(const char *path, const char *text)
{
    FILE *f = fopen(path, "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void check_folder(const char *folder)
{
    bool good = strncmp(folder, "ok-", 3) == 0 || strncmp(folder, "warn-", 5) == 0, loaded;
    struct buf expected = BUF_INIT;
    char *text = diagnostics_of(folder, &loaded), path[400];

    snprintf(path, sizeof path, GOLDEN "%s/expected", folder);
    if (getenv("GOLDEN_UPDATE"))
        update(path, text);
    if (fd_read_file(AT_FDCWD, path, 1 << 20, &expected) < 0)
        fail_msg("%s cannot be read", path);
    buf_byte(&expected, 0);
    if (strcmp(text, (char *)expected.data) != 0)
        fail_msg("%s: expected:\n%s\ngot:\n%s", folder, (char *)expected.data, text);
    if (loaded != good)
        fail_msg("%s: %s", folder, loaded ? "was loaded, but is wrong" : "was not loaded");
    if (strncmp(folder, "ok-", 3) == 0 && text[0])
        fail_msg("%s: a good spec has no diagnostics, but:\n%s", folder, text);
    buf_deinit(&expected);
    mem_free(text);
}

static void golden(void **state)
{
    DIR *dir = opendir(GOLDEN);
    struct dirent *e;
    size_t n = 0;

    (void)state;
    if (!dir)
        fail_msg("no " GOLDEN ": run this from the repository's root");
    while ((e = readdir(dir)))
        if (e->d_name[0] != '.') {
            check_folder(e->d_name);
            n++;
        }
    closedir(dir);
    assert_true(n >= 60);
}

/* ---- what a good spec becomes -------------------------------------------------------------------- */

static int load_everything(void **state)
{
    struct diags diags = {0};

    *state = spec_load(GOLDEN "ok-everything/spec.yaml", &diags);
    diags_deinit(&diags);
    return *state ? 0 : -1;
}

static int free_spec(void **state)
{
    spec_free(*state);
    return 0;
}

static void assert_bytes(struct bytes b, const char *text)
{
    assert_int_equal(b.len, strlen(text));
    assert_memory_equal(b.data, text, b.len);
}

static void programs(void **state)
{
    const struct spec *s = *state;
    const struct program *server = &s->programs[0], *client = &s->programs[1];

    assert_int_equal(s->n_programs, 5);
    assert_string_equal(server->run.word[0], "./server");
    assert_null(server->run.word[1]);
    assert_int_equal(server->n_args, 7);
    assert_int_equal(server->args[1].pieces[0].kind, PIECE_PORT);
    assert_int_equal(server->args[1].pieces[0].index, 0);
    assert_int_equal(server->args[3].pieces[0].index, 1);
    assert_bytes(server->args[4].pieces[0].text, "$literal");
    assert_bytes(server->args[5].pieces[0].text, "a b");
    assert_bytes(server->args[6].pieces[0].text, "$");
    assert_int_equal(server->listens[1].transport, TRANSPORT_UDP);
    assert_string_equal(server->listens[1].name, "data");
    assert_true(server->start_per_case);
    assert_false(server->stdout_is_pipe);
    assert_int_equal(server->stdin_kind, STDIN_CLOSED);

    assert_int_equal(client->run.n, 4);
    assert_string_equal(client->run.word[3], "Client");
    assert_int_equal(client->n_args, 4);
    assert_int_equal(client->args[0].pieces[0].kind, PIECE_HOST);
    assert_int_equal(client->args[2].n, 0);
    assert_int_equal(client->args[3].pieces[0].kind, PIECE_SEED);
    assert_true(client->start_per_case);
    assert_true(client->stdout_is_pipe);
    assert_int_equal(client->stdin_kind, STDIN_OPEN); /* a step types to it */
    assert_int_equal(s->programs[2].stdin_kind, STDIN_TEXT);
    assert_bytes(s->programs[2].stdin_text.pieces[0].text, "a\nb\n");
    assert_int_equal(s->programs[3].stdin_kind, STDIN_TERMINAL);
}

static void build_limits_files(void **state)
{
    const struct spec *s = *state;

    assert_int_equal(s->build.command.n, 3);
    assert_string_equal(s->build.command.word[2], "all of it");
    assert_int_equal(s->build.makes.n, 2);
    assert_int_equal(s->build.time, 120 * NS_PER_S);
    assert_int_equal(s->limits.case_time, 20 * NS_PER_S);
    assert_int_equal(s->limits.memory, INT64_C(1) << 30);
    assert_int_equal(s->limits.output, 65536);
    assert_int_equal(s->n_files, 8);
    assert_bytes(s->files[0].content, "<h1>hi</h1> $5");
    assert_bytes(s->files[1].content, "several lines\nof text\n");
    assert_int_equal(s->files[2].content.len, 300 * 1024);
    assert_int_equal(s->files[3].content.len, 64);
    assert_int_equal(s->files[4].content.data[0], 0xca);
    assert_bytes(s->files[5].content, "hello");
    assert_int_equal(s->files[7].content.len, 6);
    assert_memory_equal(s->files[7].content.data, "abab-", 6);
    assert_true(spec_points(s) > 9.49 &&
                spec_points(s) < 9.51); /* 4 + 2.5 + 1 + 1 + 1, and no extra credit */
}

static void protocols(void **state)
{
    const struct spec *s = *state;
    const struct framing *u16 = &s->protocols[5].framing, *u16l = &s->protocols[6].framing;

    assert_int_equal(s->n_protocols, 15);
    assert_bytes(s->protocols[1].framing.delimiter, "\r\n");
    assert_int_equal(s->protocols[2].framing.max, 10);
    assert_int_equal(s->protocols[3].framing.size, 4);
    assert_int_equal(u16->width, 2);
    assert_false(u16->little);
    assert_int_equal(u16->max, 4096);
    assert_true(u16l->little && u16l->counts_all);
    assert_int_equal(s->protocols[7].framing.max, 1 << 20);
    assert_int_equal(s->protocols[10].framing.width, 8);
    assert_true(s->protocols[10].framing.little);
    assert_int_equal(s->protocols[13].framing.kind, FRAMING_ASCII);
    assert_bytes(s->protocols[13].framing.delimiter, ": ");
    assert_int_equal(s->protocols[13].framing.max, 99);
    assert_int_equal(s->protocols[14].framing.kind, FRAMING_EOF);
    assert_int_equal(s->protocols[14].framing.max, 1 << 20);
    assert_int_equal(spec_framing(s, &s->peers[0])->kind, FRAMING_DELIMITER);
    assert_int_equal(s->peers[2].host, 0x7f000003);
    assert_int_equal(s->peers[2].target, 0x7f000002);
    assert_int_equal(s->peers[3].protocol, SIZE_MAX);
    assert_int_equal(spec_framing(s, &s->peers[3])->kind, FRAMING_DATAGRAM);
    assert_int_equal(spec_framing(s, &s->peers[4])->kind, FRAMING_NONE);
}

static void steps(void **state)
{
    const struct spec *s = *state;
    const struct test *t = &s->tests[0];

    assert_int_equal(t->n_under, 7);
    assert_int_equal(t->under[3].count, 3);
    assert_int_equal(t->under[4].at[1], 2);
    assert_true(t->score_share);
    assert_string_equal(t->title, "What peers can do");
    assert_int_equal(t->tags.n, 2);
    assert_int_equal(t->steps[0].verb, VERB_CONNECTS);
    assert_true(t->steps[1].value.framed);
    assert_string_equal(t->steps[1].value.source, "\"one\"");
    assert_string_equal(t->steps[1].text, "alice sends");
    assert_int_equal(t->steps[2].value.n, 4);
    assert_false(t->steps[2].value.items[1].framed);
    assert_int_equal(t->steps[3].value.kind, VALUE_REGEX);
    assert_int_equal(t->steps[3].within, 2 * NS_PER_S);
    assert_string_equal(t->steps[3].hint, "An answer to each.");
    assert_string_equal(t->steps[3].value.source, "!regex '^(?i)ok$'");
    assert_int_equal(t->steps[6].span, 300 * NS_PER_MS);
    assert_int_equal(t->steps[t->n_steps - 1].verb, VERB_PAUSE);
    assert_int_equal(t->steps[t->n_steps - 1].span, 50 * NS_PER_MS);
    assert_true(s->tests[2].extra_credit);
    assert_int_equal(s->tests[2].requires[0], 0);
    assert_true(s->tests[2].steps[1].from_service);
    assert_int_equal(s->n_regexes, 5);
}

static void program_steps(void **state)
{
    const struct spec *s = *state;
    const struct step *steps = s->tests[3].steps;

    assert_bytes(steps[1].value.text.pieces[0].text, "2 40 $\n");
    assert_false(steps[1].value.framed);
    assert_true(steps[2].value.framed);
    assert_int_equal(steps[7].value.number, SIGINT);
    assert_int_equal(steps[8].value.kind, VALUE_CODE);
    assert_int_equal(steps[8].value.number, 0);
    assert_int_equal(steps[13].value.kind, VALUE_SIGNAL);
    assert_int_equal(steps[13].value.number, SIGTERM);
    assert_true(steps[14].value.any);
    assert_true(steps[16].value.unlike);
    assert_int_equal(s->programs[steps[16].actor].stdin_kind, STDIN_OPEN);
}

static void examples(void **state)
{
    const struct spec *s = *state;
    const struct test *t = &s->tests[4];

    assert_int_equal(t->n_rows, 3);
    assert_int_equal(t->n_columns, 3);
    assert_string_equal(t->columns[2], "reply");
    assert_int_equal(t->cells[2].kind, VALUE_REGEX);
    assert_false(t->cells[4].framed);
    assert_int_equal(t->cells[7].kind, VALUE_LIST);
    /* Texts are woven in, whole values stand for themselves. */
    assert_int_equal(t->steps[0].value.kind, VALUE_BYTES);
    assert_int_equal(t->steps[0].value.text.pieces[1].kind, PIECE_CELL);
    assert_int_equal(t->steps[1].value.kind, VALUE_CELL);
    assert_int_equal(t->steps[1].value.index, 1);
    assert_int_equal(t->steps[3].value.text.n, 7);
    assert_int_equal(t->under[0].kind, PLAN_WHOLE);
}

/* ---- parts --------------------------------------------------------------------------------------- */

static void splitting(void **state)
{
    static const struct {
        const char *text, *words; /* joined with | */
        enum words_result result;
    } cases[] = {
        {"", "", WORDS_OK},
        {"  a  b\tc ", "a|b|c", WORDS_OK},
        {"'a b' \"c d\"e", "a b|c de", WORDS_OK},
        {"a\\ b '' \"\"", "a b||", WORDS_OK},
        {"\"\\\"\\\\\\n\" '\\'", "\"\\\\n|\\", WORDS_OK},
        {"${a b}c '$'", "${a b}c|$$", WORDS_OK},
        {"a;b", "", WORDS_OPERATOR},
        {"ls *", "", WORDS_PATTERN},
        {"a~ ~", "", WORDS_PATTERN},
        {"$HOME", "", WORDS_VARIABLE},
        {"'a", "", WORDS_QUOTE},
        {"\"a", "", WORDS_QUOTE},
    };

    (void)state;
    for (size_t i = 0; i < array_len(cases); i++) {
        struct arena arena = {0};
        struct buf joined = BUF_INIT;
        struct words words;
        size_t where;

        assert_int_equal(words_split(&arena, bytes_of(cases[i].text), &words, &where), cases[i].result);
        assert_null(words.word[words.n]);
        for (size_t j = 0; j < words.n; j++)
            buf_printf(&joined, "%s%s", j ? "|" : "", words.word[j]);
        buf_byte(&joined, 0);
        if (cases[i].result == WORDS_OK)
            assert_string_equal((char *)joined.data, cases[i].words);
        buf_deinit(&joined);
        arena_deinit(&arena);
    }
}

static void nearest(void **state)
{
    static const char *const words[] = {"sends", "gets", "gets nothing", "half-closes"};

    (void)state;
    assert_string_equal(diag_nearest("send", words, 4), "sends");
    assert_string_equal(diag_nearest("sedns", words, 4), "sends");
    assert_string_equal(diag_nearest("get nothing", words, 4), "gets nothing");
    assert_string_equal(diag_nearest("halfcloses", words, 4), "half-closes");
    assert_null(diag_nearest("flies", words, 4));
    assert_null(diag_nearest("", words, 4));
    assert_null(diag_nearest("sends", words, 0));
}

static void marks(void **state)
{
    static const char text[] =
        "\xef\xbb\xbf# \xc3\xa9\nkey: [\"\xc3\xa9\xc3\xa9\", !hex 00]\nmore:\n  - |\n    a\n    b\n";
    struct arena arena = {0};
    struct diags diags = {0};
    const struct node *root = yaml_parse(&arena, "x", bytes_of(text), &diags), *key, *more;

    (void)state;
    assert_non_null(root);
    assert_int_equal(diags.n, 0);
    key = root->items[0];
    assert_int_equal(key->key->mark.line, 2);
    assert_int_equal(key->key->mark.col, 1);
    assert_true(key->flow);
    assert_int_equal(key->items[1]->mark.col, 13); /* in characters: the tag's place */
    assert_string_equal(key->items[1]->tag, "hex");
    assert_bytes(key->items[1]->source, "!hex 00");
    assert_bytes(key->source, "[\"\xc3\xa9\xc3\xa9\", !hex 00]");
    more = root->items[1];
    assert_int_equal(more->items[0]->style, STYLE_BLOCK);
    assert_bytes(more->items[0]->text, "a\nb\n");
    assert_int_equal(more->items[0]->mark.line, 4);
    arena_deinit(&arena);
    diags_deinit(&diags);
}

static void many_keys(void **state)
{
    struct buf text = BUF_INIT;
    struct diags diags = {0};

    (void)state;
    for (int i = 0; i < 100000; i++)
        buf_printf(&text, "k%d:\n", i % 99999);
    assert_null(spec_load_bytes("big.yaml", buf_view(&text), &diags));
    assert_int_equal(diags.errors, 99999 + 1 + 4); /* unknown keys, one twice, four missing */
    buf_deinit(&text);
    diags_deinit(&diags);
}

static void absent(void **state)
{
    struct diags diags = {0};
    struct buf out = BUF_INIT;

    (void)state;
    assert_null(spec_load("tests/golden/nothing.yaml", &diags));
    diags_render(&diags, true, &out);
    buf_byte(&out, 0);
    assert_non_null(strstr((char *)out.data, "cannot be read: No such file"));
    assert_non_null(strstr((char *)out.data, "\033[1;31merror:"));
    buf_deinit(&out);
    diags_deinit(&diags);
    spec_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden),
        cmocka_unit_test_setup_teardown(programs, load_everything, free_spec),
        cmocka_unit_test_setup_teardown(build_limits_files, load_everything, free_spec),
        cmocka_unit_test_setup_teardown(protocols, load_everything, free_spec),
        cmocka_unit_test_setup_teardown(steps, load_everything, free_spec),
        cmocka_unit_test_setup_teardown(program_steps, load_everything, free_spec),
        cmocka_unit_test_setup_teardown(examples, load_everything, free_spec),
        cmocka_unit_test(splitting),
        cmocka_unit_test(nearest),
        cmocka_unit_test(marks),
        cmocka_unit_test(many_keys),
        cmocka_unit_test(absent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
