/* commands.h - one function for each command: from its words to an exit status (options.h). argv[0] is the
 * command. */
#pragma once

int command_grade(int argc, char **argv);
int command_lint(int argc, char **argv);
int command_prove(int argc, char **argv);
int command_judge(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_doctor(int argc, char **argv);
int command_schema(int argc, char **argv);
