/* schema.c - `sockgrade schema`: the JSON Schema of result.json, which is part of the program. */
#include "report/schema.h"
#include "cli/commands.h"
#include "cli/options.h"

#include <string.h>

int command_schema(int argc, char **argv)
{
    static const struct option none[] = {{NULL}};
    static const struct command_line line = {"sockgrade schema result",
                                             "Prints the JSON Schema of result.json.", none, 1, 1};
    const char *words[2];
    size_t n;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    if (strcmp(words[0], "result") != 0)
        return usage_error("there is no schema %s: there is result", words[0]);
    return put_out(report_schema, report_schema_len, EXIT_PASSED);
}
