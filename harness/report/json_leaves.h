/* json_leaves.h - texts, numbers and bytes as JSON, which is not made for bytes. For the reports in JSON
 * alone. */
#pragma once
#include "record/record.h"

#include <jansson.h>

json_t *json_text(struct bytes b); /* escaped */
json_t *json_text_or_null(const char *text);
json_t *json_wide(uint64_t n);  /* as a text: seeds and hashes have 64 bits */
json_t *json_count(uint64_t n); /* as a number, of which the largest stands for more */
/* For people, and as base64, which loses nothing. */
json_t *json_bytes(struct bytes b, uint64_t total);
json_t *json_excerpt(const struct excerpt *e); /* the beginning, and where that is not all, the end */
