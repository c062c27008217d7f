/* schema.h - the published JSON Schema of result.json: schema/result.schema.json, byte for byte. */
#pragma once
#include <stddef.h>

extern const char report_schema[];
extern const size_t report_schema_len;
