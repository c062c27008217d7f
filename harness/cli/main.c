/* main.c - sockgrade: finds the command. */
#include "base/mem.h"
#include "cli/commands.h"
#include "cli/options.h"
#include "spec/diag.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

#define VERSION "0.1.0"

static const struct {
    const char *name, *summary;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"grade", "grade a submission", command_grade},
    {"lint", "check specs without running anything", command_lint},
    {"prove", "grade an assignment's own solution and mutants", command_prove},
    {"judge", "judge saved records again", command_judge},
    {"explain", "tell what a diagnosis means, with an example", command_explain},
    {"doctor", "tell what this machine lets the grader do", command_doctor},
    {"schema", "print the JSON Schema of specs, or of result.json", command_schema},
};

static void put_usage(FILE *to)
{
    fputs("usage: sockgrade COMMAND [words and options]\n\n"
          "Grades homework in socket programming, by facts from the kernel.\n\ncommands:\n",
          to);
    for (size_t i = 0; i < array_len(commands); i++)
        fprintf(to, "  %-8s %s\n", commands[i].name, commands[i].summary);
    fputs("\nsockgrade COMMAND --help tells more about one; sockgrade --version is this version.\n"
          "exit status: 0 all passed, 1 some test failed, 2 wrong usage, 3 mistake in the spec, 4 the grader "
          "itself failed\n",
          to);
}

static int no_such(const char *word)
{
    const char *names[array_len(commands)], *near;

    for (size_t i = 0; i < array_len(commands); i++)
        names[i] = commands[i].name;
    near = diag_nearest(word, names, array_len(names));
    if (near)
        return usage_error("there is no command %s: did you mean %s?", word, near);
    return usage_error("there is no command %s", word);
}

int main(int argc, char **argv)
{
    signal(SIGPIPE, SIG_IGN);
    if (argc < 2) {
        put_usage(stderr);
        return EXIT_USAGE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        put_usage(stdout);
        return put_out("", 0, EXIT_PASSED);
    }
    if (strcmp(argv[1], "--version") == 0)
        return put_out("sockgrade " VERSION "\n", sizeof "sockgrade " VERSION, EXIT_PASSED);
    for (size_t i = 0; i < array_len(commands); i++)
        if (strcmp(commands[i].name, argv[1]) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return no_such(argv[1]);
}
