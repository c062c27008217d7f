/*
 * json.h - result.json: all that a result holds, for programs. schema/result.schema.json describes it.
 */
#pragma once
#include "base/buf.h"
#include "judge/result.h"

#define REPORT_JSON_SCHEMA "sockgrade/result/v1"

/* Appends one object, indented, ended by a line feed. The same result gives the same bytes. */
void report_json(const struct result *r, struct buf *out);
