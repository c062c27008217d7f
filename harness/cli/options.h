/*
 * options.h - command lines: long options in a table, which is also their help.
 *
 * A wrong command line is told on stderr, with the nearest right word, and is exit status 2.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum exit_status {
    EXIT_PASSED = 0, /* all passed, or nothing was to be graded */
    EXIT_FAILED = 1, /* some test failed */
    EXIT_USAGE = 2,
    EXIT_SPEC = 3,  /* a mistake in the spec */
    EXIT_FAULT = 4, /* a fault of the grader */
};

enum option_kind { OPTION_FLAG, OPTION_TEXT, OPTION_NUMBER, OPTION_LIST };

struct option {
    const char *name; /* without the dashes */
    enum option_kind kind;
    const char *argument; /* as the help calls it; NULL for flags */
    const char *help;
    /* one of, by kind; a list is NULL-terminated and owned by the caller of options_parse */
    bool *flag;
    const char **text;
    uint64_t *number; /* min … max, both included */
    uint64_t min, max;
    const char ***list;
};

struct command_line {
    const char *usage;            /* "sockgrade grade SPEC [DIR] [options]" */
    const char *summary;          /* one sentence */
    const struct option *options; /* ended by a NULL name */
    size_t min_words, max_words;  /* that are no options */
};

enum parsed { PARSED, PARSED_HELP, PARSED_WRONG };

/* Reads argv[1] …: words go to `words` (max_words + 1 places). PARSED_HELP: the help was printed.
 * PARSED_WRONG: the mistake was. */
enum parsed options_parse(const struct command_line *c, int argc, char **argv, const char **words,
                          size_t *n_words);

/* "sockgrade: …" on stderr, escaped, with a last line that names the help. Returns EXIT_USAGE. */
int usage_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Writes to stdout and flushes; a failure is told and is EXIT_FAULT, else `status`. */
int put_out(const void *data, size_t len, int status);
