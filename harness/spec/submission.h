/*
 * submission.h - what a submission, or whoever grades it, may say of how it is built and run.
 *
 * `args` are never theirs: what a program is told is the assignment's to decide.
 */
#pragma once
#include "spec/diag.h"

#define SUBMISSION_FILE "sockgrade.yaml"
#define SUBMISSION_FILE_MAX 65536u /* bytes */

/*
 * Reads a submission's sockgrade.yaml. The text is hostile: it is bounded, and parsed as strictly as a spec.
 * What it becomes is in the arena. False when there is any error; diags tells all of them.
 */
bool manner_load(const struct spec *s, struct bytes text, struct arena *arena, struct diags *diags,
                 struct manner *out);

/* A manner that says nothing, to be filled by the two below. */
struct manner manner_new(const struct spec *s, struct arena *arena);
/* From the command line: a command as a shell would split it, and `NAME=COMMAND`. False after an error in
 * diags. */
bool manner_build(const char *command, struct arena *arena, struct diags *diags, struct manner *out);
bool manner_run(const struct spec *s, const char *text, struct arena *arena, struct diags *diags,
                struct manner *out);
