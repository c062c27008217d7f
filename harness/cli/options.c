#include "cli/options.h"
#include "base/buf.h"
#include "base/escape.h"
#include "base/mem.h"
#include "spec/diag.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_OPTIONS 32

int usage_error(const char *fmt, ...)
{
    _cleanup_buf_ struct buf raw = BUF_INIT;
    _cleanup_buf_ struct buf out = BUF_INIT;
    va_list ap;

    va_start(ap, fmt);
    buf_vprintf(&raw, fmt, ap);
    va_end(ap);
    escape_text(&out, buf_view(&raw));
    fprintf(stderr, "sockgrade: %.*s\nTry: sockgrade --help\n", (int)out.len, (char *)out.data);
    return EXIT_USAGE;
}

int put_out(const void *data, size_t len, int status)
{
    if (fwrite(data, 1, len, stdout) != len || fflush(stdout) != 0 || ferror(stdout)) {
        fprintf(stderr, "sockgrade: cannot write to the standard output: %s\n", strerror(errno));
        return EXIT_FAULT;
    }
    return status;
}

static enum parsed put_help(const struct command_line *c)
{
    _cleanup_buf_ struct buf b = BUF_INIT;

    buf_printf(&b, "usage: %s\n\n%s\n\noptions:\n", c->usage, c->summary);
    for (const struct option *o = c->options; o->name; o++) {
        char left[64];
        snprintf(left, sizeof left, "--%s%s%s", o->name, o->argument ? " " : "",
                 o->argument ? o->argument : "");
        buf_printf(&b, "  %-24s %s\n", left, o->help);
    }
    buf_printf(&b, "  %-24s %s\n", "--help", "this text");
    return put_out(b.data, b.len, 0) == 0 ? PARSED_HELP : PARSED_WRONG;
}

static const struct option *find(const struct command_line *c, const char *name, size_t len)
{
    for (const struct option *o = c->options; o->name; o++)
        if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
            return o;
    return NULL;
}

static enum parsed unknown(const struct command_line *c, const char *argument)
{
    const char *names[MAX_OPTIONS];
    size_t n = 0;
    const char *near;

    for (const struct option *o = c->options; o->name && n < MAX_OPTIONS; o++)
        names[n++] = o->name;
    near = diag_nearest(argument + 2, names, n);
    if (near)
        usage_error("there is no option %s: did you mean --%s?", argument, near);
    else
        usage_error("there is no option %s", argument);
    return PARSED_WRONG;
}

static bool read_number(const struct option *o, const char *text)
{
    char *end;

    errno = 0;
    if (!isdigit((unsigned char)*text))
        return false;
    *o->number = strtoull(text, &end, 10);
    return !*end && errno == 0 && *o->number >= o->min && *o->number <= o->max;
}

static void push(const char ***list, const char *text)
{
    size_t n = 0;

    while (*list && (*list)[n])
        n++;
    *list = mem_grow(*list, (n + 2) * sizeof **list);
    (*list)[n] = text;
    (*list)[n + 1] = NULL;
}

static enum parsed take(const struct option *o, const char *value)
{
    switch (o->kind) {
    case OPTION_FLAG: *o->flag = true; break;
    case OPTION_TEXT: *o->text = value; break;
    case OPTION_LIST: push(o->list, value); break;
    case OPTION_NUMBER:
        if (read_number(o, value))
            break;
        usage_error("--%s takes a whole number from %llu to %llu, not “%s”", o->name,
                    (unsigned long long)o->min, (unsigned long long)o->max, value);
        return PARSED_WRONG;
    }
    return PARSED;
}

static enum parsed read_option(const struct command_line *c, int argc, char **argv, int *i)
{
    const char *argument = argv[*i], *equals = strchr(argument, '=');
    size_t len = equals ? (size_t)(equals - argument) : strlen(argument);
    const struct option *o;

    if (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)
        return put_help(c);
    o = strncmp(argument, "--", 2) == 0 ? find(c, argument + 2, len - 2) : NULL;
    if (!o)
        return unknown(c, argument);
    if (o->kind == OPTION_FLAG && equals) {
        usage_error("--%s takes no value", o->name);
        return PARSED_WRONG;
    }
    if (o->kind == OPTION_FLAG)
        return take(o, NULL);
    if (!equals && *i + 1 >= argc) {
        usage_error("--%s needs a value: %s", o->name, o->argument);
        return PARSED_WRONG;
    }
    return take(o, equals ? equals + 1 : argv[++*i]);
}

enum parsed options_parse(const struct command_line *c, int argc, char **argv, const char **words,
                          size_t *n_words)
{
    bool only_words = false;

    *n_words = 0;
    for (int i = 1; i < argc; i++) {
        enum parsed p;

        if (!only_words && strcmp(argv[i], "--") == 0) {
            only_words = true;
            continue;
        }
        if (only_words || argv[i][0] != '-' || !argv[i][1]) {
            if (*n_words >= c->max_words) {
                usage_error("“%s” is one word too many: %s", argv[i], c->usage);
                return PARSED_WRONG;
            }
            words[(*n_words)++] = argv[i];
            continue;
        }
        p = read_option(c, argc, argv, &i);
        if (p != PARSED)
            return p;
    }
    words[*n_words] = NULL;
    if (*n_words < c->min_words) {
        usage_error("something is missing: %s", c->usage);
        return PARSED_WRONG;
    }
    return PARSED;
}
