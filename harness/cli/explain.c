/* explain.c - `sockgrade explain [ID]`: what a diagnosis means, and what to do. */
#include "report/explain.h"
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/common.h"
#include "cli/options.h"
#include "spec/diag.h"

#include <string.h>
#include <unistd.h>

#define PART_LEAST 3u /* letters of a part of a name, for the name to be suggested */
#define NEAR_MOST 5u

/* What it was mistyped for, and what it is a part of, as "a, b, c". */
static void put_near(const char *word, struct buf *out)
{
    _cleanup_free_ const char **ids = NULL;
    size_t n = 0, cap = 0, shown = 0;
    const struct diagnosis *d;
    const char *near;

    while ((d = diagnosis_at(n)))
        *array_push(ids, n, cap) = d->id;
    near = diag_nearest(word, ids, n);
    for (size_t i = 0; i < n && shown < NEAR_MOST; i++)
        if (ids[i] == near || (strlen(word) >= PART_LEAST && strstr(ids[i], word)))
            buf_printf(out, "%s%s", shown++ ? ", " : "", ids[i]);
}

static int no_such(const char *word)
{
    _cleanup_buf_ struct buf near = BUF_INIT;

    put_near(word, &near);
    if (near.len == 0)
        return usage_error("there is no mistake %s: sockgrade explain lists all", word);
    return usage_error("there is no mistake %s: did you mean %.*s?", word, (int)near.len, (char *)near.data);
}

int command_explain(int argc, char **argv)
{
    const char *colour = NULL, *words[2];
    const struct option options[] = {
        {"colour", OPTION_TEXT, "WHEN", "auto, always or never", .text = &colour},
        {NULL},
    };
    const struct command_line line = {"sockgrade explain [ID] [options]",
                                      "Tells what a diagnosis means, with an example; without ID, which "
                                      "there are.",
                                      options, 0, 1};
    _cleanup_buf_ struct buf out = BUF_INIT;
    struct report_options o;
    const struct diagnosis *d;
    size_t n;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    if (read_colour(colour) < 0)
        return EXIT_USAGE;
    o = terminal_options(STDOUT_FILENO, (enum colour_choice)read_colour(colour));
    d = n ? diagnosis_find(words[0]) : NULL;
    if (n && !d)
        return no_such(words[0]);
    if (d)
        explain_one(d, &o, &out);
    else
        explain_list(&o, &out);
    return put_out(out.data, out.len, EXIT_PASSED);
}
