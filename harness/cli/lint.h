/* lint.h - `sockgrade lint SPEC...`. */
#pragma once

/* argv[0] is "lint". Returns the exit status: 0 ok, 2 usage, 3 bad spec. */
int command_lint(int argc, char **argv);
