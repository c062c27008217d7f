/* lint.c - `sockgrade lint SPEC...`: is this spec right, without grading anybody? */
#include "base/escape.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/options.h"

static const char *plural(double n)
{
    return n == 1 ? "" : "s";
}

/* With several specs, each answer says whose it is. */
static bool lint_one(const char *path, bool several, struct buf *out)
{
    struct spec *spec = load_spec(path);

    if (!spec)
        return false;
    if (several) {
        escape_text(out, bytes_of(path));
        buf_text(out, ": ");
    }
    buf_printf(out, "ok: %zu test%s, %g point%s\n", spec->n_tests, plural((double)spec->n_tests),
               spec_points(spec), plural(spec_points(spec)));
    for (size_t i = 0; i < spec->absent.n; i++) {
        buf_text(out, "   without ");
        escape_text(out, bytes_of(spec->absent.word[i]));
        buf_text(out, ", which is not here and was not checked\n");
    }
    spec_free(spec);
    return true;
}

int command_lint(int argc, char **argv)
{
    static const struct option none[] = {{NULL}};
    struct command_line line = {"sockgrade lint SPEC...", "Checks specs, and tells all their mistakes.", none,
                                1, (size_t)argc};
    _cleanup_free_ const char **words = mem_new(((size_t)argc + 1) * sizeof *words);
    _cleanup_buf_ struct buf out = BUF_INIT;
    int status = EXIT_PASSED;
    size_t n;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    for (size_t i = 0; i < n; i++)
        if (!lint_one(words[i], n > 1, &out))
            status = EXIT_SPEC;
    return put_out(out.data, out.len, status);
}
