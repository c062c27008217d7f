/* load.h - from YAML to struct spec. */
#pragma once
#include "spec/diag.h"
#include "spec/spec.h"

/* Reads and checks the whole file. NULL when there is any error; diags tells all of them. */
struct spec *spec_load(const char *path, struct diags *diags);
/* The same for a text that is in memory; `path` is its name in diagnostics, and what `!file` looks beside. */
struct spec *spec_load_bytes(const char *path, struct bytes text, struct diags *diags);
