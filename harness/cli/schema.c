/* schema.c - `sockgrade schema`: the JSON Schemas of specs and of result.json, which are part of the program.
 */
#include "report/schema.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "spec/schema.h"

#include <string.h>

int command_schema(int argc, char **argv)
{
    static const struct option none[] = {{NULL}};
    static const struct command_line line = {
        "sockgrade schema [spec | result]",
        "Prints a JSON Schema: of specs, for the completion of editors, or of result.json.", none, 0, 1};
    const char *words[2];
    size_t n;

    switch (options_parse(&line, argc, argv, words, &n)) {
    case PARSED_HELP: return EXIT_PASSED;
    case PARSED_WRONG: return EXIT_USAGE;
    case PARSED: break;
    }
    if (n == 0 || strcmp(words[0], "spec") == 0)
        return put_out(spec_schema, spec_schema_len, EXIT_PASSED);
    if (strcmp(words[0], "result") == 0)
        return put_out(report_schema, report_schema_len, EXIT_PASSED);
    return usage_error("there is no schema %s: there are spec and result", words[0]);
}
