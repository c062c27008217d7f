/* schema.h - the published JSON Schema of the spec language: schema/spec.schema.json, byte for byte. */
#pragma once
#include <stddef.h>

extern const char spec_schema[];
extern const size_t spec_schema_len;
