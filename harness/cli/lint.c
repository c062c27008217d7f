/* lint.c - `sockgrade lint SPEC...`: is this spec right, without grading anybody? */
#include "cli/lint.h"
#include "base/escape.h"
#include "spec/load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum status { LINT_OK = 0, LINT_USAGE = 2, LINT_BAD_SPEC = 3 };

static void print(FILE *to, const struct buf *b)
{
    if (b->len > 0)
        fwrite(b->data, 1, b->len, to);
}

/* With several specs, each answer says whose it is. */
static bool lint_one(const char *path, bool several, bool colour)
{
    struct diags diags = {0};
    struct spec *spec = spec_load(path, &diags);
    bool fine = spec != NULL;
    _cleanup_buf_ struct buf out = BUF_INIT;
    _cleanup_buf_ struct buf found = BUF_INIT;

    diags_render(&diags, colour, &found);
    print(stderr, &found);
    if (spec) {
        if (several) {
            escape_text(&out, bytes_of(path));
            buf_text(&out, ": ");
        }
        buf_printf(&out, "ok: %zu test%s, %g point%s\n", spec->n_tests, spec->n_tests == 1 ? "" : "s",
                   spec_points(spec), spec_points(spec) == 1 ? "" : "s");
        print(stdout, &out);
    }
    spec_free(spec);
    diags_deinit(&diags);
    return fine;
}

int command_lint(int argc, char **argv)
{
    bool colour = isatty(STDERR_FILENO) && !getenv("NO_COLOR");
    int first = 1, status = LINT_OK;

    if (first < argc && strcmp(argv[first], "--") == 0)
        first++;
    else if (first < argc && argv[first][0] == '-')
        first = argc;
    if (first >= argc) {
        fputs("usage: sockgrade lint SPEC...\n", stderr);
        return LINT_USAGE;
    }
    for (int i = first; i < argc; i++)
        if (!lint_one(argv[i], argc - first > 1, colour))
            status = LINT_BAD_SPEC;
    return status;
}
