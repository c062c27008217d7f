/* json_xray.h - a case that was played traced, as JSON: all that was written down, on one clock. */
#pragma once
#include "judge/result.h"

#include <jansson.h>

json_t *json_xray(const struct result *r, const struct test_result *t);
