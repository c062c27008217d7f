/* load.h - from YAML to struct spec. */
#pragma once
#include "spec/diag.h"
#include "spec/spec.h"

/* Reads and checks the whole file. NULL when there is any error; diags tells all of them. */
struct spec *spec_load(const char *path, struct diags *diags);
